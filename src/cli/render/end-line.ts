import type { RunSummary } from "../../verbs/runs.ts";
import { statusWord } from "./words.ts";

/** What is the case of a run that was left in the middle. */
export function interruptedText(runId: string): string {
  return `nobody drives it, go on with: tutti resume ${runId}`;
}

/** Said when nothing more happens in a run that was looked at: how it stands, and what can be typed next. */
export function endLine(runId: string, status: RunSummary["status"]): string {
  return `run ${runId}: ${statusWord(status)}${hintFor(runId, status)}`;
}

function hintFor(runId: string, status: RunSummary["status"]): string {
  switch (status) {
    case "interrupted":
      return `; ${interruptedText(runId)}`;
    case "waiting":
    case "failed":
      return `; see: tutti why ${runId}`;
    case "paused":
      return `; go on with: tutti resume ${runId}`;
    default:
      return "";
  }
}
