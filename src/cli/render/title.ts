import type { NodeView } from "../../core/view.ts";
import { shortText } from "./request.ts";
import { durationText } from "./words.ts";

/** What a node does, as the file says it, on one line. */
export function titleText({ action, title, expectedMs }: NodeView, most?: number): string {
  // Of a wait for a time that passes, only the predicted time says how long it is.
  if (action === "wait" && title === "duration") return durationText(expectedMs);
  return shortText(title, most);
}
