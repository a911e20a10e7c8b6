import { rehearsed } from "../core/policies/breaker.ts";
import type { BreakerRecord } from "../ports/breaker-store.ts";
import { unfinished } from "./batch-runs.ts";
import type { Parts } from "./parts.ts";

/** A circuit breaker that is not closed, or a quota that is used up. */
export interface BreakerView {
  /** `agent claude-code`, `command /fix`, `service https://host`, `failure …`, `quota claude-code`. */
  readonly key: string;
  /** `half-open`: the next one that asks is tried, or is being tried. */
  readonly state: "open" | "half-open";
  /** When one is let through, or the quota is reset; ms since the epoch. */
  readonly until?: number;
  /** In a row. */
  readonly failures: number;
  /** The last failure, in one line. */
  readonly message: string;
}

/** What holds work up now, in all runs of the state folder; a rehearsal's is told by its run (`why`). */
export async function openBreakers({ breakers, clock }: Parts): Promise<readonly BreakerView[]> {
  const now = clock.now();
  return (await breakers.list()).flatMap((record) => viewOf(record, now) ?? []);
}

/** Closes them all, and lets the runs that wait for one go on; gives how many records were forgotten. */
export async function resetBreakers({ breakers, store, clock }: Parts): Promise<number> {
  const count = await breakers.clear();
  const rows = await store.list({ status: unfinished });
  // a run looks at those inside it as soon as it hears of this
  const inner = rows.map(({ runId }) => runId).toSorted((a, b) => b.length - a.length);
  for (const runId of inner) await store.post(runId, { type: "reset", at: clock.now() });
  return count;
}

function viewOf({ key, openUntil, failures, message }: BreakerRecord, now: number): BreakerView | undefined {
  if (openUntil === undefined || key.includes(rehearsed)) return undefined;
  if (openUntil > now) return { key, state: "open", until: openUntil, failures, message };
  return key.startsWith("quota ") ? undefined : { key, state: "half-open", failures, message };
}
