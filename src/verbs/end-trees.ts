import type { Event } from "../core/events.ts";
import { isFinal, nodeAt, type RunState } from "../core/state.ts";
import { treePolicy } from "../core/trees.ts";
import { isTuttiError, messageOf, TuttiError } from "../errors.ts";
import type { TreesState, WorkPlace } from "../core/workspace.ts";
import type { RunLog } from "../ports/run-store.ts";
import type { Workspaces } from "../ports/workspaces.ts";
import type { Parts } from "./parts.ts";

const never = new AbortController().signal;

/** Takes away the trees of lanes that have landed, one after the other, while the run goes on. */
export interface LandedTrees {
  note(events: readonly Event[], state: RunState): void;
  /** From now on nobody may hold the run: comes back when none is being taken away. The rest goes when the run has ended. */
  stop(): Promise<void>;
}

export function landedTrees(parts: Pick<Parts, "checkpoints" | "onTrouble">): LandedTrees {
  const { checkpoints } = parts;
  const going = new Map<string, AbortController>();
  let last: Promise<void> = Promise.resolve();
  let isStopped = false;
  const takeAway = async (place: WorkPlace, stop: AbortController): Promise<void> => {
    // What cannot be taken away now is seen to when the run ends.
    if (!isStopped && !stop.signal.aborted)
      await checkpoints.remove(place, stop.signal).then(
        (refs) => tellCommits(parts, refs),
        () => undefined,
      );
    if (going.get(place.lane) === stop) going.delete(place.lane);
  };
  return {
    note(events, state) {
      const isRestarted = events.some(({ type }) => type === "run.restarted");
      for (const [lane, stop] of going) if (isRestarted || state.trees?.tips.has(lane)) stop.abort();
      for (const event of events) {
        const place = landedBy(event, state);
        if (!place || state.trees?.tips.has(place.lane)) continue;
        const stop = new AbortController();
        going.set(place.lane, stop);
        last = last.then(() => takeAway(place, stop));
      }
    },
    stop() {
      isStopped = true;
      return last;
    },
  };
}

/** The tree of what the event says has landed. */
function landedBy(event: Event, state: RunState): WorkPlace | undefined {
  if (event.type !== "gate.ended" || !event.passed || event.gate.when !== "after") return undefined;
  const node = nodeAt(state, event.address);
  if (node?.plan.step.gates[event.gate.index]?.kind !== "landing") return undefined;
  return treePolicy(state, node)?.place;
}

/**
 * What is left to do in the trees of a run that has ended: a last checkpoint, and the trees of one that was completed are taken
 * away, of any other those of lanes that have landed. All that was done is in checkpoints, from which a tree is made again when it is needed. Nothing of it can fail the run,
 * and nothing is done when somebody else has taken it up again.
 */
export async function endTrees(parts: Parts, state: RunState): Promise<void> {
  const { runId, trees, status, workflow } = state;
  const { workspaces } = parts;
  if (!trees || !isFinal(status)) return;
  let log: RunLog | undefined;
  try {
    log = await (workflow.saveState ? parts.store : parts.memory).open(runId, { withLost: true });
    await lastCheckpoint(workspaces, { state, trees });
    await takeAway(parts, { runId, trees, all: status === "completed" });
  } catch (error) {
    if (!isTuttiError(error, "RUN_OWNED")) parts.onTrouble(asTrouble(error, runId));
  } finally {
    // whoever closed the store meanwhile has given back what it held
    await log?.release().catch(() => undefined);
  }
}

/** Of a run that does a step of another, the last word has that one. */
async function lastCheckpoint(
  workspaces: Workspaces,
  { state, trees }: { readonly state: RunState; readonly trees: TreesState },
): Promise<void> {
  const { runId, status, workflow } = state;
  const { origin, tips } = trees;
  const { mode, place, base } = origin;
  if (place.runId !== runId) return;
  const from = tips.get("")?.commit ?? base;
  const request = { mode, place, from, setup: workflow.trees ?? {}, print: () => {} };
  const tree = await workspaces.open(request, never);
  await tree.save({ kind: "WORKFLOW-FINAL", what: status }, never);
}

/** One with work in it that is in no checkpoint stays; the project's folder gives back only what it had besides. */
async function takeAway(
  parts: Parts,
  { runId, trees, all }: { readonly runId: string; readonly trees: TreesState; readonly all: boolean },
): Promise<void> {
  const { checkpoints, onTrouble } = parts;
  const { origin, tips } = trees;
  const own = await checkpoints.trees({ runId }, never);
  const isShared = origin.mode === "shared" && origin.place.runId === runId;
  const isOver = ({ place: { lane } }: { readonly place: WorkPlace }): boolean =>
    all || (lane !== "" && !tips.has(lane));
  for (const { place } of (isShared ? [origin, ...own] : own).filter(isOver)) {
    try {
      tellCommits(parts, await checkpoints.remove(place, never));
    } catch (error) {
      if (!isTuttiError(error, "WORKSPACE_UNSAVED")) throw error;
      onTrouble(error);
    }
  }
}

/** Commits that somebody made in a tree which is gone now. */
function tellCommits({ onTrouble }: Pick<Parts, "onTrouble">, refs: readonly string[]): void {
  if (refs.length === 0) return;
  const what = refs.length === 1 ? "a commit that was" : `${refs.length} commits that were`;
  const message = `Cannot bring along ${what} made in a working tree, and on no branch: kept as ${refs.join(", ")}`;
  onTrouble(
    new TuttiError("WORKSPACE_UNSAVED", message, {
      fix: `look at it: git log ${refs[0] ?? ""}; or take it: git branch NAME ${refs[0] ?? ""}`,
    }),
  );
}

function asTrouble(error: unknown, runId: string): TuttiError {
  if (isTuttiError(error)) return error;
  return new TuttiError("INTERNAL", `Cannot end the working tree of run "${runId}": ${messageOf(error)}`, {
    fix: "report this as a bug",
    cause: error,
  });
}
