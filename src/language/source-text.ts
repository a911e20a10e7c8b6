import type { SourcePlace } from "../errors.ts";

/** A range of a text, in UTF-16 units, end exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A text that can say at which line and column an offset lies. Columns and lengths count characters (code points). */
export class SourceText {
  readonly text: string;
  readonly file: string | undefined;
  readonly #lineStarts: readonly number[];
  /** Where the characters of two units end. */
  readonly #pairs: readonly number[];

  constructor(text: string, file?: string) {
    this.text = text;
    this.file = file;
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
    this.#pairs = [...text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)].map(({ index }) => index + 2);
  }

  /** The 0-based line of an offset. */
  lineOf(offset: number): number {
    return countUpTo(this.#lineStarts, offset) - 1;
  }

  /** Where a line begins and ends, without its line break. Undefined for a line there is not. */
  lineAt(line: number): Range | undefined {
    const start = this.#lineStarts[line];
    if (start === undefined) return undefined;
    const next = this.#lineStarts[line + 1];
    if (next === undefined) return { start, end: this.text.length };
    return { start, end: this.text[next - 2] === "\r" && next - 2 >= start ? next - 2 : next - 1 };
  }

  /** The place of a range; a range over several lines ends at its first. */
  place(range: Range): SourcePlace {
    const offset = Math.min(Math.max(range.start, 0), this.text.length);
    const line = this.lineOf(offset);
    const whole = this.lineAt(line) ?? { start: offset, end: offset };
    const end = Math.max(offset, Math.min(range.end, this.#wordsEnd(whole)));
    const shown = this.#shown(whole, offset);
    return {
      ...(this.file === undefined ? {} : { file: this.file }),
      line: line + 1,
      column: this.#characters(whole.start, offset) + 1,
      length: Math.max(1, this.#characters(offset, end)),
      text: this.text.slice(shown.start, shown.end),
      ...(shown.start > whole.start ? { skipped: this.#characters(whole.start, shown.start) } : {}),
    };
  }

  /** Where a line ends without the blanks at its end. */
  #wordsEnd({ start, end }: Range): number {
    let at = end;
    while (at > start && /\s/.test(this.text[at - 1] ?? "")) at -= 1;
    return at;
  }

  /** The line, or the part of a very long one around an offset: it stands in every finding. */
  #shown({ start, end }: Range, offset: number): Range {
    if (end - start <= longestLine) return { start, end };
    const from = Math.max(start, offset - shownAround);
    const to = Math.min(end, offset + 2 * shownAround);
    return { start: from + this.#insidePair(from), end: to + this.#insidePair(to) };
  }

  /** 1 for an offset in the middle of a character, else 0. */
  #insidePair(offset: number): number {
    return this.#pairs[countUpTo(this.#pairs, offset)] === offset + 1 ? 1 : 0;
  }

  #characters(start: number, end: number): number {
    return end - start - (countUpTo(this.#pairs, end) - countUpTo(this.#pairs, start));
  }
}

/** A longer line is not shown as a whole … */
const longestLine = 1000;
/** … but with so many units before a place, and twice as many after it. */
const shownAround = 150;

/** How many of these numbers, which rise, are at most `limit`. */
function countUpTo(rising: readonly number[], limit: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
