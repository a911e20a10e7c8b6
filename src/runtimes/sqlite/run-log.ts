import type { Event } from "../../core/events.ts";
import type { ArtifactStore } from "../../ports/artifact-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { AppendOptions, Message, RunLog } from "../../ports/run-store.ts";
import { leaseLostError } from "../store-errors.ts";
import type { Connection } from "./connection.ts";
import { endSpending } from "./day-ledger.ts";
import type { Definition } from "./definitions.ts";
import type { Lease, Leases } from "./leases.ts";
import { encodeAppend, type EncodedAppend } from "./log-codec.ts";
import type { Mailbox } from "./mailbox.ts";
import { breakLane, Refused, type InOrder, type Lane, type Writer } from "./writer.ts";

/** What logs and the store share. */
export interface LogParts {
  readonly connection: Connection;
  readonly writer: Writer;
  readonly leases: Leases;
  readonly mailbox: Mailbox;
  /** Inside a job: the row number of a definition. */
  readonly definitionNo: (definition: Definition) => number;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
}

interface Held {
  readonly lease: Lease;
  readonly events: readonly Event[];
  readonly lost?: readonly string[];
}

/** The log of one run while its lease is held; `events` are those that were there when it was taken. */
export function createRunLog(parts: LogParts, held: Held): RunLog {
  return new SqliteRunLog(parts, held);
}

class SqliteRunLog implements RunLog {
  readonly events: readonly Event[];
  readonly lost?: readonly string[];
  readonly aliveAt?: number;
  readonly #parts: LogParts;
  readonly #lease: Lease;
  readonly #lane: Lane = { generation: 0, brokenBy: undefined };
  readonly #leave: () => void;
  /** Made when a value is large. */
  #storing: Storing | undefined;
  #isReleased = false;
  #newestSeen = 0;

  constructor(parts: LogParts, { lease, events, lost = [] }: Held) {
    this.#parts = parts;
    this.#lease = lease;
    this.#leave = parts.writer.join();
    this.events = events;
    if (lost.length > 0) this.lost = lost;
    if (lease.aliveAt !== undefined) this.aliveAt = lease.aliveAt;
  }

  get runId(): string {
    return this.#lease.run.runId;
  }

  async append(events: readonly Event[], also: AppendOptions = {}): Promise<void> {
    if (this.#isReleased) throw leaseLostError(this.runId);
    const encoded = encodeAppend(events);
    const order: InOrder = { lane: this.#lane, generation: this.#lane.generation };
    if (encoded.large.length > 0 || this.#storing?.isBusy()) await this.#store(encoded.large, order);
    const { status, taken, booked, release } = also;
    const single = status === undefined && taken === undefined && booked === undefined && !release;
    const insertion = { lease: this.#lease, encoded, also };
    const options = { order, alone: also.alone === true, single };
    await this.#parts.writer.write(() => insert(this.#parts, insertion), options);
    if (release) this.#end();
  }

  async inbox(): Promise<readonly Message[]> {
    const { connection, mailbox } = this.#parts;
    // messages of others would be in a database that this one does not see
    connection.requireFile();
    const messages = mailbox.list(this.#lease.run);
    this.#newestSeen = Math.max(this.#newestSeen, messages.at(-1)?.id ?? 0);
    return messages;
  }

  changed(callback: () => void): () => void {
    return this.#parts.mailbox.subscribe(this.#lease.run, { call: callback, seen: () => this.#newestSeen });
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#end();
    await this.#storing?.settled();
    await this.#parts.leases.give(this.#lease);
  }

  #end(): void {
    this.#isReleased = true;
    this.#leave();
  }

  async #store(large: readonly Uint8Array[], order: InOrder): Promise<void> {
    this.#storing ??= storeInOrder(this.#parts.artifacts);
    try {
      await this.#storing.put(large);
    } catch (error) {
      breakLane(order, error);
      throw error;
    }
  }
}

interface Storing {
  isBusy(): boolean;
  put(large: readonly Uint8Array[]): Promise<void>;
  settled(): Promise<void>;
}

/**
 * Stores the large values of appends; `put` resolves in the order of the calls, and rejects when an earlier one did.
 * While it `isBusy`, an append without large values has to queue here too, or it would overtake.
 */
function storeInOrder(artifacts: ArtifactStore): Storing {
  let latest: Promise<void> | undefined;

  async function putAfter(earlier: Promise<void> | undefined, large: readonly Uint8Array[]): Promise<void> {
    await earlier;
    await Promise.all(large.map((bytes) => artifacts.put(bytes)));
  }

  return {
    isBusy: () => latest !== undefined,
    put: async (large) => {
      const mine = putAfter(latest, large);
      latest = mine;
      try {
        await mine;
      } finally {
        if (latest === mine) latest = undefined;
      }
    },
    settled: async () => {
      await latest?.catch(() => {});
    },
  };
}

interface Insertion {
  readonly lease: Lease;
  readonly encoded: EncodedAppend;
  readonly also: AppendOptions;
}

/** The job that stores one append; whether the lease is still held is part of the same statement. */
export function insert(parts: LogParts, { lease, encoded, also }: Insertion): void {
  const { connection, mailbox, leases } = parts;
  const { run } = lease;
  const stored = encoded.body === "[]" ? isHeld(parts, lease) : insertRow(parts, { lease, encoded });
  if (!stored) throw new Refused(leaseLostError(run.runId));
  if (also.release) leases.free(lease, also.status);
  else if (also.status)
    connection.statement("UPDATE runs SET status = ? WHERE no = ?").run(also.status, run.no);
  if (also.taken) mailbox.forget(run, also.taken);
  for (const ended of also.booked ?? []) endSpending(connection, ended);
}

/**
 * Without the lease the run is NULL, which the table refuses and OR IGNORE makes a change of no rows. As values, not
 * INSERT … SELECT: a statement that reads the table it inserts into first copies what it read to a table of its own.
 */
function insertRow({ connection, clock }: LogParts, { lease, encoded }: Omit<Insertion, "also">): boolean {
  const insertion = connection.statement(
    `INSERT OR IGNORE INTO appends (run, seq, at, body, refs)
     VALUES (
       (SELECT no FROM runs WHERE no = ?1 AND epoch = ?5 AND holder IS NOT NULL),
       (SELECT COALESCE(MAX(seq), 0) + 1 FROM appends WHERE run = ?1),
       ?2, ?3, ?4
     )`,
  );
  return insertion.run(lease.run.no, clock.now(), encoded.body, encoded.refs, lease.epoch).changes === 1;
}

/** An append of no events, which only takes messages or sets the status, gets no row. */
function isHeld({ connection }: LogParts, { run, epoch }: Lease): boolean {
  const held = connection.statement("SELECT 1 FROM runs WHERE no = ? AND epoch = ? AND holder IS NOT NULL");
  return held.get(run.no, epoch) !== undefined;
}
