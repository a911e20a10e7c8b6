import { isFinal, type RunState } from "../core/state.ts";
import { isTuttiError, messageOf, TuttiError } from "../errors.ts";
import type { TreesState } from "../core/workspace.ts";
import type { RunLog } from "../ports/run-store.ts";
import type { Workspaces } from "../ports/workspaces.ts";
import type { Parts } from "./parts.ts";

const never = new AbortController().signal;

/**
 * What is left to do in the trees of a run that has ended: a last checkpoint, and the trees of one that was completed are taken
 * away. All that was done is in checkpoints, from which a tree is made again when it is needed. Nothing of it can fail the run,
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
    if (status === "completed") await takeAway(parts, { runId, origin: trees.origin });
  } catch (error) {
    if (!isTuttiError(error, "RUN_OWNED")) parts.onTrouble(asTrouble(error, runId));
  } finally {
    await log?.release();
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
  { checkpoints }: Parts,
  { runId, origin }: { readonly runId: string; readonly origin: TreesState["origin"] },
): Promise<void> {
  const own = await checkpoints.trees({ runId }, never);
  const isShared = origin.mode === "shared" && origin.place.runId === runId;
  for (const { place } of isShared ? [origin, ...own] : own) {
    await checkpoints.remove(place, never).catch((error: unknown) => {
      if (!isTuttiError(error, "WORKSPACE_UNSAVED")) throw error;
    });
  }
}

function asTrouble(error: unknown, runId: string): TuttiError {
  if (isTuttiError(error)) return error;
  return new TuttiError("INTERNAL", `Cannot end the working tree of run "${runId}": ${messageOf(error)}`, {
    fix: "report this as a bug",
    cause: error,
  });
}
