import type { Event } from "../../core/events.ts";
import type { RunKey } from "./leases.ts";
import { readAppends, type ReadParts } from "./run-reader.ts";

/** How many events the first `seq` appends of a run hold. Appends never change, so this stays true. */
interface Mark {
  readonly seq: number;
  readonly events: number;
}

/** So many runs are followed at once without being read from their beginning again. */
const mostMarks = 100;

/**
 * Reads what came after the first `after` events of a run. Appends are numbered, events are not: how far a run was
 * read the last time is remembered, so that who follows it reads every append once.
 */
export function createReadOn(parts: ReadParts): (run: RunKey, after: number) => Promise<readonly Event[]> {
  const marks = new Map<string, Mark>();
  const remember = (runId: string, mark: Mark): void => {
    marks.delete(runId);
    marks.set(runId, mark);
    for (const oldest of marks.keys()) if (marks.size > mostMarks) marks.delete(oldest);
  };
  return async (run, after) => {
    const known = marks.get(run.runId);
    const from = known && known.events <= after ? known : { seq: 0, events: 0 };
    const appends = await readAppends(parts, { run, lenient: true, afterSeq: from.seq });
    const events = appends.flatMap((append) => append.events);
    remember(run.runId, { seq: from.seq + appends.length, events: from.events + events.length });
    return events.slice(after - from.events);
  };
}
