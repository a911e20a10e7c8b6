import { isUtf8 } from "node:buffer";
import { byteOrderMark, createRowScanner } from "./csv-rows.ts";
import { createFramer, lineScanner } from "./frames.ts";
import type { Frame } from "./frames.ts";
import { createReading } from "./reading.ts";
import type { RecordFormat } from "../../language/pipeline.ts";
import type { BadRecord } from "../source.ts";

/** Characters that are kept of what could not be read. */
const keptCharacters = 4096;

/**
 * Makes records of bytes, in memory that is bounded by the longest record and one chunk. How the bytes are cut into chunks
 * changes nothing.
 *
 * - `feed` is called when `next` has nothing more to give; the chunk may be used again when `next` has nothing more again;
 * - `next` gives what is complete, `last` what has no line break behind it, when nothing more comes; both throw
 *   SOURCE_UNREADABLE for a CSV header that cannot name the fields;
 * - a decoder that begins at `place`, with the bytes from its offset on, gives what comes behind all that was given;
 * - a byte order mark at offset 0, blank lines (of CSV and JSON lines) and the carriage return before a line break are no part
 *   of any record;
 * - JSON stays as it is written, all digits of its numbers included;
 * - a quote of CSV that is never closed takes all that follows: what looks like rows behind it may be inside a text.
 */
export interface RecordDecoder {
  readonly place: DecoderPlace;
  feed(chunk: Uint8Array): void;
  next(): Decoded | undefined;
  last(): Decoded | undefined;
}

export interface DecoderPlace {
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** Of CSV whose first row names them, once that was read. */
  readonly columns?: readonly string[];
}

/** A record as JSON without line breaks, or what is none; `line` is where it begins. */
export type Decoded =
  | { readonly line: number; readonly text: string; readonly bad?: undefined }
  | { readonly line: number; readonly text?: undefined; readonly bad: Unread };

export type Unread = Pick<BadRecord, "code" | "reason" | "text">;

export interface DecoderOptions {
  /** Of one record, without its line break. */
  readonly maxBytes: number;
  readonly from?: DecoderPlace;
  /** What messages call the bytes. */
  readonly name: string;
}

export const firstPlace: DecoderPlace = { offset: 0, line: 1 };

export function createDecoder(format: RecordFormat, options: DecoderOptions): RecordDecoder {
  const { maxBytes, name, from = firstPlace } = options;
  const isFirst = from.offset === 0;
  const scanner = format.kind === "csv" ? createRowScanner(format.separator, { isFirst }) : lineScanner;
  const framer = createFramer({ scanner, maxBytes, offset: from.offset, line: from.line });
  const reading = createReading(format, { name, columns: from.columns });

  /** The next frame that is a record. */
  function decoded(take: () => Frame | undefined): Decoded | undefined {
    for (let frame = take(); frame; frame = take()) {
      const found = reading.read(textOf(frame, maxBytes), frame.line);
      if (found === undefined) continue;
      const { line } = frame;
      return typeof found === "string" ? { line, text: found } : { line, bad: cut(found) };
    }
    return undefined;
  }

  return {
    get place() {
      const { columns } = reading;
      return { offset: framer.offset, line: framer.line, ...(columns ? { columns } : {}) };
    },
    feed: (chunk) => framer.feed(chunk),
    next: () => decoded(() => framer.next()),
    last: () => decoded(() => framer.rest()),
  };
}

function textOf(frame: Frame, maxBytes: number): string | Unread {
  const { bytes } = frame;
  if (frame.tooLong) {
    const text = shown(bytes.subarray(0, keptCharacters));
    return { code: "RECORD_TOO_LONG", reason: `it has more than ${maxBytes} bytes`, text };
  }
  if (!isUtf8(bytes))
    return { code: "RECORD_ENCODING", reason: "it is not text in UTF-8", text: shown(bytes) };
  return shown(frame.offset === 0 && startsWithMark(bytes) ? bytes.subarray(byteOrderMark.length) : bytes);
}

function shown(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

function startsWithMark(bytes: Uint8Array): boolean {
  return byteOrderMark.every((byte, index) => bytes[index] === byte);
}

function cut(bad: Unread): Unread {
  return bad.text.length > keptCharacters
    ? { ...bad, text: bad.text.slice(0, keptCharacters).toWellFormed() }
    : bad;
}
