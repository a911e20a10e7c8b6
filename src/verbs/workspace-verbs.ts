import { type ListedCheckpoint, listCheckpoints } from "./checkpoints.ts";
import { changesOf, type ChangesTarget, type RunChanges } from "./changes.ts";
import {
  type EmergencyPreview,
  emergencyRollback,
  type EmergencyTarget,
  previewEmergency,
  type Rescued,
} from "./emergency.ts";
import { fork, type ForkOptions, type ForkPreview, type ForkTarget, previewFork } from "./fork.ts";
import type { BackTarget } from "./going-back.ts";
import {
  land,
  type LandedRun,
  type LandingPreview,
  type LandTarget,
  previewLanding,
  pullRequest,
} from "./land.ts";
import { branchesLandedOn, filesToLand, type ListedLanding, listLandings } from "./landings.ts";
import type { Parts } from "./parts.ts";
import { previewRollback, rollback, type RollbackPreview, type RolledBack } from "./rollback.ts";
import type { RunHandle } from "./run-handle.ts";
import type { Stoppable } from "./run-trees.ts";
import { careForTrees, listTrees, type TreeCare, type TreeCareOptions, type TreeView } from "./tree-care.ts";

/** What can be asked of the working trees of runs, and of what is kept of them. Previews change nothing. */
export interface WorkspaceVerbs {
  /** The checkpoints of a run's own tree, oldest first; with `all` those of the trees beside it, too. */
  checkpoints(
    runId: string,
    options?: Stoppable & { readonly all?: boolean },
  ): Promise<readonly ListedCheckpoint[]>;
  /** What a run, one node of it, or what one checkpoint tells of, changed; as a patch, too. */
  changes(runId: string, target?: Stoppable & ChangesTarget): Promise<RunChanges>;
  previewRollback(runId: string, target: BackTarget & Stoppable): Promise<RollbackPreview>;
  /** Puts the files of a run to a point of its log, and what ended after it is pending again. It is paused then. */
  rollback(runId: string, target: BackTarget & Stoppable): Promise<RolledBack>;
  previewEmergency(runId: string, target: EmergencyTarget & Stoppable): Promise<EmergencyPreview>;
  /** The same from the checkpoints alone, also where the run's log is lost; `runId` may be a prefix or `@last`. */
  emergencyRollback(runId: string, target: EmergencyTarget & Stoppable): Promise<Rescued>;
  previewFork(runId: string, target?: ForkTarget & Stoppable): Promise<ForkPreview>;
  /** Begins another run from a point of one, with its results. */
  fork(runId: string, options?: ForkOptions): Promise<RunHandle>;
  /** Where a run has landed, the newest landing last. */
  landings(runId: string, options?: Stoppable): Promise<readonly ListedLanding[]>;
  /** Names of the branches that each of these runs has landed on, the last one last. */
  branchesLandedOn(
    runIds: readonly string[],
    options?: Stoppable,
  ): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Files that a run which has ended would bring to a branch, and that none has got from it. */
  filesToLand(runId: string, options?: Stoppable): Promise<readonly string[]>;
  previewLanding(runId: string, target?: LandTarget & Stoppable): Promise<LandingPreview>;
  /** Brings what a run did to a branch of the user's. */
  land(runId: string, target?: LandTarget & Stoppable): Promise<LandedRun>;
  /** Opens a pull request for what has landed; gives its address. */
  pullRequest(landed: Parameters<typeof pullRequest>[1], options?: Stoppable): Promise<string>;
  /** All working trees, with what is in no checkpoint. */
  trees(options?: Stoppable): Promise<readonly TreeView[]>;
  /** Takes away those that nobody needs any more, and what they had besides. */
  careForTrees(options?: TreeCareOptions): Promise<TreeCare>;
}

export function workspaceVerbs(parts: Parts): WorkspaceVerbs {
  return {
    checkpoints: (runId, options) => listCheckpoints(parts, runId, options),
    changes: (runId, target) => changesOf(parts, runId, target),
    previewRollback: (runId, target) => previewRollback(parts, runId, target),
    rollback: (runId, target) => rollback(parts, runId, target),
    previewEmergency: (runId, target) => previewEmergency(parts, runId, target),
    emergencyRollback: (runId, target) => emergencyRollback(parts, runId, target),
    previewFork: (runId, target) => previewFork(parts, runId, target),
    fork: (runId, options) => fork(parts, runId, options),
    landings: (runId, options) => listLandings(parts, runId, options),
    branchesLandedOn: (runIds, options) => branchesLandedOn(parts, runIds, options),
    filesToLand: async (runId, options) =>
      filesToLand(parts, { runId, events: await parts.store.read(runId) }, options),
    previewLanding: (runId, target) => previewLanding(parts, runId, target),
    land: (runId, target) => land(parts, runId, target),
    pullRequest: (landed, options) => pullRequest(parts, landed, options),
    trees: (options) => listTrees(parts, options),
    careForTrees: (options) => careForTrees(parts, options),
  };
}
