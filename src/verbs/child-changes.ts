import type { Outcome } from "../core/outcome.ts";
import { isFinal, type RunState } from "../core/state.ts";
import { isTuttiError } from "../errors.ts";
import type { Parts } from "./parts.ts";
import { tipOf } from "./run-trees.ts";

/** Checkpoints: where something began in a tree, and what it came to there. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

/** What a run did that works in the tree of a step of another; undefined of one that has no tree, or its own. */
export function rangeInside({ runId, trees }: RunState): Range | undefined {
  if (!trees || trees.origin.place.runId === runId) return undefined;
  return { from: trees.origin.base, to: tipOf(trees).commit };
}

/** What the run changed that did a step. What cannot be told takes nothing from what it did. */
export async function changedInside(
  { checkpoints }: Pick<Parts, "checkpoints">,
  state: RunState,
  signal: AbortSignal,
): Promise<Pick<Outcome, "changedFiles">> {
  const range = rangeInside(state);
  if (!range || !isFinal(state.status) || signal.aborted) return {};
  if (range.from === range.to) return { changedFiles: [] };
  try {
    const { files } = await checkpoints.difference(range, signal);
    return { changedFiles: files.map(({ path }) => path) };
  } catch (error) {
    if (signal.aborted || isTuttiError(error)) return {};
    throw error;
  }
}
