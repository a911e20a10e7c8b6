import { existsSync, readdirSync, statfsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { TuttiError } from "../../errors.ts";
import { storeFullError } from "../store-errors.ts";

type Trouble = "locked" | "full" | "damaged" | "unreadable";

/** What the primary result codes of SQLite that a person can meet mean (https://sqlite.org/rescode.html). */
const troubles: ReadonlyMap<number, Trouble> = new Map([
  [5, "locked"], // SQLITE_BUSY
  [6, "locked"], // SQLITE_LOCKED
  [8, "unreadable"], // SQLITE_READONLY
  [10, "damaged"], // SQLITE_IOERR
  [11, "damaged"], // SQLITE_CORRUPT
  [13, "full"], // SQLITE_FULL
  [14, "unreadable"], // SQLITE_CANTOPEN
  [26, "damaged"], // SQLITE_NOTADB
]);
const ioError = 10;

/** Less free space than this counts as a full disk when SQLite only says that writing failed. */
const nearlyFullBytes = 65_536;

/** What SQLite threw, in words a person can act on. Anything that is a fault of tutti itself comes back as it is. */
export function storeError(error: unknown, file: string): unknown {
  if (!isSqliteError(error)) return error;
  const primary = error.errcode & 0xff;
  const trouble = primary === ioError && isNearlyFull(file) ? "full" : troubles.get(primary);
  switch (trouble) {
    case "locked":
      return lockedError({ file, cause: error });
    case "full":
      return storeFullError(file, error);
    case "damaged":
      return damagedError({ file, cause: error, detail: error.errstr });
    case "unreadable":
      return unreadableError({ file, cause: error });
    case undefined:
      return error;
  }
}

interface Context {
  readonly file: string;
  readonly cause?: unknown;
}

export function damagedError({ file, cause, detail }: Context & { readonly detail: string }): TuttiError {
  return new TuttiError("STORE_DAMAGED", `Cannot use the database "${file}": ${detail}`, {
    fix: damagedFix(file),
    cause,
  });
}

export function replacedError(file: string): TuttiError {
  return new TuttiError(
    "STORE_DAMAGED",
    `Cannot use the database "${file}": it was removed or replaced while runs were going; what is in memory is lost ` +
      "with this process",
    {
      fix: "put the folder back from a copy and resume the run, or start it anew; leave it while runs are going",
    },
  );
}

/**
 * What can be done about the file itself, where it cannot be salvaged or a copy has more. All that belongs to it goes: a
 * write-ahead log beside another database would damage that one, too.
 */
function damagedFix(file: string): string {
  const copy = newestCopy(file) ?? "a copy of your own";
  return (
    `nothing was changed; save what can be read of it with: tutti audit --repair; or move ${file}* into a folder of ` +
    `their own, then copy ${copy} there as ${basename(file)}, or begin anew without`
  );
}

/** The database as it was before the last repair. */
function newestCopy(file: string): string | undefined {
  const folder = join(dirname(file), "backup");
  try {
    const copies = readdirSync(folder).map((stamp) => join(folder, stamp, basename(file)));
    return copies.toSorted().findLast((copy) => existsSync(copy));
  } catch {
    return undefined;
  }
}

function lockedError({ file, cause }: Context): TuttiError {
  return new TuttiError("STORE_LOCKED", `Cannot write "${file}": another program holds the database`, {
    fix: "close what has the file open (a database browser, a backup, a stopped tutti), then try again",
    cause,
  });
}

function unreadableError({ file, cause }: Context): TuttiError {
  return new TuttiError(
    "FILE_UNREADABLE",
    `Cannot open the database "${file}": it may not be read or written`,
    {
      fix: "make the folder and the file yours and writable, or choose another folder with --home",
      cause,
    },
  );
}

interface SqliteError extends Error {
  readonly errcode: number;
  readonly errstr: string;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number";
}

function isNearlyFull(file: string): boolean {
  try {
    const disk = statfsSync(dirname(file));
    return disk.bavail * disk.bsize < nearlyFullBytes;
  } catch {
    return false;
  }
}
