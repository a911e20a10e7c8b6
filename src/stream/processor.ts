import type { Failure, Outcome } from "../core/outcome.ts";
import type { StreamRecord, StreamValue } from "../ports/stream-store.ts";
import type { DeadRecord } from "./sink.ts";

/**
 * Does the work of a stage on one batch.
 *
 * - it resolves for success and failure alike, and rejects only with the reason of `signal`, or for a bug;
 * - the same batch may come again after a crash, with the same `id` and the same records;
 * - what it gives is in the order of the batch, and says of each record from which of the batch it comes.
 */
export interface Processor {
  process(batch: Batch, signal: AbortSignal): Promise<Processed>;
  /**
   * Of a stage that gathers records: what is due although no record comes, at this time or because nothing more comes
   * (`ended`).
   */
  readonly flush?: (at: number, ended: boolean) => Gathered | undefined;
  /** When `flush` has something to give at the latest, ms since the epoch. */
  readonly dueAt?: () => number | undefined;
}

export interface Batch {
  /** Names it for ever: the stage and its number. */
  readonly id: string;
  readonly no: number;
  /** From 1: how often it was begun in this process, for what failed before. */
  readonly attempt: number;
  readonly at: number;
  readonly records: readonly StreamRecord[];
}

/** What a stage that gathers gives, and what it keeps in mind from now on. */
export interface Gathered {
  readonly outputs: readonly StreamRecord[];
  readonly values: readonly StreamValue[];
}

export type Processed =
  | {
      readonly ok: true;
      readonly outputs: readonly StreamRecord[];
      /** How many of the batch were filtered out. */
      readonly filtered: number;
      readonly dead: readonly DeadRecord[];
      readonly values?: readonly StreamValue[];
    }
  | {
      readonly ok: false;
      readonly failure: Failure;
      /** It is to be tried again not before this time. */
      readonly retryAt?: number;
      /** What stopped it is over this pipeline: a cap, or somebody who has to answer. It is tried again when that is over. */
      readonly held?: Pick<Outcome, "limit" | "child">;
      /** Those of the batch that what failed was not tried on; absent: it was tried on all. */
      readonly apart?: Apart;
    };

/** Records of a batch that have their fate whatever becomes of the others. */
export interface Apart {
  /** Where they stand in the batch. */
  readonly filtered: readonly number[];
  readonly dead: readonly DeadRecord[];
}
