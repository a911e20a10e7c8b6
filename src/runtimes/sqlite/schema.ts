import { TuttiError } from "../../errors.ts";
import type { Connection } from "./connection.ts";
import { damagedError } from "./sqlite-errors.ts";

/** Marks the file as tutti's ("tutt" in ASCII). */
const applicationId = 0x74757474;

/**
 * Each entry brings a database from the version of its index to the next. Entries are never changed, only added.
 *
 * - `definitions`: what runs of one workflow share, once: its text and its JSON (text, or zstd bytes when long).
 * - `runs`: with the lease: `epoch` counts its takings and never goes back; `holder` is null when it is free.
 * - `appends`: one row an append; `body` is the JSON list of its events (text, or zstd bytes when long), `refs` says
 *   which of their values are artifacts. They lie in the order they came, so that a commit of a thousand runs fills
 *   pages instead of touching a thousand; a run finds its own by the index.
 * - `holders`: processes that hold leases. Renewing one row renews all leases of a process.
 * - `spending`: `holder` is the process that holds a part of the day.
 * - `streams`: pipelines; `epoch` counts its openings; `records`, `dead` and `sums` say how many records wait, and how many
 *   letters and values there are, so that it shows when some are gone; `letters` is the number of the last letter. Their rows go
 *   and come all the time, so each has a checksum (`crc`) of its texts: SQLite keeps none.
 * - `stream_parts`: parts of batches; `body` is the records, a line each, `nos` which of the source they come from.
 * - `stream_letters`: with `at` the index is wider than that of appends, which is told by its entries when it is salvaged.
 */
const migrations: readonly string[] = [
  `CREATE TABLE runs (
     no INTEGER PRIMARY KEY,
     run_id TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     origin TEXT NOT NULL,
     definition INTEGER NOT NULL,
     status TEXT NOT NULL,
     epoch INTEGER NOT NULL,
     holder INTEGER,
     since INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE definitions (
     no INTEGER PRIMARY KEY,
     digest TEXT NOT NULL UNIQUE,
     source ANY NOT NULL,
     workflow ANY NOT NULL
   ) STRICT;
   CREATE INDEX runs_by_age ON runs (created_at, no);
   CREATE TABLE appends (
     no INTEGER PRIMARY KEY,
     run INTEGER NOT NULL,
     seq INTEGER NOT NULL,
     at INTEGER NOT NULL,
     body ANY NOT NULL,
     refs TEXT
   ) STRICT;
   CREATE UNIQUE INDEX appends_by_run ON appends (run, seq);
   CREATE TABLE holders (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     host TEXT NOT NULL,
     boot TEXT NOT NULL,
     pid INTEGER NOT NULL,
     started TEXT NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE messages (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     run INTEGER NOT NULL,
     at INTEGER NOT NULL,
     body ANY NOT NULL
   ) STRICT;
   CREATE INDEX messages_by_run ON messages (run, id);
   CREATE TABLE results (
     key TEXT PRIMARY KEY,
     stored_at INTEGER NOT NULL,
     run_id TEXT NOT NULL,
     address TEXT NOT NULL,
     outcome ANY NOT NULL
   ) STRICT;
   CREATE TABLE history (
     id INTEGER PRIMARY KEY,
     key TEXT NOT NULL,
     ok INTEGER NOT NULL,
     at INTEGER NOT NULL,
     duration_ms REAL NOT NULL,
     cost_usd REAL
   ) STRICT;
   CREATE INDEX history_by_key ON history (key, ok, id);
   CREATE TABLE breakers (
     key TEXT PRIMARY KEY,
     at INTEGER NOT NULL,
     body TEXT NOT NULL
   ) STRICT;`,
  `CREATE TABLE decisions (
     id INTEGER PRIMARY KEY,
     run_id TEXT NOT NULL,
     address TEXT NOT NULL,
     key TEXT NOT NULL,
     workflow TEXT NOT NULL,
     place TEXT NOT NULL,
     ways TEXT NOT NULL,
     way TEXT NOT NULL,
     good INTEGER NOT NULL,
     cost_usd REAL,
     duration_ms REAL NOT NULL,
     at INTEGER NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX decisions_by_key ON decisions (key, run_id, address);`,
  `CREATE TABLE spending (
     id INTEGER PRIMARY KEY,
     day TEXT NOT NULL,
     rehearsal INTEGER NOT NULL,
     at INTEGER NOT NULL,
     run_id TEXT NOT NULL,
     effect TEXT NOT NULL,
     what TEXT NOT NULL,
     agent TEXT NOT NULL,
     predicted_usd REAL,
     state TEXT NOT NULL,
     cost_usd REAL,
     tokens INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX spending_by_day ON spending (day, rehearsal);`,
  // the updates give every row the new column on disk, too: rows are salvaged by what they look like there
  `ALTER TABLE history ADD COLUMN tokens INTEGER;
   UPDATE history SET tokens = NULL;
   ALTER TABLE spending ADD COLUMN holder INTEGER;
   UPDATE spending SET holder = NULL;`,
  `CREATE TABLE streams (
     no INTEGER PRIMARY KEY AUTOINCREMENT,
     run_id TEXT NOT NULL,
     address TEXT NOT NULL,
     epoch INTEGER NOT NULL,
     letters INTEGER NOT NULL,
     records INTEGER NOT NULL,
     dead INTEGER NOT NULL,
     sums INTEGER NOT NULL,
     head TEXT,
     crc INTEGER NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX streams_by_run ON streams (run_id, address);
   CREATE TABLE stream_parts (
     no INTEGER PRIMARY KEY,
     stream INTEGER NOT NULL,
     queue TEXT NOT NULL,
     batch INTEGER NOT NULL,
     part INTEGER NOT NULL,
     at INTEGER NOT NULL,
     count INTEGER NOT NULL,
     nos TEXT NOT NULL,
     body TEXT NOT NULL,
     crc INTEGER NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX stream_parts_by_batch ON stream_parts (stream, queue, batch, part);
   CREATE TABLE stream_letters (
     no INTEGER PRIMARY KEY,
     stream INTEGER NOT NULL,
     letter INTEGER NOT NULL,
     at INTEGER NOT NULL,
     body TEXT NOT NULL,
     crc INTEGER NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX stream_letters_by_number ON stream_letters (stream, letter, at);
   CREATE TABLE stream_values (
     no INTEGER PRIMARY KEY,
     stream INTEGER NOT NULL,
     stage TEXT NOT NULL,
     key TEXT NOT NULL,
     value TEXT NOT NULL,
     crc INTEGER NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX stream_values_by_key ON stream_values (stream, stage, key);`,
];

/** Formats below this one were never released. */
const firstFormat = 3;
const format = firstFormat + migrations.length - 1;

/** Brings the database to this version. */
export function migrate(connection: Connection): void {
  if (versionOf(connection) === format) return;
  connection.transaction(() => {
    // read again: another process may have migrated while this one waited for the lock
    const version = versionOf(connection);
    for (const step of migrations.slice(Math.max(0, version - firstFormat + 1))) connection.exec(step);
    connection.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${format}`);
  });
}

/** The format of the database: STORE_VERSION when it is newer or was never released, STORE_DAMAGED when it is not tutti's; 0 for a new one. */
export function versionOf(connection: Connection): number {
  const { version, owner, hasTables } = marksOf(connection);
  const isEmpty = owner === 0 && version === 0 && !hasTables;
  if (owner !== applicationId && !isEmpty) {
    throw damagedError({ file: connection.file, detail: "it is the database of another program" });
  }
  const isOld = version > 0 && version < firstFormat;
  if (isOld || version > format) {
    const who = isOld ? "a tutti that was never released" : "a newer tutti";
    throw new TuttiError(
      "STORE_VERSION",
      `Cannot use the database "${connection.file}": ${who} wrote it (format ${version}, this one knows ${format})`,
      {
        fix: isOld
          ? "move tutti.db and the files beside it of the same name away; the runs in it are lost to this tutti"
          : "use the newer tutti, or choose another folder with --home",
      },
    );
  }
  return version;
}

interface Marks {
  readonly version: number;
  readonly owner: number;
  readonly hasTables: boolean;
}

/** Read by one statement, so at one moment: another process may be making the tables right now. */
function marksOf(connection: Connection): Marks {
  const row = connection
    .statement(
      `SELECT (SELECT user_version FROM pragma_user_version) AS version,
         (SELECT application_id FROM pragma_application_id) AS owner,
         EXISTS (SELECT 1 FROM sqlite_schema) AS has_tables`,
    )
    .get();
  return {
    version: Number(row?.["version"] ?? 0),
    owner: Number(row?.["owner"] ?? 0),
    hasTables: row?.["has_tables"] === 1,
  };
}
