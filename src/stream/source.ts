import type { Json } from "../expression/json.ts";

/**
 * Reads records from where it was told to go on.
 *
 * - `read` gives at most `most` records, as soon as there is one; it waits while there is none, unless nothing can come any
 *   more: then `ended` is true. A record that cannot be read is among `bad` and holds nothing up;
 * - reading from `position` on gives all that comes behind what was read, once; a source that cannot go back (`stdin`, what was
 *   posted) gives what comes from now on;
 * - when `signal` aborts, it rejects with the signal's reason, and what it has read but not given is not lost: a later
 *   read gives it;
 * - memory stays flat, whatever a record's length is;
 * - `close` leaves nothing running, also after a failure.
 */
export interface SourceReader {
  read(most: number, signal: AbortSignal): Promise<Intake>;
  close(): Promise<void>;
}

export interface Intake {
  /** Each one JSON without line breaks. */
  readonly records: readonly string[];
  readonly bad: readonly BadRecord[];
  /** Where each of `records` comes from, when it is asked for: `in.jsonl:17`. */
  readonly originOf: (index: number) => string;
  /** To go on behind all of these. */
  readonly position: Json;
  readonly ended: boolean;
  /** What there is still to read, as far as it is known. */
  readonly lag?: { readonly bytes?: number; readonly records?: number };
  /** Called once when these records are durable, or cannot be (`false`): who posted them hears of it. */
  readonly settled?: (durable: boolean) => void;
}

/** What could not be read as a record. */
export interface BadRecord {
  /** How many of the intake's `records` come before it. */
  readonly before: number;
  readonly origin: string;
  readonly code: "RECORD_ENCODING" | "RECORD_SYNTAX" | "RECORD_TOO_LONG" | "RECORD_UNREADABLE";
  readonly reason: string;
  /** As much of it as is worth keeping; bytes that are no UTF-8 stand as U+FFFD. */
  readonly text: string;
}
