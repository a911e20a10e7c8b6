import type { Json } from "../expression/json.ts";

/**
 * Where the records of pipelines are while they are on their way, and what became of them. A stream is one pipeline of one
 * run. Its records wait in queues, as batches that the taker of the queue will do as a whole; a batch comes in parts.
 *
 * - `open` takes the stream over, and makes it when it is not there: whoever opened it before may commit no more
 *   (LEASE_LOST);
 * - `commit` makes all of a change durable, or nothing of it; changes are durable in the order they were given, and those
 *   that wait at the same moment share one commit, with each other and with the logs of runs;
 * - `load` gives batches of a queue that are durable, in their order;
 * - `look`, `dead` and `streams` take nothing over: anybody may look at any time;
 * - `remove` forgets a stream and all of it.
 */
export interface StreamStore {
  open(id: StreamId): Promise<OpenStream>;
  look(id: StreamId): Promise<StreamSight | undefined>;
  /** Oldest first, `after` excluded. */
  dead(id: StreamId, page: { readonly after: number; readonly most: number }): Promise<readonly DeadLetter[]>;
  streams(runId: string): Promise<readonly StreamId[]>;
  remove(id: StreamId): Promise<void>;
}

export interface StreamId {
  readonly runId: string;
  /** The node of the pipeline. */
  readonly address: string;
}

export interface OpenStream {
  /** What was kept of it; undefined: it has never committed anything. */
  readonly kept: KeptStream | undefined;
  commit(change: StreamChange): Promise<void>;
  /** Batches of the queue from this number on, at most so many; each with all its parts joined. */
  load(
    queue: string,
    page: { readonly from: number; readonly most: number },
  ): Promise<readonly StoredBatch[]>;
}

export interface KeptStream {
  readonly head: Json;
  /** What each queue holds, without the records. */
  readonly queues: readonly KeptQueue[];
  readonly values: readonly StreamValue[];
}

/** Batches with records in them; those of which all parts were removed are not counted. */
export interface KeptQueue {
  readonly queue: string;
  /** Numbers of the first and the last batch that are there. */
  readonly first: number;
  readonly last: number;
  /** Records in all of them. */
  readonly count: number;
  /** Records and parts of the last. */
  readonly lastCount: number;
  readonly lastParts: number;
}

/** What others see of it. */
export interface StreamSight {
  readonly head: Json;
  /** Letters that are there now. */
  readonly deadCount: number;
}

/** A record on its way. */
export interface StreamRecord {
  /** Which record of the source it comes from, from 0. */
  readonly no: number;
  /** JSON without line breaks. */
  readonly text: string;
}

export interface StoredBatch {
  readonly batch: number;
  /** When its first record came in, ms since the epoch. */
  readonly at: number;
  readonly records: readonly StreamRecord[];
}

/** More records of a batch. `part`: from 0, one after another. */
export interface BatchPart extends StoredBatch {
  readonly queue: string;
  readonly part: number;
}

/** What a pipeline keeps in mind beside its records, such as the sums of a group; null: forget it. */
export interface StreamValue {
  readonly stage: string;
  readonly key: string;
  readonly value: Json;
}

/** All that one decision changes. Removals come before what is put. */
export interface StreamChange {
  readonly head: Json;
  readonly remove?: readonly { readonly queue: string; readonly batch: number }[];
  readonly put?: readonly BatchPart[];
  readonly dead?: readonly NewDeadLetter[];
  /** Numbers of letters that are dead no more. */
  readonly revived?: readonly number[];
  readonly values?: readonly StreamValue[];
}

/** A record that could not be done, and why. */
export interface NewDeadLetter {
  /** The stage or sink that failed; absent: it could not be read. */
  readonly stage?: string;
  readonly at: number;
  readonly code: string;
  readonly reason: string;
  /** Where it lies in the source: `in.jsonl:17`. */
  readonly origin?: string;
  readonly no: number;
  /** The record, or what was read of it; cut where it is too long. */
  readonly text: string;
  /** True: `text` is a whole record, which can be replayed. */
  readonly whole: boolean;
}

export interface DeadLetter extends NewDeadLetter {
  /** Counts up in its stream, from 1. */
  readonly letter: number;
}
