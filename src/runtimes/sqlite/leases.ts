import type { RunStatus } from "../../core/events.ts";
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
 * - `first` (inside a job) gives the columns of a run that is made in the same job, and held by its maker;
 * - `holder` (inside a job) is the number of this process among the holders, and `lives` says of any number whether its
 *   process does;
 * - `free` (inside a job, which may set the run's status with it) and `give` (a job of its own) give a lease back;
 * - a holder is dead when its process is gone, or when it has not renewed for `ttlMs`;
 * - leases are renewed every second, more often when `ttlMs` is short, by a timer that does not keep the process alive: of
 *   the time of a process that is killed, at most a second is not known;
 * - `ownerOf` names the holder while it lives;
 * - `close` gives everything back.
 */
export interface Leases {
  take(run: RunKey): Lease;
  first(): FirstLease;
  holder(): number;
  lives(holder: number): boolean;
  free(lease: Lease, status?: RunStatus): void;
  give(lease: Lease): Promise<void>;
  ownerOf(runNo: number): string | undefined;
  close(): Promise<void>;
}

export interface FirstLease {
  readonly epoch: number;
  readonly holder: number;
  readonly since: number;
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

/** What a killed process used of a cap on time is known until it last renewed. */
const longestSilenceMs = 1000;

export function createLeases(options: LeasesOptions): Leases {
  const { connection, writer, ttlMs } = options;
  const sql = statements(connection);
  let holderId: number | undefined;
  let renewal: NodeJS.Timeout | undefined;

  function startRenewing(): void {
    renewal ??= setInterval(() => void renew(), Math.min(longestSilenceMs, ttlMs / 3)).unref();
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

  /** The row of this process among the holders, renewed. */
  const join = connection.oncePerTransaction((_: undefined) => {
    holderId = holdFor(sql, { ...options, holderId: holderId ?? -1 });
    startRenewing();
    return holderId;
  });

  return {
    take: (run) => {
      const aliveAt = aliveUntilNow(sql, { ...options, run });
      const epoch = Number(sql.take.get(run.no, join(undefined), options.clock.now())?.["epoch"]);
      return { run, epoch, ...(aliveAt === undefined ? {} : { aliveAt }) };
    },
    first: () => ({ epoch: 1, holder: join(undefined), since: options.clock.now() }),
    holder: () => join(undefined),
    lives: (id) => sql.process.all(id).some((row) => isAlive(row, options)),
    free: ({ run, epoch }, status) => void sql.free.run(status ?? null, run.no, epoch),
    give: async ({ run, epoch }) => {
      await writer.write(() => sql.free.run(null, run.no, epoch));
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
      `SELECT r.since, h.host, h.boot, h.pid, h.started, h.expires_at
       FROM runs r JOIN holders h ON h.id = r.holder WHERE r.no = ?`,
    ),
    process: of("SELECT host, boot, pid, started, expires_at FROM holders WHERE id = ?"),
    take: of("UPDATE runs SET epoch = epoch + 1, holder = ?2, since = ?3 WHERE no = ?1 RETURNING epoch"),
    free: of("UPDATE runs SET status = COALESCE(?, status), holder = NULL WHERE no = ? AND epoch = ?"),
    giveAll: of("UPDATE runs SET holder = NULL WHERE holder = ?"),
    renew: of("UPDATE holders SET expires_at = ? WHERE id = ?"),
    join: of("INSERT INTO holders (host, boot, pid, started, expires_at) VALUES (?, ?, ?, ?, ?)"),
    leave: of("DELETE FROM holders WHERE id = ?"),
    forgetDead: of(
      `DELETE FROM holders WHERE expires_at < ? AND id NOT IN (SELECT holder FROM runs WHERE holder IS NOT NULL)`,
    ),
  };
}

type Statements = ReturnType<typeof statements>;
type Taking = LeasesOptions & { readonly run: RunKey };
type Holding = LeasesOptions & { readonly holderId: number };

/** When the dead holder last renewed, if there is one; refuses while it lives. */
function aliveUntilNow(sql: Statements, taking: Taking): number | undefined {
  const current = sql.holder.get(taking.run.no);
  if (!current) return undefined;
  if (isAlive(current, taking)) throw new Refused(runOwnedError(taking.run.runId, describeOwner(current)));
  return Number(current["expires_at"]) - taking.ttlMs;
}

function holdFor(sql: Statements, holding: Holding): number {
  const { clock, ttlMs, holderId } = holding;
  const isKnown = sql.renew.run(clock.now() + ttlMs, holderId).changes === 1;
  return isKnown ? holderId : enlist(sql, holding);
}

function enlist(sql: Statements, { identity, clock, ttlMs }: LeasesOptions): number {
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
