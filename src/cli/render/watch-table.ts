import type { RunSummary } from "../../verbs/runs.ts";
import type { Size } from "./live-layout.ts";
import { fitLine, type Line } from "./lines.ts";
import { displayWidth, padText } from "./width.ts";
import { agoText, countText, type Glyphs, numberText, oneLine, statusTone, statusWord } from "./words.ts";

export interface TableFrame {
  readonly runs: readonly RunSummary[];
  readonly now: number;
  readonly glyphs: Glyphs;
  /** A line at the bottom; nothing without a keyboard. */
  readonly hint?: string | undefined;
}

/** The runs as a table, newest first, never more and never wider than the terminal. */
export function layoutTable(
  { runs, now, glyphs, hint }: TableFrame,
  { columns, rows }: Size,
): readonly Line[] {
  const foot: readonly Line[] = hint === undefined || rows < 4 ? [] : [[{ text: hint, tone: "quiet" }]];
  const gap: readonly Line[] = rows >= 12 ? [[]] : [];
  const room = Math.max(1, rows - 1 - foot.length - gap.length * 2);
  const shown = runs.length > room ? runs.slice(0, Math.max(1, room - 1)) : runs;
  const more = runs.length - shown.length;
  const rest: readonly Line[] =
    more === 0 || room < 2 ? [] : [[{ text: `  ${glyphs.cut} ${numberText(more)} older`, tone: "quiet" }]];
  const body = [...runLines(shown, { now, glyphs, columns }), ...rest];
  const blank = Array.from({ length: Math.max(0, room - body.length) }, (): Line => []);
  return [headerLine(runs), ...gap, ...body, ...blank, ...gap, ...foot]
    .slice(0, Math.max(1, rows))
    .map((line) => fitLine(line, columns, { mark: glyphs.cut }));
}

function headerLine(runs: readonly RunSummary[]): Line {
  const moving = runs.filter((run) => run.owner !== undefined).length;
  const text = moving === 0 ? "nothing goes on" : `${numberText(moving)} driven now`;
  return [
    { text: countText(runs.length, "run"), bold: true },
    { text: `, ${text}`, tone: moving > 0 ? "busy" : "quiet" },
  ];
}

interface TableContext {
  readonly now: number;
  readonly glyphs: Glyphs;
  readonly columns: number;
}

function runLines(runs: readonly RunSummary[], { now, glyphs, columns }: TableContext): readonly Line[] {
  const idWidth = Math.max(0, ...runs.map(({ runId }) => displayWidth(runId)));
  const wordWidth = columns >= 50 ? 12 : 0;
  return runs.map(({ runId, name, status, updatedAt, origin }): Line => {
    const tone = statusTone(status);
    const word = wordWidth === 0 ? "" : `${padText(statusWord(status), wordWidth)} `;
    return [
      { text: `${glyphs.status[status]} `, tone },
      { text: word, tone },
      { text: `${padText(runId, idWidth)}  ` },
      { text: `${padText(agoText(updatedAt, now), 8, { align: "right" })}  `, tone: "quiet" },
      { text: oneLine(name), bold: true },
      { text: `  ${oneLine(origin)}`, tone: "quiet" },
    ];
  });
}
