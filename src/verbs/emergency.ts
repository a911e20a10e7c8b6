import { fold } from "../core/apply.ts";
import type { RunState } from "../core/state.ts";
import type { CheckpointRef } from "../core/workspace.ts";
import { isTuttiError, TuttiError } from "../errors.ts";
import type { Checkpoint, FileChange } from "../ports/checkpoints.ts";
import type { RunLog } from "../ports/run-store.ts";
import type { Workspace } from "../ports/workspaces.ts";
import type { Parts } from "./parts.ts";
import { changesTo, signalOf, type Stoppable } from "./run-trees.ts";

/** What is taken out of the checkpoints alone, whatever became of the run's log. */
export interface EmergencyTarget {
  /** A commit, or the beginning of its name; a number is that of a checkpoint of the run's own tree. */
  readonly to: string;
  /** A folder, new or empty, that gets the whole state; absolute. Without it a tree of the run's is put back. */
  readonly into?: string;
}

export interface EmergencyPreview {
  readonly runId: string;
  readonly checkpoint: Checkpoint;
  readonly where: "tree" | "project" | "folder";
  /** What becomes other there; undefined for a new folder. */
  readonly files?: readonly FileChange[];
}

export interface Rescued {
  readonly runId: string;
  readonly checkpoint: Checkpoint;
  readonly where: EmergencyPreview["where"];
  /** Where the state lies now. */
  readonly dir: string;
  /** Of a tree: the checkpoint that it is at now. */
  readonly saved?: CheckpointRef;
}

export async function previewEmergency(
  parts: Parts,
  name: string,
  target: EmergencyTarget & Stoppable,
): Promise<EmergencyPreview> {
  const found = await sought(parts, name, target);
  const { checkpoint, all, runId } = found;
  const log = await logOf(parts, runId);
  await log?.release();
  const where = whereOf(found, stateIn(log), target);
  if (where === "folder") return { runId, checkpoint, where };
  const newest = all.findLast(({ place }) => place.lane === checkpoint.place.lane);
  const { files } = await changesTo(
    parts,
    { place: checkpoint.place, newest },
    { ...target, commit: checkpoint.commit },
  );
  return { runId, checkpoint, where, files };
}

/**
 * Puts a tree back to any checkpoint that was ever made of it, or writes it into a folder. The project's own folder is written
 * only where the run is known to work there. Nothing is written into the log. Rejects RUN_OWNED while a process drives the run.
 */
export async function emergencyRollback(
  parts: Parts,
  name: string,
  target: EmergencyTarget & Stoppable,
): Promise<Rescued> {
  const found = await sought(parts, name, target);
  const { checkpoint, runId } = found;
  const log = await logOf(parts, runId);
  try {
    const state = stateIn(log);
    const where = whereOf(found, state, target);
    if (target.into !== undefined) {
      const request = { commit: checkpoint.commit, dir: target.into };
      await parts.checkpoints.writeOut(request, signalOf(target));
      return { runId, checkpoint, where, dir: target.into };
    }
    const tree = await opened(parts, { checkpoint, state }, target);
    const note = { kind: "WORKFLOW-RECOVERY", what: `put back to ${checkpoint.commit}` } as const;
    const { commit, number } = await tree.restore({ commit: checkpoint.commit, note }, signalOf(target));
    return { runId, checkpoint, where, dir: tree.cwd, saved: { commit, number } };
  } finally {
    await log?.release();
  }
}

async function opened(
  { workspaces }: Parts,
  { checkpoint, state }: { readonly checkpoint: Checkpoint; readonly state: RunState | undefined },
  target: Stoppable,
): Promise<Workspace> {
  const { place, commit: from } = checkpoint;
  const mode = state?.trees?.origin.mode ?? "run";
  const setup = state?.workflow.trees ?? {};
  const request = { mode, place, from, setup, print: target.print ?? (() => {}) };
  try {
    return await workspaces.open(request, signalOf(target));
  } catch (error) {
    if (state || !isTuttiError(error, "WORKSPACE_UNFIT")) throw error;
    // outside of a repository runs work in the project's folder, which is not written for one that nothing is known of
    throw new TuttiError(error.code, error.message, {
      fix: "write it into a new folder: --into DIR",
      cause: error,
    });
  }
}

interface Sought {
  readonly runId: string;
  readonly checkpoint: Checkpoint;
  readonly all: readonly Checkpoint[];
}

async function sought(
  parts: Parts,
  name: string,
  { to, ...options }: EmergencyTarget & Stoppable,
): Promise<Sought> {
  const { checkpoints } = parts;
  const every = await checkpoints.list({}, signalOf(options));
  const ids = [...new Set(every.map(({ place }) => place.runId))];
  const meant = name === "@last" ? ids.slice(-1) : ids.filter((id) => id === name);
  const [runId, another] = meant.length > 0 ? meant : ids.filter((id) => id.startsWith(name));
  if (runId === undefined || another !== undefined) throw noSuchRun(name, { ids, another });
  const all = every.filter(({ place }) => place.runId === runId);
  const number = /^\d{1,9}$/.test(to) ? Number(to) : undefined;
  const checkpoint =
    all.find((one) => one.place.lane === "" && one.number === number) ??
    all.find(({ commit }) => to.length >= 4 && commit.startsWith(to));
  if (checkpoint) return { runId, checkpoint, all };
  throw new TuttiError("CHECKPOINT_UNKNOWN", `Cannot go to "${to}": run ${runId} has no such checkpoint`, {
    fix: `see them: tutti checkpoints ${runId} --all`,
  });
}

function noSuchRun(
  name: string,
  { ids, another }: { readonly ids: readonly string[]; readonly another: string | undefined },
): TuttiError {
  const why = another === undefined ? "no checkpoint is of such a run" : "more than one run begins so";
  const some = ids.slice(-5).toReversed().join(", ");
  return new TuttiError("CHECKPOINT_UNKNOWN", `Cannot find the checkpoints of "${name}": ${why}`, {
    fix:
      ids.length > 0
        ? `the newest runs that have some: ${some}`
        : "look in the repository that the run worked in",
  });
}

/** Held, so that nobody works in its trees; undefined: it is lost. */
async function logOf({ store }: Parts, runId: string): Promise<RunLog | undefined> {
  try {
    return await store.open(runId, { withLost: true });
  } catch (error) {
    if (isTuttiError(error) && error.code !== "RUN_OWNED") return undefined;
    throw error;
  }
}

function stateIn(log: RunLog | undefined): RunState | undefined {
  return log && fold(log.events);
}

function whereOf(
  { checkpoint }: Sought,
  state: RunState | undefined,
  { into }: EmergencyTarget,
): EmergencyPreview["where"] {
  if (into !== undefined) return "folder";
  return state?.trees?.origin.mode === "shared" && checkpoint.place.lane === "" ? "project" : "tree";
}
