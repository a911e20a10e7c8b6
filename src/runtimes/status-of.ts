import type { Event, RunStatus } from "../core/events.ts";

/** The status that a new run's first events leave it in. */
export function statusOf(events: readonly Event[]): RunStatus {
  const last = events.findLast((event) => event.type === "run.status");
  return last?.to ?? "initializing";
}
