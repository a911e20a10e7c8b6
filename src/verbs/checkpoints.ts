import { fold } from "../core/apply.ts";
import { isTuttiError } from "../errors.ts";
import type { Checkpoint } from "../ports/checkpoints.ts";
import type { Event } from "../core/events.ts";
import type { Parts } from "./parts.ts";
import { signalOf, type Stoppable } from "./run-trees.ts";

export interface ListedCheckpoint extends Checkpoint {
  /** It is of the run's own tree, and its number names it. */
  readonly own: boolean;
  /** It has all that ended well, and nothing else: the run goes on from here. */
  readonly tip: boolean;
}

/**
 * What was kept of a run's files, oldest first; of its own tree only, unless `all` are wanted. From the repository alone: also of a
 * run whose log is lost.
 */
export async function listCheckpoints(
  parts: Parts,
  runId: string,
  { all = false, ...options }: Stoppable & { readonly all?: boolean } = {},
): Promise<readonly ListedCheckpoint[]> {
  const state = fold(await eventsOf(parts, runId));
  const origin = state?.trees?.origin.place ?? { runId, lane: "" };
  const tip = state?.trees?.tips.get("")?.commit;
  const found = await parts.checkpoints.list({ runId: origin.runId }, signalOf(options));
  return found
    .map((one) => ({
      ...one,
      own: one.place.lane === origin.lane,
      tip: one.commit === tip,
    }))
    .filter(({ own }) => all || own);
}

/** None where the log is lost. */
async function eventsOf({ store }: Parts, runId: string): Promise<readonly Event[]> {
  try {
    return await store.read(runId);
  } catch (error) {
    if (isTuttiError(error, "RUN_NOT_FOUND") || isTuttiError(error, "STORE_DAMAGED")) return [];
    throw error;
  }
}
