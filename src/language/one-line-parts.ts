import type { Range } from "./source-text.ts";

/** One command of a one-line chain, and where it stands. */
export interface LinePart {
  /** The command's name, with its slash. */
  readonly command: string;
  readonly params: string;
  readonly range: Range;
  readonly commandRange: Range;
  readonly paramsRange: Range;
}

/** What stands between two arrows: one command, or several in `parallel(a, b)`. Empty: nothing stands there. */
export interface LineStage {
  readonly parts: readonly LinePart[];
  readonly parallel: boolean;
  readonly range: Range;
}

const arrow = /→|->|=>/y;
const comma = /,/y;

export interface CutOptions {
  /** Commands there are, so that `milestone plan` can be one of them. */
  readonly commands?: readonly string[] | undefined;
  /** Only this part of the text. */
  readonly range?: Range;
}

/** Cuts `query x → parallel(task a, task b) → docs`. Arrows inside quotes and parentheses do not count. */
export function cutLine(text: string, { commands, range }: CutOptions = {}): readonly LineStage[] {
  const whole = range ?? { start: 0, end: text.length };
  return cut(text, whole, arrow).map((part) => stageOf(text, part, commands));
}

/** Cuts a text at the separators that stand outside quotes and parentheses. */
export function cutAt(text: string, range: Range, separator: RegExp): readonly Range[] {
  return cut(text, range, separator);
}

/** Where the separators stand outside quotes and parentheses. */
export function separatorsIn(text: string, range: Range, separator: RegExp): readonly Range[] {
  return scan(text, range, separator);
}

function stageOf(text: string, range: Range, commands: readonly string[] | undefined): LineStage {
  const inside = /^parallel\s*\(([^]*)\)$/.exec(text.slice(range.start, range.end));
  if (!inside) return { parts: partsOf(text, [range], commands), parallel: false, range };
  const start = range.end - 1 - (inside[1] ?? "").length;
  const ranges = cut(text, { start, end: range.end - 1 }, comma);
  return { parts: partsOf(text, ranges, commands), parallel: true, range };
}

function partsOf(
  text: string,
  ranges: readonly Range[],
  commands: readonly string[] | undefined,
): LinePart[] {
  return ranges.flatMap((range) => {
    const inner = unquoted(text, range);
    return inner.end > inner.start ? [partOf(text, inner, commands)] : [];
  });
}

function partOf(text: string, range: Range, commands: readonly string[] | undefined): LinePart {
  const written = text.slice(range.start, range.end);
  const words = /^(\S+)(?:\s+(\S+))?/.exec(written);
  const [, first = "", second] = words ?? [];
  const family = `${first.replace(/^\//, "")}:${second ?? ""}`;
  const both = second !== undefined && commands?.includes(family) === true;
  const name = both ? (words?.[0] ?? first) : first;
  const rest = written.slice(name.length);
  const paramsStart = range.start + name.length + (rest.length - rest.trimStart().length);
  return {
    command: `/${both ? family : first.replace(/^\//, "")}`,
    params: rest.trim(),
    range,
    commandRange: { start: range.start, end: range.start + name.length },
    paramsRange: { start: paramsStart, end: range.end },
  };
}

/** Without the quotes when the whole part is quoted. */
function unquoted(text: string, range: Range): Range {
  const open = text[range.start];
  const isQuote = open === '"' || open === "'";
  const whole = isQuote && closingQuote(text, range.start, range.end) === range.end - 1;
  return whole ? trimmed(text, { start: range.start + 1, end: range.end - 1 }) : range;
}

function cut(text: string, { start, end }: Range, separator: RegExp): Range[] {
  const ranges: Range[] = [];
  let from = start;
  for (const found of scan(text, { start, end }, separator)) {
    ranges.push(trimmed(text, { start: from, end: found.start }));
    from = found.end;
  }
  return [...ranges, trimmed(text, { start: from, end })];
}

function scan(text: string, { start, end }: Range, separator: RegExp): Range[] {
  const found: Range[] = [];
  let depth = 0;
  for (let at = start; at < end; at++) {
    const closing = opensQuote(text, at) ? closingQuote(text, at, end) : -1;
    if (closing > 0) {
      at = closing;
      continue;
    }
    depth = Math.max(0, depth + nesting(text[at] ?? ""));
    const length = depth === 0 ? lengthAt(text, at, separator) : 0;
    if (length === 0) continue;
    found.push({ start: at, end: at + length });
    at += length - 1;
  }
  return found;
}

function nesting(character: string): number {
  return "([{".includes(character) ? 1 : ")]}".includes(character) ? -1 : 0;
}

function lengthAt(text: string, at: number, separator: RegExp): number {
  separator.lastIndex = at;
  return separator.exec(text)?.[0].length ?? 0;
}

/** A quote inside a word (`user's`) is an apostrophe. */
function opensQuote(text: string, at: number): boolean {
  return /["'`]/.test(text[at] ?? "") && (at === 0 || /[\s(,=<>→[]/.test(text[at - 1] ?? ""));
}

function closingQuote(text: string, at: number, end: number): number {
  const closing = text.indexOf(text[at] ?? "", at + 1);
  return closing < end ? closing : -1;
}

function trimmed(text: string, { start, end }: Range): Range {
  const part = text.slice(start, end);
  if (part.trim() === "") return { start, end: start };
  return {
    start: start + part.length - part.trimStart().length,
    end: end - (part.length - part.trimEnd().length),
  };
}
