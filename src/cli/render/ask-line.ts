import type { Event } from "../../core/events.ts";
import { dateTimeText, oneLine } from "./words.ts";

export type AskEvent = Extract<Event, { type: "ask.started" | "ask.answered" | "ask.escalated" }>;

/** What happened to a question, as the word of the line and what follows it. */
export function askLine(event: AskEvent): { readonly word: string; readonly text: string } {
  switch (event.type) {
    case "ask.started": {
      const until = event.dueAt === undefined ? "" : ` until ${dateTimeText(event.dueAt)}`;
      return { word: "asks", text: `${oneLine(event.address)}${until}: ${oneLine(event.text)}` };
    }
    case "ask.answered": {
      const { address, by, value, reason } = event;
      const who =
        by === undefined ? ": nobody did in time, and its `otherwise` stands" : ` by ${oneLine(by)}`;
      const why = reason === undefined ? "" : `: ${oneLine(reason)}`;
      return { word: "answered", text: `${oneLine(address)} with ${valueText(value)}${who}${why}` };
    }
    case "ask.escalated": {
      const { address, level, notify, trouble = "" } = event;
      const where = notify === undefined ? `cannot be told: ${oneLine(trouble)}` : placeText(notify);
      return { word: "escalated", text: `${oneLine(address)} to level ${level}: ${where}` };
    }
  }
}

function valueText(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return oneLine(JSON.stringify(value) ?? "").slice(0, 100);
}

/** A webhook's URL may hold a secret. */
function placeText(notify: NonNullable<Extract<AskEvent, { type: "ask.escalated" }>["notify"]>): string {
  return typeof notify === "string" ? notify : (Object.keys(notify)[0] ?? "");
}
