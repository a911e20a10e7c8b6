import type { NodeView } from "../../core/view.ts";
import type { StreamFigures } from "../../stream/figures.ts";
import { shellWord } from "../../expression/shell-word.ts";
import { askedText } from "./live-asks.ts";
import { fitLine, type Line, type Span } from "./lines.ts";
import { isHolder, partsText, undoOfWorkflow } from "./parts.ts";
import { progressText } from "./pipeline-words.ts";
import { failureText } from "./plain-lines.ts";
import { titleText } from "./title.ts";
import { displayWidth, padText } from "./width.ts";
import {
  clockText,
  durationText,
  type Glyphs,
  oneLine,
  type ShownStatus,
  statusTone,
  statusWord,
  withLocalTimes,
  stepCostText,
} from "./words.ts";

/** What a row needs besides its node. */
export interface RowContext {
  readonly runId: string;
  readonly now: number;
  readonly glyphs: Glyphs;
  readonly width: number;
  readonly selected?: string | undefined;
  /** Nothing works any more: what was at work was interrupted. */
  readonly over?: boolean | undefined;
  /** The last line a step printed, made harmless. */
  readonly lastLine: (address: string) => string | undefined;
  /** How far a pipeline has come. */
  readonly figuresOf: (address: string) => StreamFigures | undefined;
}

/** Widths of the columns; 0: not shown. */
interface Columns {
  readonly name: number;
  readonly word: number;
  readonly attempt: number;
  readonly elapsed: number;
  readonly cost: number;
}

function shownStatus({ status, undo }: NodeView, { over }: RowContext): ShownStatus {
  const shown: ShownStatus = undo ?? status;
  return over === true && statusTone(shown) === "busy" ? "interrupted" : shown;
}

const gutter = 2;
const narrow = 36;

/** One line for each node: pointer, glyph, name, state, attempt, time, cost, and what is to be said of it. */
export function nodeLines(nodes: readonly NodeView[], context: RowContext): readonly Line[] {
  const columns = columnsFor(nodes, context);
  return nodes.map((node) => nodeLine(node, { columns, context }));
}

function columnsFor(nodes: readonly NodeView[], context: RowContext): Columns {
  const { width } = context;
  const attempts = nodes.some((node) => node.attempt > 1);
  const costs = nodes.some(({ costUsd }) => costUsd !== 0);
  const name = Math.max(4, ...nodes.map((node) => indentOf(node, width) + displayWidth(nameText(node))));
  const words = nodes.map((node) => statusWord(shownStatus(node, context)).length);
  const word = width >= narrow ? Math.max(9, ...words) : 0;
  const elapsed = width >= 16 ? 7 : 0;
  const most = width >= narrow ? Math.max(12, Math.floor(width * 0.35)) : width - gutter - 3 - elapsed;
  return {
    name: Math.max(1, Math.min(name, most)),
    word,
    attempt: attempts && width >= 50 ? 3 : 0,
    elapsed,
    cost: costs && width >= 60 ? 9 : 0,
  };
}

/** Two columns a level, but never so many that nothing is left for the name. */
function indentOf({ depth }: NodeView, width: number): number {
  return Math.min(depth * 2, Math.floor(width / 6));
}

function nameText({ name, undoes }: NodeView): string {
  return undoes === "" ? undoOfWorkflow : oneLine(name);
}

interface Row {
  readonly columns: Columns;
  readonly context: RowContext;
}

function nodeLine(node: NodeView, row: Row): Line {
  const { glyphs, width, selected } = row.context;
  const status = shownStatus(node, row.context);
  const tone = statusTone(status);
  const pointed = node.address === selected;
  const fixed: readonly Span[] = [
    { text: pointed ? `${glyphs.pointer} ` : "  ", tone: "busy", bold: true },
    { text: `${glyphs.status[status]} `, tone },
    nameSpan(node, row),
    ...cells(node, row),
  ];
  const used = fixed.reduce((sum, span) => sum + displayWidth(span.text), 0);
  const detail = width - used >= 8 ? [{ text: "  " }, detailOf(node, row.context)] : [];
  return fitLine([...fixed, ...detail], width, { mark: glyphs.cut });
}

function nameSpan(node: NodeView, { columns, context }: Row): Span {
  const text = " ".repeat(indentOf(node, context.width)) + nameText(node);
  const idle = statusTone(node.status) === "quiet";
  return {
    text: padText(text, columns.name, { mark: context.glyphs.cut }),
    bold: isHolder(node),
    dim: idle,
  };
}

function cells(node: NodeView, { columns, context }: Row): readonly Span[] {
  const { glyphs, now } = context;
  const attempt = node.attempt > 1 ? `${glyphs.times}${node.attempt}` : "";
  const status = shownStatus(node, context);
  return [
    cell(statusWord(status), { width: columns.word, tone: statusTone(status) }),
    cell(attempt, { width: columns.attempt, tone: "warn", align: "right" }),
    cell(elapsedOf(node, now), { width: columns.elapsed, align: "right" }),
    cell(costOf(node, context), { width: columns.cost, align: "right" }),
  ].filter((span) => span.text !== "");
}

function cell(
  text: string,
  options: { readonly width: number; readonly tone?: Span["tone"]; readonly align?: "left" | "right" },
): Span {
  const { width, tone, align = "left" } = options;
  if (width === 0) return { text: "" };
  return { text: ` ${padText(text, width, { align })}`, ...(tone ? { tone } : {}) };
}

function elapsedOf({ startedAt, endedAt, downMs = 0, reused }: NodeView, now: number): string {
  if (startedAt === undefined || reused) return "";
  // Whole seconds while it runs: tenths would make every line change in every frame.
  if (endedAt === undefined) return durationText(Math.floor((now - startedAt - downMs) / 1000) * 1000);
  return durationText(endedAt - startedAt - downMs);
}

function costOf(node: NodeView, { glyphs }: RowContext): string {
  return node.costUsd === 0 ? "" : stepCostText(node, glyphs);
}

function detailOf(node: NodeView, context: RowContext): Span {
  const quiet = (text: string): Span => ({ text: oneLine(text), tone: "quiet" });
  switch (node.status) {
    case "failed":
      return failedText(node, context);
    case "retrying":
      return { text: againText(node, context.now), tone: "warn" };
    case "waiting":
      return { text: waitText(node), tone: "warn" };
    case "asking":
      return {
        text: `was interrupted: tutti answer ${context.runId} ${shellWord(oneLine(node.address))} rerun|fail`,
        tone: "warn",
      };
    case "blocked":
    case "skipped":
    case "cancelled":
      return quiet(withLocalTimes(node.reason ?? ""));
    case "not-run":
      return { text: "" };
    default:
      return quiet(workText(node, context));
  }
}

/** What a step that works, or ended well, is about: where its result comes from, the gate that looks at it, its last line. */
function workText(node: NodeView, { lastLine, figuresOf, glyphs }: RowContext): string {
  if (node.reused) return "reused from before";
  if (node.cached) return "from the cache";
  if (node.waits !== undefined) return `waits for ${withLocalTimes(node.waits)}`;
  const gate = node.checks === undefined ? "" : `gate "${node.checks}" `;
  const figures = figuresOf(node.address);
  if (figures) return gate + progressText(figures);
  return gate + (lastLine(node.address) ?? partsText(node, glyphs) ?? titleText(node));
}

/** A failure is told once, by the step that failed. */
function failedText(node: NodeView, { glyphs }: RowContext): Span {
  if (node.failedWithin) return { text: oneLine(partsText(node, glyphs) ?? ""), tone: "quiet" };
  return { text: node.failure ? failureText(node.failure) : oneLine(node.reason ?? ""), tone: "bad" };
}

function againText({ dueAt, failure }: NodeView, now: number): string {
  const when = dueAt === undefined ? "soon" : `in ${durationText(Math.ceil((dueAt - now) / 1000) * 1000)}`;
  return `again ${when}${failure ? `: ${failureText(failure)}` : ": a gate did not hold"}`;
}

function waitText(node: NodeView): string {
  const { dueAt, ask } = node;
  const what = ask ? askedText(ask) : titleText(node);
  return dueAt === undefined ? what : `${what} until ${clockText(dueAt)}`;
}
