import { statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { replacedError, storeError } from "./sqlite-errors.ts";

export type SqlValue = null | number | bigint | string | Uint8Array;
export type Row = Readonly<Record<string, SqlValue>>;

/** A prepared statement. Everything it throws went through `storeError`. */
export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number; readonly lastId: number };
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): readonly Row[];
  iterate(...values: readonly SqlValue[]): Iterable<Row>;
}

/**
 * One connection to the database; the only file of the store that knows `node:sqlite`.
 *
 * - WAL, every commit fsynced (`synchronous=FULL`), moved into the database every 16 MB: that waits for the disk too,
 *   and a page that was changed often meanwhile is moved once;
 * - `statement` prepares a text once;
 * - `transaction` takes the write lock at its beginning (BEGIN IMMEDIATE), so that it never fails in the middle for
 *   another writer; whatever `work` throws rolls it back;
 * - `oncePerTransaction` gives a function that finds something once in each transaction: nobody else can change it there;
 * - `requireFile` throws STORE_DAMAGED when the file is gone or another has its name: SQLite goes on writing to the one
 *   it opened, which nobody can find any more. It believes what it saw less than `maxAgeMs` ago, when that was good.
 */
export interface Connection {
  readonly file: string;
  statement(sql: string): Statement;
  exec(sql: string): void;
  transaction<T>(work: () => T): T;
  oncePerTransaction<K, T>(find: (key: K) => T): (key: K) => T;
  /** Changes when another connection, of any process, has committed. */
  dataVersion(): number;
  requireFile(maxAgeMs?: number): void;
  close(): void;
}

export interface ConnectionOptions {
  readonly file: string;
  /** How long a statement blocks the thread while another process holds the lock. */
  readonly busyMs: number;
  /** Looks at the file before anything of it is changed, and throws when it is not to be used. */
  readonly accept?: (connection: Connection) => void;
}

/**
 * Opens the file, which is made when it does not exist. What `accept` throws about it closes it again; until then
 * nothing of it was changed.
 */
export function openConnection({ file, busyMs, accept }: ConnectionOptions): Connection {
  const guarded = guard(file);
  const database = guarded(() => new DatabaseSync(file, { timeout: busyMs }));
  const statement = statementCache(database, { file, guarded });
  const begun = { count: 0 };
  const connection: Connection = {
    file,
    statement,
    exec: (sql) => guarded(() => database.exec(sql)),
    transaction: (work) => {
      begun.count += 1;
      return transaction(database, { work, statement });
    },
    oncePerTransaction: (find) => oncePerTransaction(database, { begun, find }),
    dataVersion: () => Number(statement("PRAGMA data_version").get()?.["data_version"] ?? 0),
    requireFile: watch(file),
    close: () => database.close(),
  };
  try {
    accept?.(connection);
    connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
    return connection;
  } catch (error) {
    database.close();
    throw error;
  }
}

function oncePerTransaction<K, T>(
  database: DatabaseSync,
  { begun, find }: { readonly begun: { readonly count: number }; readonly find: (key: K) => T },
): (key: K) => T {
  const found = new Map<K, T>();
  let of = 0;
  return (key) => {
    if (of !== begun.count || !database.isTransaction) found.clear();
    of = begun.count;
    const known = found.get(key) ?? find(key);
    found.set(key, known);
    return known;
  };
}

/** Which file has this name now: "none" when there is none, undefined when that cannot be told. */
function identityOf(file: string): string | undefined {
  try {
    const found = statSync(file, { bigint: true, throwIfNoEntry: false });
    return found ? `${found.dev} ${found.ino}` : "none";
  } catch {
    return undefined;
  }
}

function watch(file: string): Connection["requireFile"] {
  const opened = identityOf(file);
  let seenAtMs = Number.NEGATIVE_INFINITY;
  return (maxAgeMs = 0) => {
    const nowMs = performance.now();
    if (nowMs - seenAtMs < maxAgeMs) return;
    const now = identityOf(file);
    // what cannot be told, such as for want of a right, is no proof of a loss
    if (now !== undefined && now !== opened) throw replacedError(file);
    seenAtMs = nowMs;
  };
}

type Guard = <T>(work: () => T) => T;

function guard(file: string): Guard {
  return (work) => {
    try {
      return work();
    } catch (error) {
      throw storeError(error, file);
    }
  };
}

interface Guarded {
  readonly file: string;
  readonly guarded: Guard;
}

function statementCache(database: DatabaseSync, { file, guarded }: Guarded): (sql: string) => Statement {
  const prepared = new Map<string, Statement>();
  return (sql) => {
    const known = prepared.get(sql);
    if (known) return known;
    const fresh = wrap(
      guarded(() => database.prepare(sql)),
      { file, guarded },
    );
    prepared.set(sql, fresh);
    return fresh;
  };
}

function wrap(statement: StatementSync, { file, guarded }: Guarded): Statement {
  return {
    // every step comes by here: no closure for the guard
    run: (...values) => {
      try {
        const { changes, lastInsertRowid } = statement.run(...values);
        return { changes: Number(changes), lastId: Number(lastInsertRowid) };
      } catch (error) {
        throw storeError(error, file);
      }
    },
    get: (...values) => guarded(() => statement.get(...values)),
    all: (...values) => guarded(() => statement.all(...values)),
    *iterate(...values) {
      const rows = guarded(() => statement.iterate(...values));
      for (let next = guarded(() => rows.next()); !next.done; next = guarded(() => rows.next()))
        yield next.value;
    },
  };
}

function transaction<T>(
  database: DatabaseSync,
  { work, statement }: { readonly work: () => T; readonly statement: (sql: string) => Statement },
): T {
  statement("BEGIN IMMEDIATE").run();
  try {
    const result = work();
    statement("COMMIT").run();
    return result;
  } catch (error) {
    // SQLite has already rolled back by itself after some failures, such as a full disk
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
