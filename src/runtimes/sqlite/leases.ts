import type { Clock } from "../../ports/clock.ts";
import { runOwnedError } from "../store-errors.ts";
import type { Connection, Row } from "./connection.ts";
import { describeProcess, isGone, type ProcessIdentity } from "./process-identity.ts";
import { Refused, type Writer } from "./writer.ts";

/** A run by its row number and by its id. */
export interface RunKey {
  readonly no: number;
  readonly runId: string;
}

/** A lease that was taken. Whoever takes the run next gets a higher epoch, which ends this one. */
export interface Lease {
  readonly run: RunKey;
  readonly epoch: number;
  /** When the holder before, who did not give it back, last renewed it. */
  readonly aliveAt?: number;
}

/**
 * Who drives which run.
 *
 * - `take` (inside a job) gives the lease of a run that is free or whose holder died; refuses with RUN_OWNED;
 * - a holder is dead when its process is gone, or when it has not renewed for `ttlMs`;
 * - leases are renewed every third of `ttlMs`, by a timer that does not keep the process alive;
 * - `ownerOf` names the holder while it lives;
 * - `close` gives everything back.
 */
export interface Leases {
  take(run: RunKey): Lease;
  give(lease: Lease): Promise<void>;
  ownerOf(runNo: number): string | undefined;
  close(): Promise<void>;
}

export interface LeasesOptions {
  readonly connection: Connection;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
  readonly ttlMs: number;
  /** Called when the leases could not be renewed. */
  readonly onTrouble: () => void;
}

export function createLeases(options: LeasesOptions): Leases {
  const { connection, writer, ttlMs } = options;
  const sql = statements(connection);
  let holderId: number | undefined;
  let renewal: NodeJS.Timeout | undefined;

  function startRenewing(): void {
    renewal ??= setInterval(() => void renew(), ttlMs / 3).unref();
  }

  async function renew(): Promise<void> {
    try {
      await writer.write(() => sql.renew.run(options.clock.now() + ttlMs, holderId ?? -1));
    } catch {
      // a full or locked disk: the lease may run out, and the epoch then keeps this process from writing; a database that
      // is gone has to be found by those who drive runs
      options.onTrouble();
    }
  }

  return {
    take: (run) => {
      const lease = takeInside(sql, { ...options, run, holderId: holderId ?? -1 });
      holderId = lease.holderId;
      startRenewing();
      const { epoch, aliveAt } = lease;
      return { run, epoch, ...(aliveAt === undefined ? {} : { aliveAt }) };
    },
    give: async ({ run, epoch }) => {
      await writer.write(() => sql.give.run(run.no, epoch));
    },
    ownerOf: (runNo) => {
      const row = sql.holder.get(runNo);
      return row && isAlive(row, options) ? describeOwner(row) : undefined;
    },
    close: async () => {
      clearInterval(renewal);
      const mine = holderId;
      if (mine === undefined) return;
      await writer.write(() => {
        sql.giveAll.run(mine);
        sql.leave.run(mine);
      });
    },
  };
}

function statements(connection: Connection) {
  const of = (text: string) => connection.statement(text);
  return {
    holder: of(
      `SELECT l.epoch, l.since, h.host, h.boot, h.pid, h.started, h.expires_at
       FROM leases l JOIN holders h ON h.id = l.holder WHERE l.run = ?`,
    ),
    take: of(
      `INSERT INTO leases (run, epoch, holder, since) VALUES (?1, 1, ?2, ?3)
       ON CONFLICT (run) DO UPDATE SET epoch = epoch + 1, holder = ?2, since = ?3 RETURNING epoch`,
    ),
    give: of("UPDATE leases SET holder = NULL WHERE run = ? AND epoch = ?"),
    giveAll: of("UPDATE leases SET holder = NULL WHERE holder = ?"),
    renew: of("UPDATE holders SET expires_at = ? WHERE id = ?"),
    join: of("INSERT INTO holders (host, boot, pid, started, expires_at) VALUES (?, ?, ?, ?, ?)"),
    leave: of("DELETE FROM holders WHERE id = ?"),
    forgetDead: of(
      `DELETE FROM holders WHERE expires_at < ? AND id NOT IN (SELECT holder FROM leases WHERE holder IS NOT NULL)`,
    ),
  };
}

type Statements = ReturnType<typeof statements>;
type Taking = LeasesOptions & { readonly run: RunKey; readonly holderId: number };

interface Taken {
  readonly epoch: number;
  readonly holderId: number;
  readonly aliveAt: number | undefined;
}

function takeInside(sql: Statements, taking: Taking): Taken {
  const { run, clock, ttlMs } = taking;
  const current = sql.holder.get(run.no);
  if (current && isAlive(current, taking))
    throw new Refused(runOwnedError(run.runId, describeOwner(current)));
  const nowMs = clock.now();
  const known = sql.renew.run(nowMs + ttlMs, taking.holderId).changes === 1;
  const holderId = known ? taking.holderId : join(sql, taking);
  const epoch = Number(sql.take.get(run.no, holderId, nowMs)?.["epoch"]);
  return { epoch, holderId, aliveAt: current ? Number(current["expires_at"]) - ttlMs : undefined };
}

function join(sql: Statements, { identity, clock, ttlMs }: LeasesOptions): number {
  const nowMs = clock.now();
  sql.forgetDead.run(nowMs);
  const { host, boot, pid, started } = identity;
  return sql.join.run(host, boot, pid, started, nowMs + ttlMs).lastId;
}

/** True while the holder's process may live and has renewed in time. */
export function isAlive(
  row: Row,
  { clock, identity }: { readonly clock: Clock; readonly identity: ProcessIdentity },
): boolean {
  return Number(row["expires_at"]) > clock.now() && !isGone(processOf(row), identity);
}

function processOf(row: Row): ProcessIdentity {
  return {
    host: String(row["host"]),
    boot: String(row["boot"]),
    pid: Number(row["pid"]),
    started: String(row["started"]),
  };
}

/** "pid 12 on host since 2026-11-20T10:00:00.000Z" */
export function describeOwner(row: Row): string {
  return `${describeProcess(processOf(row))} since ${new Date(Number(row["since"])).toISOString()}`;
}
