import type { Event } from "../core/events.ts";
import type { RunSummary } from "../verbs/runs.ts";
import { isFinal } from "./next.ts";

/** What a run is about to do because it was asked to, in words; undefined when nothing was asked or it is done. */
export function pausingText(events: readonly Event[], status: RunSummary["status"]): string | undefined {
  if (status === "interrupted" || status === "paused" || isFinal(status)) return undefined;
  const last = events.findLast((event) => event.type === "run.control" || event.type === "run.restarted");
  if (last?.type !== "run.control" || last.verb !== "pause") return undefined;
  const reason = last.reason === undefined ? "" : `: ${last.reason}`;
  return `pausing${reason}; what runs is left to end`;
}
