import type { Json, JsonObject } from "../../expression/json.ts";
import type { Window } from "../../language/pipeline.ts";

/**
 * The windows of a stage that gathers are numbered, one after another without gaps, by how far its stream has come: the records
 * it has gathered, or the largest time it has seen. With no window, all is window 0.
 */
export type Windowing = Window | undefined;

/** How far it has come before anything has. */
export function beginning(window: Windowing): number {
  return window?.kind === "time" ? -Infinity : 0;
}

/** The window of a record that stands here: so many records come before it, or at this time. */
export function windowAt(window: Windowing, at: number): number {
  if (window === undefined) return 0;
  return Math.floor(at / (window.kind === "count" ? window.size : window.sizeMs));
}

/** Windows before this one are closed. Those of time are when the watermark (the largest time seen, less `lateMs`) is behind them. */
export function firstOpen(window: Windowing, reached: number): number {
  return windowAt(window, window?.kind === "time" ? reached - window.lateMs : reached);
}

/** When the window closes by the clock. */
export function closesAt({ sizeMs, lateMs }: Extract<Window, { readonly kind: "time" }>, no: number): number {
  return (no + 1) * sizeMs + lateMs;
}

/** What a record says of the window that it was gathered in. */
export function nameOf(window: Windowing, no: number): JsonObject {
  switch (window?.kind) {
    case undefined:
      return {};
    case "count":
      return { window: { no } };
    case "time":
      return { window: { from: timeText(no * window.sizeMs), to: timeText((no + 1) * window.sizeMs) } };
  }
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
const year1 = Date.parse("0001-01-01T00:00:00Z");
const year9999 = Date.parse("9999-12-31T00:00:00Z");

/** Milliseconds since the epoch, or a text by RFC 3339; undefined for what is no time in the years 1 to 9999. */
export function timeOf(value: Json): number | undefined {
  const ms = typeof value === "string" && rfc3339.test(value) ? Date.parse(value.toUpperCase()) : value;
  return typeof ms === "number" && ms >= year1 && ms <= year9999 ? ms : undefined;
}
