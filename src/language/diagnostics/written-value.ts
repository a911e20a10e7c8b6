import { type Range, SourceText } from "../source-text.ts";

/** A text value, and the part of a source that it was read from. */
export class WrittenValue {
  readonly at: Range;
  readonly value: string;
  /** Where the value stands as it is, plain or quoted without escapes; -1: nowhere. */
  readonly #asIs: number;
  readonly #raw: SourceText;
  readonly #lines: SourceText;

  constructor(text: string, at: Range, value: string) {
    this.at = at;
    this.value = value;
    const raw = text.slice(at.start, at.end);
    this.#asIs = raw.indexOf(value);
    this.#raw = new SourceText(raw);
    this.#lines = new SourceText(value);
  }

  /** Where a part of the value stands: exactly where the value stands as it is or as a block scalar; else the whole. */
  place(range: Range): Range {
    const inside = this.#asIs >= 0 ? this.#asIs + range.start : this.#inBlock(range);
    if (inside === undefined) return this.at;
    const start = this.at.start + inside;
    return { start, end: start + Math.max(1, range.end - range.start) };
  }

  #inBlock(range: Range): number | undefined {
    const index = this.#lines.lineOf(range.start);
    const line = this.#lines.lineAt(index);
    // A block scalar has its header on the first line, a folded or quoted one does not keep its lines.
    const rawLine = this.#raw.lineAt(index + 1);
    if (!line || !rawLine) return undefined;
    const wanted = this.value.slice(line.start, line.end);
    const column = this.#raw.text.slice(rawLine.start, rawLine.end).indexOf(wanted);
    if (column < 0 || wanted.trim() === "") return undefined;
    return rawLine.start + column + (range.start - line.start);
  }
}
