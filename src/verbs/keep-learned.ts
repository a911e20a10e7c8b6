import type { Input } from "../core/events.ts";
import type { RunState } from "../core/state.ts";
import { isTuttiError, TuttiError } from "../errors.ts";
import type { Parts } from "./parts.ts";

type Remembered = Extract<Input, { type: "remembered" }>;

/**
 * Adds what a step has learned to its memory; gives what the run is to note then. A process that dies between the two adds
 * nothing twice: a note that is there is not added again. What cannot be added stays in the run's log, and is told.
 */
export async function keepLearned(
  parts: Pick<Parts, "memories" | "clock" | "onTrouble">,
  { runId, unwritten }: Pick<RunState, "runId" | "unwritten">,
  address: string,
): Promise<Remembered | undefined> {
  const owed = unwritten.get(address);
  if (!owed) return undefined;
  const { name, ...notes } = owed;
  const done = (written: Omit<Remembered["written"], "name">): Remembered => {
    return { type: "remembered", address, written: { name, ...written }, at: parts.clock.now() };
  };
  try {
    return done(await parts.memories.add(name, { ...notes, runId, address }));
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    const fix = `${error.fix}; then: tutti memory add ${runId}`;
    parts.onTrouble(new TuttiError(error.code, error.message, { fix, cause: error }));
    return done({ trouble: error.message });
  }
}
