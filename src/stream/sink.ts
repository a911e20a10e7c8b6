import type { Failure, Outcome } from "../core/outcome.ts";
import { TuttiError } from "../errors.ts";
import type { Json } from "../expression/json.ts";
import type { StreamRecord } from "../ports/stream-store.ts";

/**
 * Writes records where they are wanted.
 *
 * - `write` resolves when all of the batch is there for good (a file is synced), with the position behind it. What is kept of
 *   the pipeline then says so; after a crash in between, the sink is opened at the position before, and what can find the same
 *   batch again (a file) has it once;
 * - records that cannot be written by themselves (a column that is no text) are `dead`; it rejects with a SinkFailure when it
 *   cannot write at all, and may then be given the same batch, or another, again;
 * - `batch` names the batch for ever, for who can tell that he has it already;
 * - on abort `write` rejects with the signal's reason, and it is as after a crash;
 * - `finish`: nothing more comes; `close` leaves nothing running or open.
 */
export interface SinkWriter {
  /** Where it stood when it was opened: kept before anything is written, so that later openings know what was there before. */
  readonly position: Json;
  write(batch: SinkBatch, signal: AbortSignal): Promise<Written>;
  finish(): Promise<void>;
  close(): Promise<void>;
}

export interface SinkBatch {
  readonly id: string;
  readonly records: readonly StreamRecord[];
}

export interface Written {
  /** Null: it needs none to go on. */
  readonly position: Json;
  readonly dead: readonly DeadRecord[];
}

/** A record of a batch that cannot be done. */
export interface DeadRecord {
  /** Where it stands in the batch. */
  readonly index: number;
  readonly code: string;
  readonly reason: string;
}

/** Why a sink cannot be written now; `outcome`: all that came of it, where somebody else did the writing. */
export class SinkFailure extends TuttiError {
  readonly failure: Failure;
  readonly outcome: Outcome | undefined;

  constructor(failure: Failure, more: { readonly cause?: unknown; readonly outcome?: Outcome } = {}) {
    super(failure.code, failure.message, {
      fix: failure.fix ?? "mend what the message names, then resume the run",
      cause: more.cause,
    });
    this.failure = failure;
    this.outcome = more.outcome;
  }
}
