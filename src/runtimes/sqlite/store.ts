import type { Stats } from "node:fs";
import { createDefinitions } from "./definitions.ts";
import { chmod, mkdir, open, stat, writeFile, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isTuttiError, TuttiError } from "../../errors.ts";
import type { ArtifactStore } from "../../ports/artifact-store.ts";
import type { BreakerStore } from "../../ports/breaker-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DayLedger } from "../../ports/day-ledger.ts";
import type { DecisionStore } from "../../ports/decision-store.ts";
import type { History } from "../../ports/history.ts";
import type { ResultCache } from "../../ports/result-cache.ts";
import type { RunStore } from "../../ports/run-store.ts";
import type { StoreAudit, StoreSalvage } from "../../ports/store-audit.ts";
import type { StreamStore } from "../../ports/stream-store.ts";
import { storeFullError } from "../store-errors.ts";
import { closeAfter, createArtifactStore, isFull, syncFolder, unlessMissing } from "./artifacts.ts";
import { createStoreAudit } from "./audit.ts";
import { createBreakerStore } from "./breaker-store.ts";
import { openConnection, type Connection } from "./connection.ts";
import { createDayLedger } from "./day-ledger.ts";
import { createDecisionStore } from "./decision-store.ts";
import { createHistory } from "./history.ts";
import { createLeases } from "./leases.ts";
import { createMailbox } from "./mailbox.ts";
import { identify, type ProcessIdentity } from "./process-identity.ts";
import { createResultCache } from "./result-cache.ts";
import { createRunStore } from "./run-store.ts";
import { salvageDamaged } from "./salvage.ts";
import { migrate, versionOf } from "./schema.ts";
import { damagedError } from "./sqlite-errors.ts";
import { createStreamStore } from "./stream-store.ts";
import { createWriter } from "./writer.ts";

/** Everything that is kept in one folder. `close` ends all of it and gives the leases back. */
export interface SqliteStore {
  readonly runs: RunStore;
  readonly cache: ResultCache;
  readonly history: History;
  readonly decisions: DecisionStore;
  readonly breakers: BreakerStore;
  readonly days: DayLedger;
  readonly streams: StreamStore;
  readonly artifacts: ArtifactStore;
  readonly audit: StoreAudit;
  close(): Promise<void>;
}

export interface SqliteStoreOptions {
  /** The state folder (`.tutti`); made when it does not exist, 0700 and ignored by git. */
  readonly dir: string;
  readonly clock: Clock;
  /** Who takes the leases; this process when absent. */
  readonly identity?: ProcessIdentity;
  /** How long a lease holds without being renewed; default 15 s. */
  readonly leaseTtlMs?: number;
  /** How long to wait for a database that another program holds; default 10 s. */
  readonly lockWaitMs?: number;
  /** How often to look for messages of other processes while somebody listens; default 50 ms. */
  readonly pollMs?: number;
  /** When the database is damaged, a new one takes its place with what could be read of it: see `audit.salvaged`. */
  readonly salvage?: boolean;
}

/** How long one statement may block the thread for a lock; longer waits leave the thread free. */
const busyMs = 100;
const openRetryMs = 20;

/**
 * Opens the store of a folder.
 *
 * STORE_DAMAGED when the file is no database of tutti, STORE_VERSION when a newer tutti wrote it, STORE_LOCKED when
 * another program keeps it locked, FILE_UNREADABLE when it may not be read. Nothing is changed in these cases.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const file = join(options.dir, "tutti.db");
  await prepareFolder(options.dir);
  const openDatabase = async (): Promise<Connection> => {
    await refuseLostDatabase(file);
    await makeFile(file);
    return openWhenFree(file, options.lockWaitMs ?? 10_000);
  };
  const { dir, clock, identity = identify() } = options;
  const salvaged = options.salvage
    ? await salvageDamaged({ dir, file, clock, identity, open: openDatabase })
    : undefined;
  const connection = await openDatabase();
  await syncFolder(dir);
  return assembleSqliteStore(connection, { ...options, ...(salvaged ? { salvaged } : {}) });
}

export interface AssembleOptions extends SqliteStoreOptions {
  /** What was done before the connection was opened. */
  readonly salvaged?: StoreSalvage;
}

/** The store over an open connection, which it closes. */
export function assembleSqliteStore(connection: Connection, options: AssembleOptions): SqliteStore {
  const { dir, clock, identity = identify(), leaseTtlMs = 15_000 } = options;
  const writer = createWriter(connection, { lockWaitMs: options.lockWaitMs ?? 10_000 });
  const mailbox = createMailbox(connection, { pollMs: options.pollMs ?? 50 });
  const onTrouble = (): void => mailbox.wake();
  const leases = createLeases({ connection, writer, clock, identity, ttlMs: leaseTtlMs, onTrouble });
  const artifacts = createArtifactStore({ dir: join(dir, "artifacts") });
  const definitionNo = createDefinitions(connection);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll({ connection, writer, leases, mailbox }));
  return {
    runs: createRunStore({ connection, writer, leases, mailbox, artifacts, clock, close, definitionNo }),
    cache: createResultCache(connection, writer),
    history: createHistory(connection, writer),
    decisions: createDecisionStore(connection, writer),
    breakers: createBreakerStore(connection, writer),
    days: createDayLedger({ connection, writer, leases }),
    streams: createStreamStore({ connection, writer }),
    artifacts,
    audit: createStoreAudit({ connection, writer, artifacts, dir, clock, identity }, options.salvaged),
    close,
  };
}

interface Closing {
  readonly connection: Connection;
  readonly writer: ReturnType<typeof createWriter>;
  readonly leases: ReturnType<typeof createLeases>;
  readonly mailbox: ReturnType<typeof createMailbox>;
}

async function closeAll({ connection, writer, leases, mailbox }: Closing): Promise<void> {
  mailbox.close();
  try {
    await leases.close();
  } catch (error) {
    // a lease that cannot be given back ends with this process
    if (!(error instanceof TuttiError)) throw error;
  } finally {
    await writer.close();
    connection.close();
  }
}

async function prepareFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await chmod(dir, 0o700);
    const ignore = join(dir, ".gitignore");
    if (!(await unlessMissing(stat(ignore)))) await writeFile(ignore, "*\n", { mode: 0o600 });
  } catch (cause) {
    throw folderError(dir, cause);
  }
}

/** Made before SQLite does, whose other files take over its mode. */
async function makeFile(file: string): Promise<void> {
  try {
    await (await open(file, "a", 0o600)).close();
  } catch (cause) {
    throw folderError(dirname(file), cause);
  }
}

function folderError(dir: string, cause: unknown): TuttiError {
  if (isFull(cause)) return storeFullError(dir, cause);
  return new TuttiError("FILE_UNREADABLE", `Cannot use the folder "${dir}": it cannot be made or written`, {
    fix: "make the folder yours and writable, or choose another with --home",
    cause,
  });
}

/**
 * What SQLite would not refuse, or not without harm: it deletes the log of a database that is empty or gone, though it
 * may be all that is left of it, and it reads past a damaged beginning as long as the log covers it.
 */
async function refuseLostDatabase(file: string): Promise<void> {
  // the log first: where another process is making both right now, the database has bytes before its log has
  const log = await found(`${file}-wal`);
  const database = await found(file);
  if (database && !database.isFile())
    throw damagedError({ file, detail: `it is ${kindOf(database)}, no file` });
  if (database && database.size > 0) return refuseDamagedHeader(file);
  if ((log?.size ?? 0) === 0) return;
  throw damagedError({ file, detail: "it is gone or empty, while its write-ahead log is still there" });
}

async function found(file: string): Promise<Stats | undefined> {
  try {
    return await unlessMissing(stat(file));
  } catch (cause) {
    throw folderError(dirname(file), cause);
  }
}

function kindOf(entry: Stats): string {
  return entry.isDirectory() ? "a folder" : "a device, pipe or socket";
}

async function refuseDamagedHeader(file: string): Promise<void> {
  // while a rollback journal is there, SQLite first has to undo what was half done
  if (await found(`${file}-journal`)) return;
  const handle = await openReadable(file);
  const { buffer } = await closeAfter(handle, () =>
    handle.read(Buffer.alloc(magic.length), 0, magic.length, 0),
  );
  if (buffer.toString("latin1") !== magic)
    throw damagedError({ file, detail: "it does not begin as a database does" });
}
const magic = "SQLite format 3\0";

async function openReadable(file: string): Promise<FileHandle> {
  try {
    return await open(file, "r");
  } catch (cause) {
    throw folderError(dirname(file), cause);
  }
}

async function openWhenFree(file: string, lockWaitMs: number): Promise<Connection> {
  const startMs = performance.now();
  for (;;) {
    try {
      return openMigrated(file);
    } catch (error) {
      if (!isTuttiError(error, "STORE_LOCKED") || performance.now() - startMs > lockWaitMs) throw error;
      await sleep(openRetryMs);
    }
  }
}

function openMigrated(file: string): Connection {
  const connection = openConnection({ file, busyMs, accept: versionOf });
  try {
    migrate(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}
