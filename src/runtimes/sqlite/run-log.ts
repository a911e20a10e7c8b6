import type { Event } from "../../core/events.ts";
import type { ArtifactStore } from "../../ports/artifact-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { AppendOptions, Message, RunLog } from "../../ports/run-store.ts";
import { leaseLostError } from "../store-errors.ts";
import type { Connection } from "./connection.ts";
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
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
}

interface Held {
  readonly lease: Lease;
  readonly events: readonly Event[];
  readonly lost?: readonly string[];
}

/** The log of one run while its lease is held; `events` are those that were there when it was taken. */
export function createRunLog(parts: LogParts, { lease, events, lost = [] }: Held): RunLog {
  const { mailbox, writer } = parts;
  const { run } = lease;
  const lane: Lane = { generation: 0, brokenBy: undefined };
  // made when a value is large
  let storing: Storing | undefined;
  const leave = writer.join();
  let isReleased = false;
  let newestSeen = 0;

  function end(): void {
    isReleased = true;
    leave();
  }

  function storeLarge(large: readonly Uint8Array[]): Promise<void> {
    storing ??= storeInOrder(parts.artifacts);
    return storing.put(large);
  }

  async function append(newEvents: readonly Event[], also: AppendOptions = {}): Promise<void> {
    if (isReleased) throw leaseLostError(run.runId);
    const encoded = encodeAppend(newEvents);
    const order: InOrder = { lane, generation: lane.generation };
    try {
      if (encoded.large.length > 0 || storing?.isBusy()) await storeLarge(encoded.large);
    } catch (error) {
      breakLane(order, error);
      throw error;
    }
    const single = also.status === undefined && also.taken === undefined && !also.release;
    const alone = also.alone === true;
    await writer.write(() => insert(parts, { lease, encoded, also }), { order, alone, single });
    if (also.release) end();
  }

  return {
    runId: run.runId,
    events,
    ...(lost.length === 0 ? {} : { lost }),
    ...(lease.aliveAt === undefined ? {} : { aliveAt: lease.aliveAt }),
    append,
    inbox: async (): Promise<readonly Message[]> => {
      // messages of others would be in a database that this one does not see
      parts.connection.requireFile();
      const messages = mailbox.list(run);
      newestSeen = Math.max(newestSeen, messages.at(-1)?.id ?? 0);
      return messages;
    },
    changed: (callback) => mailbox.subscribe(run, { call: callback, seen: () => newestSeen }),
    release: async () => {
      if (isReleased) return;
      end();
      await storing?.settled();
      await parts.leases.give(lease);
    },
  };
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
}

/**
 * Without the lease the time is NULL, which the table refuses and OR IGNORE makes a change of no rows. As values, not
 * INSERT … SELECT: a statement that reads the table it inserts into first copies what it read to a table of its own.
 */
function insertRow({ connection, clock }: LogParts, { lease, encoded }: Omit<Insertion, "also">): boolean {
  const insertion = connection.statement(
    `INSERT OR IGNORE INTO appends (no, at, body, refs)
     VALUES (
       COALESCE((SELECT MAX(no) FROM appends WHERE no > ?1 << 24 AND no < (?1 + 1) << 24), ?1 << 24) + 1,
       (SELECT ?2 FROM runs WHERE no = ?1 AND epoch = ?5 AND holder IS NOT NULL),
       ?3, ?4
     )`,
  );
  return insertion.run(lease.run.no, clock.now(), encoded.body, encoded.refs, lease.epoch).changes === 1;
}

/** An append of no events, which only takes messages or sets the status, gets no row. */
function isHeld({ connection }: LogParts, { run, epoch }: Lease): boolean {
  const held = connection.statement("SELECT 1 FROM runs WHERE no = ? AND epoch = ? AND holder IS NOT NULL");
  return held.get(run.no, epoch) !== undefined;
}
