import { sourceName } from "../../language/pipeline.ts";
import type { PlaceFigures, SourceFigures, StreamFigures } from "../../stream/figures.ts";
import { fitLine, type Line, type Span } from "./lines.ts";
import { lagText, latencyText, rateText, shareText } from "./pipeline-words.ts";
import { displayWidth, padText } from "./width.ts";
import { type Glyphs, moneyText, numberText, oneLine, unicodeGlyphs } from "./words.ts";

export interface TableOptions {
  /** Columns there are; absent: as many as it takes. */
  readonly width?: number | undefined;
  /** Lines there are, the head among them; absent: one for each place. */
  readonly height?: number | undefined;
  readonly glyphs?: Glyphs;
}

/**
 * A line for the source, and one for each stage and sink, below a head. What is zero everywhere has no column; in a narrow
 * terminal the columns that say least go first. Of many places those that have something to say are shown.
 */
export function pipelineTable(
  figures: StreamFigures,
  { width, height = Number.POSITIVE_INFINITY, glyphs = unicodeGlyphs }: TableOptions = {},
): readonly Line[] {
  const { places, rest } = chosen(figures.places, height - 2);
  const timed = rated(figures);
  const rows = [
    sourceRow(timed(figures.source, figures.source.read)),
    ...places.map((place) => placeRow(timed(place, place.done + place.filtered), glyphs)),
  ];
  const columns = fitting(columnsOf(rows), width);
  const head = columns.map((column) => paint({ text: column.head, dim: true }, column));
  const lines = rows.map((row) => columns.map((column) => paint(spanOf(row, column.key), column)));
  const more = rest === 0 ? [] : [[{ text: `${glyphs.cut} ${numberText(rest)} more`, dim: true }]];
  return [head, ...lines, ...more].slice(0, Math.max(1, height)).map((line) => cut(line, { width, glyphs }));
}

/** Rates of one that is over are those of its whole time. */
function rated({ status, runningMs }: StreamFigures) {
  return <T extends { readonly perSecond: number }>(of: T, records: number): T =>
    status === "over" && runningMs > 0 ? { ...of, perSecond: (records / runningMs) * 1000 } : of;
}

type Key = keyof typeof heads;
type Row = Readonly<Partial<Record<Key, string | Span>>>;

/** In the order in which they are shown. */
const heads = {
  name: "",
  in: "in",
  out: "out",
  filtered: "filtered",
  waiting: "waiting",
  spilled: "spilled",
  work: "at work",
  rate: "rec/s",
  p50: "p50",
  p95: "p95",
  p99: "p99",
  errors: "errors",
  retries: "retries",
  dropped: "dropped",
  dead: "dead",
  cost: "cost",
} as const;

/** Those that are shown only where one of them is not zero. */
const seldom: ReadonlySet<Key> = new Set([
  "filtered",
  "spilled",
  "errors",
  "retries",
  "dropped",
  "dead",
  "cost",
]);

/** What goes from a narrow terminal, the first first; what is not named stays. */
const droppable: readonly Key[] = [
  "p50",
  "p99",
  "retries",
  "spilled",
  "in",
  "filtered",
  "work",
  "errors",
  "p95",
  "cost",
  "rate",
  "dropped",
];

interface Column {
  readonly key: Key;
  readonly head: string;
  readonly width: number;
}

const mostName = 24;

function columnsOf(rows: readonly Row[]): readonly Column[] {
  const keys = (Object.keys(heads) as Key[]).filter(
    (key) => !seldom.has(key) || rows.some((row) => !isNothing(row, key)),
  );
  return keys.map((key) => {
    const widths = rows.map((row) => displayWidth(spanOf(row, key).text));
    const needed = Math.max(heads[key].length, ...widths);
    return { key, head: heads[key], width: key === "name" ? Math.min(mostName, needed) : needed };
  });
}

function isNothing(row: Row, key: Key): boolean {
  return ["", "0", "0%"].includes(spanOf(row, key).text);
}

const gap = 2;

function fitting(columns: readonly Column[], width: number | undefined): readonly Column[] {
  if (width === undefined) return columns;
  let kept = columns;
  for (const key of droppable) {
    if (kept.reduce((sum, column) => sum + column.width + gap, -gap) <= width) break;
    kept = kept.filter((column) => column.key !== key);
  }
  return kept;
}

function paint(span: Span, { key, width }: Column): Span {
  if (key === "name") return { ...span, text: padText(span.text, width) };
  return { ...span, text: `${" ".repeat(gap)}${padText(span.text, width, { align: "right" })}` };
}

function cut(line: Line, { width, glyphs }: Pick<TableOptions, "width"> & { readonly glyphs: Glyphs }): Line {
  return width === undefined ? line : fitLine(line, width, { mark: glyphs.cut });
}

function spanOf(row: Row, key: Key): Span {
  const cell = row[key] ?? "";
  return typeof cell === "string" ? { text: cell } : cell;
}

function sourceRow({ read, bad, perSecond, lag, ended }: SourceFigures): Row {
  const left = lagText(lag);
  return {
    name: { text: sourceName, dim: ended },
    out: numberText(read),
    waiting: left === "" ? "" : { text: left, tone: "quiet" },
    rate: rateText(perSecond),
    dead: marked(bad, "bad"),
  };
}

function placeRow(place: PlaceFigures, { arrow }: Glyphs): Row {
  const { latencyMs, kind, name } = place;
  const idle = place.inWork === 0 && place.waiting === 0;
  const isSink = kind === "sink";
  return {
    name: { text: `${isSink ? `${arrow} ` : ""}${oneLine(name)}`, dim: idle, bold: !idle },
    in: numberText(place.in),
    out: numberText(isSink ? place.done : place.out),
    filtered: numberText(place.filtered),
    waiting: numberText(place.waiting),
    spilled: marked(place.spilled, "warn"),
    work: `${place.inWork}/${place.parallelism}`,
    rate: rateText(place.perSecond),
    ...(place.batches === 0
      ? {}
      : {
          p50: latencyText(latencyMs.p50),
          p95: latencyText(latencyMs.p95),
          p99: latencyText(latencyMs.p99),
        }),
    errors: { text: shareText(place.errorRate), tone: place.errorRate > 0 ? "bad" : "plain" },
    retries: marked(place.retries, "warn"),
    dropped: marked(place.dropped, "warn"),
    dead: marked(place.dead, "bad"),
    cost: place.costUsd > 0 ? moneyText(place.costUsd) : "",
  };
}

function marked(count: number, tone: "warn" | "bad"): Span {
  return count === 0 ? { text: "0" } : { text: numberText(count), tone };
}

/** Places in their order; where there is no room for all, those with trouble and at work before the others. */
function chosen(
  places: readonly PlaceFigures[],
  room: number,
): { readonly places: readonly PlaceFigures[]; readonly rest: number } {
  if (places.length <= room) return { places, rest: 0 };
  const most = Math.max(0, room - 1);
  const kept = new Set(places.toSorted((a, b) => weight(b) - weight(a)).slice(0, most));
  return { places: places.filter((place) => kept.has(place)), rest: places.length - kept.size };
}

function weight({ kind, errorRate, dead, dropped, inWork, waiting }: PlaceFigures): number {
  const marks = [
    [errorRate > 0, 8],
    [inWork > 0, 4],
    [dead + dropped > 0, 4],
    [waiting > 0, 2],
    [kind === "sink", 1],
  ] as const;
  return marks.reduce((sum, [holds, more]) => sum + (holds ? more : 0), 0);
}
