import type { Event, Input, RunStatus } from "../core/events.ts";
import type { EndedSpending } from "./day-ledger.ts";

/**
 * Where the logs of runs are kept. One process drives a run at a time: it holds the run's lease.
 *
 * - `create` stores a new run and gives its log, lease held; an id that exists rejects with INTERNAL;
 * - `open` takes the lease: RUN_NOT_FOUND, or RUN_OWNED while its holder lives; a holder that died (its process is
 *   gone, or its lease ran out) is followed at once, and its log object can append nothing any more (LEASE_LOST);
 * - `open` rejects with ARTIFACT_MISSING where a large value is lost: nobody may go on with the words that stand in its
 *   place; who opens it `withLost` gets them, and looks out for them;
 * - `read` gives all events in order, without a lease, also while another process appends; where a large value is
 *   lost, words that name it stand in its place; with `after` without that many events from the beginning, and a store
 *   that has read so far before does not read those again;
 * - `post` leaves a message for whoever drives the run, now or later; it is durable when it resolves, and is
 *   delivered exactly once, in order, to a later `inbox` of the holder;
 * - `list` gives the newest run first; with `prefix` only those whose id begins with it, as written.
 */
export interface RunStore {
  create(run: NewRun, events: readonly Event[]): Promise<RunLog>;
  open(runId: string, options?: { readonly withLost?: boolean }): Promise<RunLog>;
  read(runId: string, options?: ReadOptions): Promise<readonly Event[]>;
  list(filter?: {
    readonly status?: readonly RunStatus[];
    readonly prefix?: string;
    readonly limit?: number;
  }): Promise<readonly RunRow[]>;
  post(runId: string, input: Input): Promise<void>;
  close(): Promise<void>;
}

export interface ReadOptions {
  /** So many events from the beginning are left out: the caller has them. */
  readonly after?: number;
}

/**
 * The log of one run, held by its lease.
 *
 * - `append` is durable (fsync) when it resolves; calls are stored in the order they were made, each wholly or not
 *   at all; appends waiting at the same time share one commit, also those of other runs of the same store;
 * - `events` are those that were stored when the lease was taken;
 * - when an append fails, those that were made before its failure was known fail for the same reason;
 * - after another process took the lease, `append` rejects with LEASE_LOST and stores nothing;
 * - a full disk rejects with STORE_FULL, a damaged database with STORE_DAMAGED; what was stored stays readable;
 * - `append` with `status` also updates the row that `list` shows, with `taken` also forgets those messages, with
 *   `booked` also ends those entries of the same store's day ledger, and with `release` also gives the lease back, in the
 *   same commit;
 * - `inbox` gives the messages not yet taken, oldest first;
 * - `changed` calls back soon (within 250 ms) after a message was posted by any process;
 * - `release` gives the lease back.
 */
export interface RunLog {
  readonly runId: string;
  readonly events: readonly Event[];
  /** Words in these events that stand for values which are lost. Absent: nothing is. */
  readonly lost?: readonly string[];
  /** When the last holder was last known to live, if it did not give the lease back itself; ms since the epoch. */
  readonly aliveAt?: number;
  append(events: readonly Event[], also?: AppendOptions): Promise<void>;
  inbox(): Promise<readonly Message[]>;
  changed(callback: () => void): () => void;
  release(): Promise<void>;
}

export interface AppendOptions {
  /** The status that `list` shows from now on. */
  readonly status?: RunStatus;
  /** Messages that are dealt with. */
  readonly taken?: readonly number[];
  /** What attempts did cost whose ends are among the events. */
  readonly booked?: readonly EndedSpending[];
  /** The last append: the lease is given back with it, and `release` has nothing left to do. */
  readonly release?: boolean;
  /** Nothing else of this run can come before this is durable: there is no company worth waiting for. */
  readonly alone?: boolean;
}

export interface Message {
  readonly id: number;
  readonly input: Input;
}

export interface NewRun {
  readonly runId: string;
  readonly name: string;
  readonly createdAt: number;
  /** Where the workflow came from (a path or `<inline>`), for showing. */
  readonly origin: string;
  /** The text the workflow was read from. */
  readonly source: string;
}

export interface RunRow extends NewRun {
  readonly status: RunStatus;
  readonly updatedAt: number;
  /** Who holds the lease now, when somebody lives who does. */
  readonly owner?: string;
}
