import type { NodeView, RunView } from "../../core/view.ts";
import type { StreamFigures } from "../../stream/figures.ts";
import type { Ui } from "./live-keys.ts";
import { type Tables, tablesOf } from "./live-pipelines.ts";
import { nodeLines, type RowContext } from "./live-row.ts";
import { chooseRows, type RowChoice } from "./live-rows.ts";
import { keyNodes } from "./outline.ts";
import { isHolder } from "./parts.ts";
import { fitLine, type Line, type Span } from "./lines.ts";
import {
  costText,
  durationText,
  type Glyphs,
  capMoneyText,
  numberText,
  oneLine,
  type ShownStatus,
  statusTone,
  statusWord,
  withLocalTimes,
} from "./words.ts";

/** All that a frame of the live view is drawn from. */
export interface Frame {
  readonly view: RunView;
  readonly now: number;
  /** When this life of the run began; ms since the epoch. */
  readonly since: number;
  /** Predicted duration of the whole run, when it rests on history; ms. */
  readonly predictedMs?: number | undefined;
  /** Somebody asked for it, and what runs is still to end. */
  readonly asked?: "pause" | "cancel" | undefined;
  readonly ui: Ui;
  /** The run is not driven any more. */
  readonly over?: boolean | undefined;
  readonly glyphs: Glyphs;
  /** Keys that can be used; none without a keyboard. */
  readonly keys: readonly KeyHint[];
  /** A remark in place of the keys. */
  readonly note?: string | undefined;
  /** How what is asked can be answered, where that is done elsewhere. */
  readonly askLine?: string | undefined;
  readonly lastLine: (address: string) => string | undefined;
  readonly outputOf: (address: string) => readonly string[];
  readonly figuresOf: (address: string) => StreamFigures | undefined;
}

export interface KeyHint {
  readonly key: string;
  readonly does: string;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The lines of a frame, never more and never wider than the terminal, and what was chosen to be in it. */
export interface Drawn {
  readonly lines: readonly Line[];
  readonly shown: readonly string[];
  /** Lines of the middle part. */
  readonly page: number;
}

/** Lays a run out for a terminal: header, steps (or the output of one), keys. */
export function layoutFrame(frame: Frame, { columns, rows }: Size): Drawn {
  const head = rows >= 8 ? headerLines(frame) : [statusLine(frame)];
  const foot = rows >= 4 ? [...(rows >= 12 ? askedLines(frame) : []), ...footerLines(frame)] : [];
  const gap = rows >= 12 ? [[]] : [];
  const room = Math.max(1, rows - head.length - foot.length - gap.length * 2);
  const { lines: body, shown } =
    frame.ui.mode === "output" ? outputBody(frame, room) : treeBody(frame, { columns, room });
  const blank = Array.from({ length: Math.max(0, room - body.length) }, (): Line => []);
  const all = [...head, ...gap, ...body, ...blank, ...gap, ...foot].slice(0, Math.max(1, rows));
  return { lines: all.map((line) => fitLine(line, columns, { mark: frame.glyphs.cut })), shown, page: room };
}

/** The steps of a run that is over, for leaving in the scrollback: all, or those that matter. */
export function layoutSummary(frame: Omit<Frame, "ui" | "keys">, { columns, rows }: Size): readonly Line[] {
  const ui: Ui = { mode: "tree", back: 0 };
  const whole: Frame = { ...frame, ui, keys: [], over: true };
  const key = keyNodes(frame.view.nodes);
  const tables = tablesOf(key, { ...frame, columns, room: rows });
  const room = rows - tables.height;
  const choice = chooseRows(key, { height: key.length < frame.view.nodes.length ? room - 1 : room });
  const shown = new Set(choice.rows);
  const others = frame.view.nodes.filter((node) => !shown.has(node));
  const { lines } = drawRows(whole, { choice: { ...choice, others }, columns, tables });
  return lines.map((line) => fitLine(line, columns, { mark: frame.glyphs.cut }));
}

function headerLines(frame: Frame): readonly Line[] {
  const { view, glyphs } = frame;
  const reason = view.reason === undefined ? "" : `  ${oneLine(withLocalTimes(view.reason))}`;
  return [
    [
      ...statusSpans(frame),
      { text: `  ${oneLine(view.name)}`, bold: true },
      { text: `  ${view.id}`, tone: "quiet" },
      { text: reason, tone: "warn" },
    ],
    [...countSpans(view, glyphs), { text: `  cost ${costOfCap(view, glyphs)}` }],
  ];
}

/** The whole header on one line, for terminals of a few lines. */
function statusLine(frame: Frame): Line {
  const { view } = frame;
  return [
    ...statusSpans(frame),
    { text: `  ${numberText(doneOf(view))}/${numberText(view.counts.total)}` },
    ...(view.counts.failed === 0 ? [] : [{ text: ` ${view.counts.failed} failed`, tone: "bad" } as const]),
    { text: `  ${oneLine(view.name)}`, bold: true },
  ];
}

function statusSpans({ view, now, since, predictedMs, asked, glyphs }: Frame): readonly Span[] {
  const status: ShownStatus = asked === "pause" && view.status === "executing" ? "paused" : view.status;
  const word = asked === undefined || isOver(view) ? statusWord(view.status) : askedWords[asked];
  const until = isOver(view) ? view.updatedAt : now;
  const about = predictedMs === undefined || isOver(view) ? "" : ` of about ${durationText(predictedMs)}`;
  const tone = statusTone(status);
  return [
    { text: `${glyphs.status[status]} ${word}`, tone, bold: true },
    { text: ` ${durationText(Math.floor((until - since) / 1000) * 1000)}${about}` },
  ];
}

const askedWords = { pause: "pausing", cancel: "cancelling" } as const;

function isOver({ status }: RunView): boolean {
  return ["completed", "degraded", "failed", "cancelled", "paused"].includes(status);
}

function doneOf({ counts }: RunView): number {
  return (
    counts.verified + counts.claimed + counts.skipped + counts.failed + counts.blocked + counts.cancelled
  );
}

function countSpans(view: RunView, glyphs: Glyphs): readonly Span[] {
  const { counts } = view;
  const parts: readonly Span[] = [
    { text: `${numberText(doneOf(view))} of ${numberText(counts.total)} done` },
    counted(counts.running, { word: "running", tone: "busy" }),
    counted(counts.failed, { word: "failed", tone: "bad" }),
    counted(counts.blocked, { word: "blocked", tone: "warn" }),
    counted(counts.skipped, { word: "skipped", tone: "quiet" }),
    counted(counts.reused, { word: "reused", tone: "quiet" }),
  ];
  return parts
    .filter((part) => part.text !== "")
    .flatMap((part, index) =>
      index === 0 ? [part] : ([{ text: ` ${glyphs.dot} `, tone: "quiet" }, part] as const),
    );
}

function counted(
  count: number,
  { word, tone }: { readonly word: string; readonly tone: Span["tone"] & string },
): Span {
  return count === 0 ? { text: "" } : { text: `${numberText(count)} ${word}`, tone };
}

function costOfCap({ ledger, limits }: RunView, glyphs: Glyphs): string {
  return `${costText(ledger, glyphs)} of ${capMoneyText(limits.costUsd)}`;
}

function askedLines({ askLine }: Frame): readonly Line[] {
  return askLine === undefined ? [] : [[{ text: askLine, tone: "warn" }]];
}

function footerLines({ ui, keys, note, glyphs, view }: Frame): readonly Line[] {
  if (ui.mode === "approve") return [approveLine(view, ui)];
  if (ui.mode === "reject") return [rejectLine(ui)];
  if (ui.mode === "confirm") {
    return [
      [
        { text: "Cancel the run? What runs is stopped.  ", tone: "warn", bold: true },
        ...hintSpans(confirmHints),
      ],
    ];
  }
  if (note !== undefined) return [[{ text: note, tone: "warn" }]];
  if (keys.length === 0) return [];
  return [hintSpans(ui.mode === "output" ? outputHints(glyphs) : keys)];
}

function rejectLine({ selected = "", typed = "" }: Ui): Line {
  // the end of a long text is what is being typed
  const shown = Array.from(typed).slice(-40).join("");
  return [
    { text: `Reject ${oneLine(selected)}, because: `, tone: "warn", bold: true },
    { text: `${shown}_  ` },
    ...hintSpans([
      { key: "Enter", does: "reject it" },
      { key: "Esc", does: "not now" },
    ]),
  ];
}

function approveLine({ nodes }: RunView, { selected = "" }: Ui): Line {
  const text = nodes.find((node) => node.address === selected)?.ask?.text ?? "";
  return [
    { text: `Approve ${oneLine(selected)}?  `, tone: "warn", bold: true },
    ...hintSpans([
      { key: "y", does: "approve it" },
      { key: "n", does: "not now" },
    ]),
    { text: oneLine(text) },
  ];
}

const confirmHints: readonly KeyHint[] = [
  { key: "y", does: "cancel it" },
  { key: "n", does: "go on" },
];

function outputHints({ up, down }: Glyphs): readonly KeyHint[] {
  return [
    { key: "Esc", does: "back" },
    { key: `${up}${down} PgUp PgDn`, does: "scroll" },
    { key: "q", does: "leave" },
  ];
}

function hintSpans(hints: readonly KeyHint[]): readonly Span[] {
  return hints.flatMap(({ key, does }): readonly Span[] => [
    { text: key, bold: true },
    { text: ` ${does}   `, tone: "quiet" },
  ]);
}

interface Body {
  readonly lines: readonly Line[];
  readonly shown: readonly string[];
}

function treeBody(
  frame: Frame,
  { columns, room }: { readonly columns: number; readonly room: number },
): Body {
  const { view, ui } = frame;
  const tables = tablesOf(view.nodes, { ...frame, columns, room });
  const choice = chooseRows(view.nodes, { height: room - tables.height, selected: ui.selected });
  const { lines, shown } = drawRows(frame, { choice, columns, tables });
  return { lines: lines.slice(0, room), shown };
}

function drawRows(
  frame: Frame,
  {
    choice,
    columns,
    tables,
  }: { readonly choice: RowChoice; readonly columns: number; readonly tables: Tables },
): Body {
  const own = nodeLines(choice.rows, rowContext(frame, columns));
  const rows = choice.rows.flatMap(({ address }, index) => [own[index] ?? [], ...tables.linesOf(address)]);
  const lines = [...restAbove(choice, frame.glyphs), ...rows, ...restBelow(choice, frame.glyphs)];
  return { lines, shown: choice.rows.map(({ address }) => address) };
}

function rowContext(frame: Frame, width: number): RowContext {
  const { view, now, glyphs, ui, over, lastLine, figuresOf } = frame;
  return { runId: view.id, now, glyphs, width, selected: ui.selected, over, lastLine, figuresOf };
}

function restAbove({ above, below }: RowChoice, { up }: Glyphs): readonly Line[] {
  if (above + below === 0) return [];
  return [[{ text: above === 0 ? "" : `  ${up} ${numberText(above)} more`, tone: "quiet" }]];
}

function restBelow({ below, others }: RowChoice, { down, cut }: Glyphs): readonly Line[] {
  if (below > 0) return [[{ text: `  ${down} ${numberText(below)} more`, tone: "quiet" }]];
  if (others.length === 0) return [];
  // As in the header, what only holds others does not count where there are steps.
  const steps = others.filter((node) => !isHolder(node));
  const more =
    steps.length > 0 ? `${numberText(steps.length)} more: ${summaryOf(steps)}` : `${others.length} more`;
  return [[{ text: `  ${cut} ${more}`, tone: "quiet" }]];
}

/** `290 verified, 22 pending`: the states of nodes, the most frequent first. */
function summaryOf(nodes: readonly NodeView[]): string {
  const counts = new Map<string, number>();
  for (const { status } of nodes) counts.set(statusWord(status), (counts.get(statusWord(status)) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([word, count]) => `${numberText(count)} ${word}`)
    .join(", ");
}

function outputBody({ ui, glyphs, outputOf, view }: Frame, room: number): Body {
  const address = ui.selected ?? "";
  const output = outputOf(address);
  const body = Math.max(1, room - 1);
  const end = Math.max(Math.min(body, output.length), output.length - ui.back);
  const title = `${glyphs.rule}${glyphs.rule} ${oneLine(address)} `;
  const rest = output.length - end > 0 ? `(${output.length - end} more below) ` : "";
  const none = `Nothing is kept here. All that it printed: tutti logs ${view.id} ${oneLine(address)}`;
  const lines: readonly Line[] =
    output.length === 0
      ? [[{ text: none, tone: "quiet" }]]
      : output.slice(Math.max(0, end - body), end).map((text) => [{ text }]);
  return {
    lines: [
      [
        { text: title, tone: "busy", bold: true },
        { text: rest, tone: "quiet" },
      ],
      ...lines,
    ],
    shown: [address],
  };
}
