import { type ErrorCode, type SourcePlace, TuttiError } from "../errors.ts";

/** A part of a text: from `start` up to but without `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A text and the part of it that is an expression. */
export interface Site {
  readonly text: string;
  readonly range: Range;
}

export function sourceOf({ text, range }: Site): string {
  return text.slice(range.start, range.end);
}

/** Line, column and line text of a part of `text`; a part over several lines is cut at the end of its first. */
export function placeOf(text: string, { start, end }: Range): SourcePlace {
  const lineStart = start === 0 ? 0 : text.lastIndexOf("\n", start - 1) + 1;
  const newline = text.indexOf("\n", start);
  const lineEnd = newline === -1 ? text.length : newline;
  return {
    line: text.slice(0, lineStart).split("\n").length,
    column: start - lineStart + 1,
    length: Math.max(1, Math.min(end, lineEnd) - start),
    text: text.slice(lineStart, lineEnd),
  };
}

/** At most 80 characters of a text on one line, for a message. */
export function excerpt(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line.length <= 80 ? line : `${line.slice(0, 77)}...`;
}

export interface MistakeOptions {
  readonly message: string;
  readonly fix: string;
  /** The text the place is counted in, and the part of it that is wrong. */
  readonly text: string;
  readonly range: Range;
  readonly cause?: unknown;
}

/** An error that points into a text. */
export function mistake(code: ErrorCode, { message, fix, text, range, cause }: MistakeOptions): TuttiError {
  return new TuttiError(code, message, { fix, cause, source: placeOf(text, range) });
}
