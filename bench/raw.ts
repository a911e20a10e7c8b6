import { DatabaseSync } from "node:sqlite";

/** What the driver can do at best with one durable row a step. */
export interface RawStore {
  /** Inserts so many rows, each in a commit of its own; gives rows a second. */
  insert(rows: number): number;
  close(): void;
}

/**
 * The same driver, journal, fsync and kind of table as the engine's log, and nothing else: one prepared insert a row,
 * in autocommit.
 */
export function openRawStore(file: string, bodyBytes: number): RawStore {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
  database.exec(
    `CREATE TABLE appends (
       no INTEGER PRIMARY KEY, run INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, body ANY NOT NULL,
       refs TEXT
     ) STRICT`,
  );
  const insertion = database.prepare("INSERT INTO appends (run, seq, at, body, refs) VALUES (?, ?, ?, ?, ?)");
  const body = "x".repeat(bodyBytes);
  let run = 0;
  return {
    insert: (rows) => {
      run += 1;
      const startMs = performance.now();
      for (let seq = 1; seq <= rows; seq += 1) insertion.run(run, seq, Date.now(), body, null);
      return (rows / (performance.now() - startMs)) * 1000;
    },
    close: () => database.close(),
  };
}
