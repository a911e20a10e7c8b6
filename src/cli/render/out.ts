import { type Line, painter, type Span } from "./lines.ts";
import { oneLine, wantsColour } from "./words.ts";

export interface OutOptions {
  /** Standard output is JSON only; what is for people goes to standard error. */
  readonly json: boolean;
  /** Only answers and errors. */
  readonly quiet: boolean;
}

/** One line for people: a text, or pieces of which some have a meaning that is shown as a colour. */
export type Shown = string | readonly (string | Span)[];

/**
 * Everything that is printed; the only place that writes to the standard streams.
 *
 * - a line for people holds no control sequence and no line break of its data, and colours only where they are wanted;
 * - a reader that went away ends the printing, never the work.
 */
export interface Out {
  /** One JSON value on one line of standard output. */
  json(value: unknown): void;
  /** The answer to what was asked: standard output, or standard error beside JSON. */
  say(...lines: readonly Shown[]): void;
  /** Progress and remarks: standard error, not with `--quiet`. */
  note(...lines: readonly Shown[]): void;
  /** Errors: standard error, always. */
  trouble(...lines: readonly Shown[]): void;
  /** What a person has to see now: standard error, with a bell where that is a terminal. */
  alert(...lines: readonly Shown[]): void;
  /** Columns of the terminal that answers go to; undefined where they go elsewhere. */
  readonly columns: number | undefined;
  /** A whole document: as it is into a file or pipe, without control sequences on a terminal. */
  document(text: string): void;
  /** The terminal that people look at while a run goes on; undefined without one. */
  readonly screen: NodeJS.WriteStream | undefined;
  /** Aborts when nobody reads standard output any more. */
  readonly gone: AbortSignal;
}

/** Makes a terminal call for attention; it moves nothing on the screen. */
export const bell = "\u0007";

export function createOut({ json, quiet }: OutOptions): Out {
  const gone = new AbortController();
  const stdout = createWriter(process.stdout, () => gone.abort());
  const stderr = createWriter(process.stderr, () => {});
  const answers = json ? stderr : stdout;
  return {
    json: (value) => stdout.raw(`${jsonLine(value)}\n`),
    say: (...lines) => {
      if (!json || !quiet) answers.lines(lines);
    },
    note: (...lines) => {
      if (!quiet) stderr.lines(lines);
    },
    trouble: (...lines) => stderr.lines(lines),
    alert: (...lines) => {
      stderr.lines(lines);
      if (process.stderr.isTTY) stderr.raw(bell);
    },
    get columns() {
      return process.stdout.isTTY ? process.stdout.columns : undefined;
    },
    document: (text) => stdout.document(text),
    screen: process.stderr.isTTY && !json && !quiet ? process.stderr : undefined,
    gone: gone.signal,
  };
}

interface Writer {
  raw(text: string): void;
  lines(lines: readonly Shown[]): void;
  document(text: string): void;
}

function createWriter(stream: NodeJS.WriteStream, onGone: () => void): Writer {
  const paint = painter(wantsColour(stream, process.env));
  let open = true;
  stream.on("error", () => {
    // Nobody can be told of it: the stream for telling is the one that failed.
    open = false;
    onGone();
  });
  const raw = (text: string) => {
    if (open) stream.write(text);
  };
  return {
    raw,
    lines: (lines) => raw(lines.map((line) => `${paint(lineOf(line))}\n`).join("")),
    document: (text) => raw(stream.isTTY ? text.split("\n").map(oneLine).join("\n") : text),
  };
}

function lineOf(shown: Shown): Line {
  const pieces = typeof shown === "string" ? [shown] : shown;
  return pieces.map((piece) =>
    typeof piece === "string" ? { text: oneLine(piece) } : { ...piece, text: oneLine(piece.text) },
  );
}

/** JSON that is inert on a terminal too: C1 and direction characters are written as escapes. */
function jsonLine(value: unknown): string {
  return (JSON.stringify(value) ?? "null").replaceAll(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
