import { TuttiError, isTuttiError } from "../../errors.ts";
import type { Connection } from "./connection.ts";

/**
 * Writes with one commit for all that wait at the same moment.
 *
 * - `write` runs `job` inside a transaction and resolves when that is durable; jobs run in the order they were given;
 * - a job that throws `Refused` has written nothing: only it rejects, with the reason;
 * - when anything else fails, the jobs of the group are tried again one by one, so that only the culprit fails;
 *   a job may therefore run more than once and must change nothing outside the database;
 * - after a job of a lane failed, the jobs given to that lane before its failure was known fail for the same reason;
 * - what resolves is in the file that has the database's name: it rejects with STORE_DAMAGED when that is gone. One that
 *   is `alone` comes back soon, and may hear of it `unseenMs` late: whoever deletes the file loses what was written
 *   before anyway, and a look costs a tenth of what a step costs beside its commit;
 * - while another process holds the lock the thread stays free; after `lockWaitMs` the jobs reject with STORE_LOCKED.
 *
 * A group is committed in the next `setImmediate`: what came in together by I/O then shares one commit, and a lonely
 * job waits for no timer; one that says that it is `alone` waits not even for that. Measured (2 cores, ext4, Node 24), one job after another / 64 tasks that each wait for I/O:
 * at once 140 µs / 8,100 a second; microtask 143 µs / 8,000; `nextTick` 141 µs / 8,100; `setImmediate` 144 µs / 99,000.
 * All but the last give every arrival a commit of its own.
 */
export interface Writer {
  write<T>(job: () => T, options?: WriteOptions): Promise<T>;
  /** Announces one who writes again and again; the returned function takes it back. */
  join(): () => void;
  /** Resolves when all that was given is decided; later jobs are refused. */
  close(): Promise<void>;
}

export interface WriteOptions {
  readonly order?: InOrder;
  /** The writer has nothing else to give before this is decided. With no other writer about, it is committed at once. */
  readonly alone?: boolean;
  /** The job changes the database with one statement, which needs no transaction around it when it is by itself. */
  readonly single?: boolean;
}

/** Jobs that build on each other, such as the appends of one log. */
export interface Lane {
  generation: number;
  brokenBy: unknown;
}

/** A place in a lane, taken when the caller asked. */
export interface InOrder {
  readonly lane: Lane;
  readonly generation: number;
}

/** Thrown by a job before it wrote anything. */
export class Refused extends Error {
  readonly reason: TuttiError;

  constructor(reason: TuttiError) {
    super(reason.message);
    this.reason = reason;
  }
}

interface Waiting {
  readonly job: () => unknown;
  readonly alone: boolean;
  readonly single: boolean;
  readonly order: InOrder | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Verdict =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** Keeps a group short enough (some 5 ms) that timers and the live view do not wait for it. */
const groupSize = 512;
const lockRetryMs = 20;
/** How old the knowledge may be that the file is there: shorter than any program runs, so that none begins without it. */
const unseenMs = 1;

export interface WriterOptions {
  readonly lockWaitMs: number;
}

export function createWriter(connection: Connection, options: WriterOptions): Writer {
  const queue = new GroupQueue(connection, options);
  return {
    write: <T>(job: () => T, options: WriteOptions = {}) => queue.add(job, options) as Promise<T>,
    join: () => queue.join(),
    close: () => queue.close(),
  };
}

class GroupQueue {
  readonly #connection: Connection;
  readonly #lockWaitMs: number;
  readonly #waiting: Waiting[] = [];
  #scheduled = false;
  #members = 0;
  #lockedSinceMs: number | undefined;
  #closed: PromiseWithResolvers<void> | undefined;

  constructor(connection: Connection, { lockWaitMs }: WriterOptions) {
    this.#connection = connection;
    this.#lockWaitMs = lockWaitMs;
  }

  join(): () => void {
    this.#members += 1;
    let left = false;
    return () => {
      if (!left) this.#members -= 1;
      left = true;
    };
  }

  add(job: () => unknown, { order, alone = false, single = false }: WriteOptions): Promise<unknown> {
    if (this.#closed) return Promise.reject(closedError(this.#connection.file));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.push({ job, alone, single, order, resolve, reject });
    if (alone && this.#members === 1 && !this.#scheduled) this.#scheduleNow();
    else this.#schedule();
    return promise;
  }

  close(): Promise<void> {
    this.#closed ??= Promise.withResolvers();
    if (!this.#scheduled) this.#closed.resolve();
    return this.#closed.promise;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const flush = (): void => this.#flush();
    if (this.#lockedSinceMs === undefined) setImmediate(flush);
    else setTimeout(flush, lockRetryMs);
  }

  #scheduleNow(): void {
    this.#scheduled = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const left = commitGroup(this.#connection, this.#waiting.splice(0, groupSize));
    if (left) this.#waitForLock(left);
    else this.#lockedSinceMs = undefined;
    if (this.#waiting.length > 0) this.#schedule();
    else this.#closed?.resolve();
  }

  #waitForLock({ group, error }: LeftOver): void {
    const nowMs = performance.now();
    this.#lockedSinceMs ??= nowMs;
    if (nowMs - this.#lockedSinceMs < this.#lockWaitMs) {
      this.#waiting.unshift(...group);
      return;
    }
    this.#lockedSinceMs = undefined;
    for (const one of group) settle(one, { ok: false, error });
  }
}

interface LeftOver {
  readonly group: readonly Waiting[];
  readonly error: unknown;
}

/** Decides every job of the group but those that have to wait for the lock, which come back. */
function commitGroup(connection: Connection, group: readonly Waiting[]): LeftOver | undefined {
  try {
    const verdicts = runGroup(connection, group);
    for (const [index, one] of group.entries()) {
      settle(one, verdicts[index] ?? { ok: false, error: new Error("a job without a verdict") });
    }
    return undefined;
  } catch (error) {
    if (isTuttiError(error, "STORE_LOCKED")) return { group, error };
    const [only, ...others] = group;
    if (only && others.length === 0) {
      settle(only, { ok: false, error });
      return undefined;
    }
  }
  for (const [index, one] of group.entries()) {
    const left = commitGroup(connection, [one]);
    if (left) return { group: group.slice(index), error: left.error };
  }
  return undefined;
}

/** SQLite makes a transaction of its own of a statement that stands by itself: two calls less for a lonely append. */
function runGroup(connection: Connection, group: readonly Waiting[]): readonly Verdict[] {
  const [only] = group;
  const isLonely = only?.single === true && group.length === 1;
  const verdicts = isLonely ? [runJob(only)] : connection.transaction(() => group.map(runJob));
  // after the commit, so that nothing is acknowledged that was written to a file without a name
  connection.requireFile(isLonely && only.alone ? unseenMs : 0);
  return verdicts;
}

function runJob({ job, order }: Waiting): Verdict {
  if (order && order.lane.generation !== order.generation) return { ok: false, error: order.lane.brokenBy };
  try {
    return { ok: true, value: job() };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    breakLane(order, error.reason);
    return { ok: false, error: error.reason };
  }
}

function settle({ order, resolve, reject }: Waiting, verdict: Verdict): void {
  if (verdict.ok) {
    resolve(verdict.value);
    return;
  }
  breakLane(order, verdict.error);
  reject(verdict.error);
}

/** Only the first failure breaks a lane: what waits behind it fails with the same reason. */
export function breakLane(order: InOrder | undefined, error: unknown): void {
  if (!order || order.lane.generation !== order.generation) return;
  order.lane.generation += 1;
  order.lane.brokenBy = error;
}

function closedError(file: string): TuttiError {
  return new TuttiError("INTERNAL", `Cannot write "${file}": the store is closed`, {
    fix: "report this as a bug",
  });
}
