import { createColors } from "picocolors";
import { cutText, displayWidth } from "./width.ts";
import type { Tone } from "./words.ts";

/** A piece of a line with how it is meant. */
export interface Span {
  readonly text: string;
  readonly tone?: Tone;
  readonly bold?: boolean;
  readonly dim?: boolean;
}

export type Line = readonly Span[];

/** The line cut to so many columns. */
export function fitLine(line: Line, width: number, { mark = "…" }: { readonly mark?: string } = {}): Line {
  const total = line.reduce((sum, span) => sum + displayWidth(span.text), 0);
  if (total <= width) return line;
  const kept: Span[] = [];
  let left = width;
  for (const span of line) {
    const used = displayWidth(span.text);
    // The mark belongs into the span that does not fit, or at the end of the one that fills the line exactly.
    const isLast = used >= left;
    kept.push(isLast ? { ...span, text: cutText(`${span.text}${mark}`, left, { mark }) } : span);
    if (isLast) return kept;
    left -= used;
  }
  return kept;
}

export function lineText(line: Line): string {
  return line.map((span) => span.text).join("");
}

type Colours = ReturnType<typeof createColors>;

/** Turns lines into text for a terminal; without colours it is the bare text. */
export function painter(colours: boolean): (line: Line) => string {
  const set = createColors(colours);
  return (line) => line.map((span) => paintSpan(set, span)).join("");
}

function paintSpan(colours: Colours, { text, tone = "plain", bold, dim }: Span): string {
  if (text === "") return "";
  const toned = colourOf(colours, tone)(text);
  if (bold) return colours.bold(toned);
  return dim ? colours.dim(toned) : toned;
}

function colourOf(colours: Colours, tone: Tone): (text: string) => string {
  switch (tone) {
    case "good":
      return colours.green;
    case "bad":
      return colours.red;
    case "warn":
      return colours.yellow;
    case "busy":
      return colours.cyan;
    case "quiet":
      return colours.dim;
    case "plain":
      return String;
  }
}
