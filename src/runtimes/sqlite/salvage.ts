import { chmod, copyFile, open, rm, stat } from "node:fs/promises";
import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { isTuttiError, TuttiError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { StoreSalvage } from "../../ports/store-audit.ts";
import { storeFullError } from "../store-errors.ts";
import { closeAfter, isFull, syncFolder, unlessMissing } from "./artifacts.ts";
import { firstDamage } from "./audit-database.ts";
import { newBackupFolder } from "./backup.ts";
import { openConnection, type Connection } from "./connection.ts";
import { besides, exchangeDatabase, finishExchange } from "./exchange.ts";
import { describeOwner, isAlive } from "./leases.ts";
import { databaseMagic, openPageFile } from "./page-file.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { copyRows, type Copied } from "./salvage-rows.ts";
import { sortOut, type SortedOut } from "./salvage-logs.ts";
import { migrate, versionOf } from "./schema.ts";

export interface SalvageParts {
  readonly dir: string;
  readonly file: string;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
  /** Opens the database as it is. */
  readonly open: () => Promise<Connection>;
}

/**
 * Saves what can be read of a database that is damaged; undefined, and nothing done, for one that is not.
 *
 * The rows are read from a copy, page by page and without SQLite, so that one bad page costs what lies in it and no
 * more, be it the first one. They go into a new database, and only when that is whole and on disk it takes the place of
 * the old one. Rejects, with everything left as it is: with RUN_OWNED while a process lives that drives a run, with
 * STORE_LOCKED while another has the database open, with STORE_DAMAGED when there is no run in it.
 */
export async function salvageDamaged(parts: SalvageParts): Promise<StoreSalvage | undefined> {
  const { dir, file, clock } = parts;
  await finishExchange(file);
  const damage = await damageOf(parts);
  if (!damage) return undefined;
  const fresh = `${file}.new`;
  const before = signOf(file);
  const backup = await newBackupFolder(dir, clock);
  let guard: Connection | undefined;
  let isMade = false;
  try {
    const copy = await copyAll(file, backup);
    guard = await lockOut(file, before);
    const made = await build(parts, { copy, fresh, damage });
    isMade = true;
    guard?.close();
    guard = undefined;
    await exchangeDatabase(file, fresh);
    return { damage: damage.message, backup, ...made };
  } catch (error) {
    guard?.close();
    // once the new database is in place, the copy is all there is of the old one
    const isInPlace = isMade && !(await unlessMissing(stat(fresh)));
    if (!isInPlace) await rm(backup, { recursive: true, force: true });
    await removeAll(fresh);
    throw isFull(error) ? storeFullError(dir, error) : error;
  }
}

/** What is wrong, as the error for the case that nothing can be saved. */
async function damageOf({ file, open }: SalvageParts): Promise<TuttiError | undefined> {
  try {
    const connection = await open();
    try {
      const message = firstDamage(connection);
      return message === undefined ? undefined : nothingSaved(message);
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!isTuttiError(error, "STORE_DAMAGED")) throw error;
    const entry = statSync(file, { throwIfNoEntry: false });
    if (entry && !entry.isFile()) throw error;
    return nothingSaved(error.message);
  }
}

function nothingSaved(message: string): TuttiError {
  return new TuttiError("STORE_DAMAGED", message, {
    fix: "there is no run in it that could be saved: put the folder back from a copy, or begin anew without",
  });
}

/** Whatever SQLite keeps, under a name that is not taken for a sound copy. */
async function copyAll(file: string, folder: string): Promise<string> {
  const copy = join(folder, `${basename(file)}.damaged`);
  // there is nothing but a log where the database was removed
  await (await open(copy, "w", 0o600)).close();
  for (const ending of ["", ...besides]) {
    if (ending === "-shm") continue;
    const copied = await unlessMissing(copyFile(`${file}${ending}`, `${copy}${ending}`).then(() => true));
    if (!copied) continue;
    await chmod(`${copy}${ending}`, 0o600);
    const handle = await open(`${copy}${ending}`, "r+");
    await closeAfter(handle, () => handle.sync());
  }
  await syncFolder(folder);
  return copy;
}

/** Changes with every write; a log that is empty counts as none. */
function signOf(file: string): string {
  return ["", "-wal"]
    .map((ending) => statSync(`${file}${ending}`, { bigint: true, throwIfNoEntry: false }))
    .map((found) => (found && found.size > 0n ? `${found.ino} ${found.size} ${found.mtimeNs}` : "none"))
    .join(", ");
}

/**
 * Keeps other processes out, as far as SQLite can still lock the file; STORE_LOCKED when one has it open. From here on
 * the file must not be opened in another way: closing that would end the lock.
 */
async function lockOut(file: string, before: string): Promise<Connection | undefined> {
  // of one that has lost its beginning, SQLite would throw the log away
  if (!(await beginsAsDatabase(file))) return undefined;
  const connection = lock(file);
  if (connection && signOf(file) !== before) {
    connection.close();
    throw new TuttiError("STORE_LOCKED", `Cannot salvage "${file}": another process has just written to it`, {
      fix: "wait until no tutti runs in this project, then try again",
    });
  }
  return connection;
}

async function beginsAsDatabase(file: string): Promise<boolean> {
  const handle = await unlessMissing(open(file, "r"));
  if (!handle) return false;
  const { buffer } = await closeAfter(handle, () =>
    handle.read(Buffer.alloc(databaseMagic.length), 0, databaseMagic.length, 0),
  );
  return buffer.toString("latin1") === databaseMagic;
}

function lock(file: string): Connection | undefined {
  try {
    return openConnection({
      file,
      busyMs: 1000,
      accept: (connection) => {
        connection.exec("PRAGMA locking_mode = EXCLUSIVE");
        versionOf(connection);
        connection.exec("BEGIN IMMEDIATE; ROLLBACK");
      },
    });
  } catch (error) {
    if (isTuttiError(error, "STORE_DAMAGED")) return undefined;
    throw error;
  }
}

type Made = Omit<StoreSalvage, "damage" | "backup">;

interface Building {
  readonly copy: string;
  readonly fresh: string;
  readonly damage: TuttiError;
}

/** Makes the new database out of the copy; it is whole and on disk when this is done. */
async function build(parts: SalvageParts, { copy, fresh, damage }: Building): Promise<Made> {
  await removeAll(fresh);
  await (await open(fresh, "wx", 0o600)).close();
  const target = openConnection({ file: fresh, busyMs: 0 });
  try {
    migrate(target);
    const { copied, sorted } = target.transaction(() => fill(target, { copy, parts }));
    if (sorted.runs + sorted.lost.length === 0) throw nothingSaved(damage.message);
    // what closing does too, but without a word when it fails
    target.statement("PRAGMA wal_checkpoint(TRUNCATE)").get();
    const { doubtful, ...made } = sorted;
    return { ...made, forgotten: copied.forgotten + doubtful, unreadable: copied.unreadable };
  } finally {
    target.close();
  }
}

function fill(
  target: Connection,
  { copy, parts }: { readonly copy: string; readonly parts: SalvageParts },
): { readonly copied: Copied; readonly sorted: SortedOut } {
  const pages = openPageFile(copy);
  try {
    const copied = copyRows(pages, target);
    refuseLiving(target, parts);
    return { copied, sorted: sortOut(target, copied) };
  } finally {
    pages.close();
  }
}

function refuseLiving(target: Connection, parts: SalvageParts): void {
  const held = target.statement(
    "SELECT r.run_id, r.since, h.* FROM holders h JOIN runs r ON r.holder = h.id ORDER BY r.no",
  );
  const living = held.all().find((row) => isAlive(row, parts));
  if (!living) return;
  const runId = String(living["run_id"]);
  throw new TuttiError(
    "RUN_OWNED",
    `Cannot salvage the database "${parts.file}": ${describeOwner(living)} drives run "${runId}"`,
    { fix: "end that process (with Ctrl-C or kill), then run again: tutti audit --repair" },
  );
}

async function removeAll(file: string): Promise<void> {
  for (const ending of ["", ...besides]) await rm(`${file}${ending}`, { force: true });
}
