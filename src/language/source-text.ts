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

  constructor(text: string, file?: string) {
    this.text = text;
    this.file = file;
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  /** The 0-based line of an offset. */
  lineOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The place of a range; a range over several lines ends at its first. */
  place(range: Range): SourcePlace {
    const offset = Math.min(Math.max(range.start, 0), this.text.length);
    const line = this.lineOf(offset);
    const lineStart = this.#lineStarts[line] ?? 0;
    const next = this.#lineStarts[line + 1];
    const text = this.text.slice(lineStart, next === undefined ? undefined : next - 1).replace(/\r$/, "");
    const end = Math.max(offset, Math.min(range.end, lineStart + text.trimEnd().length));
    return {
      ...(this.file === undefined ? {} : { file: this.file }),
      line: line + 1,
      column: characters(this.text.slice(lineStart, offset)) + 1,
      length: Math.max(1, characters(this.text.slice(offset, end))),
      text,
    };
  }
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
