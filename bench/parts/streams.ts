import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createRealClock } from "../../src/runtimes/real-clock.ts";
import type { OpenStream, StreamRecord } from "../../src/ports/stream-store.ts";
import { openSqliteStore } from "../../src/runtimes/sqlite/store.ts";
import { figureOf } from "../figures.ts";
import type { MeasurePart } from "../part.ts";
import { measureBlocks } from "../samples.ts";

const commits = 300;
const warmUps = 3;
const rounds = 9;
const queues = ["a", "b", "c", "d", "e"];
/** Of each queue so many batches wait. */
const waiting = 20;
const recordsOfBatch = 100;

/**
 * Commits as a busy pipeline makes them: five batches of 100 records are put and five that waited are removed, one commit
 * after another; against the same rows in a bare table, without their order, numbers or checksums.
 */
export const measureStreams: MeasurePart = async ({ dir, tell }) => {
  const store = await openSqliteStore({ dir: join(dir, "home"), clock: createRealClock({ unref: true }) });
  const records = recordsFrom(0);
  const raw = openRaw(join(dir, "raw.db"), records.map(({ text }) => text).join("\n"));
  const ours = commitsOf(await store.streams.open({ runId: "bench", address: "flow" }), records);
  const measured = await measureBlocks({
    ours,
    raw: () => raw.commit(),
    warmUps,
    rounds,
    tell: (round) => tell(`streams: round ${round} of ${rounds}`),
  });
  raw.close();
  await store.close();
  const note = `of ${queues.length} batches of ${recordsOfBatch} records in, and as many out`;
  return {
    figures: [
      figureOf("streams.store_commits_per_s", { samples: measured.ours, unit: "commits/s", note }),
      figureOf("streams.raw_commits_per_s", { samples: measured.raw, unit: "commits/s" }),
      figureOf("streams.store_ratio", {
        samples: measured.ratio,
        unit: "ratio",
        target: { atLeast: 0.5 },
      }),
    ],
  };
};

function recordsFrom(first: number): readonly StreamRecord[] {
  return Array.from({ length: recordsOfBatch }, (_, index) => {
    const id = first + index;
    const text = JSON.stringify({
      id,
      user: `user-${id % 7}`,
      text: `some words ${"of somebody ".repeat(7)}`,
    });
    return { no: id, text };
  });
}

/** Makes so many commits; gives how many a second. */
function commitsOf(stream: OpenStream, records: readonly StreamRecord[]): () => Promise<number> {
  const places = queues.map((name) => ({ name, in: 1000, done: 900, filtered: 0, dropped: 0, dead: 0 }));
  let batch = 0;
  return async () => {
    const startMs = performance.now();
    for (const end = batch + commits; batch < end; batch += 1)
      await stream.commit({
        head: { source: { file: "in.jsonl", byte: batch }, places },
        remove: queues.map((queue) => ({ queue, batch: batch - waiting })),
        put: queues.map((queue) => ({ queue, batch, part: 0, at: batch, records })),
      });
    return rateSince(startMs);
  };
}

/** The same driver, journal and fsync, and a table with nothing but the texts. */
function openRaw(file: string, body: string): { readonly commit: () => number; readonly close: () => void } {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
  database.exec(
    "CREATE TABLE batches (no INTEGER PRIMARY KEY, queue TEXT NOT NULL, body TEXT NOT NULL) STRICT",
  );
  const [begin, end] = ["BEGIN IMMEDIATE", "COMMIT"].map((sql) => database.prepare(sql));
  const insertion = database.prepare("INSERT INTO batches (queue, body) VALUES (?, ?)");
  const removal = database.prepare("DELETE FROM batches WHERE no = ?");
  return {
    commit: () => {
      const startMs = performance.now();
      for (let commit = 0; commit < commits; commit += 1) {
        begin?.run();
        for (const queue of queues)
          removal.run(Number(insertion.run(queue, body).lastInsertRowid) - waiting * queues.length);
        end?.run();
      }
      return rateSince(startMs);
    },
    close: () => database.close(),
  };
}

function rateSince(startMs: number): number {
  return (commits / (performance.now() - startMs)) * 1000;
}
