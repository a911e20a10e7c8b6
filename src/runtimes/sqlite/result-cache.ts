import type { Outcome } from "../../core/outcome.ts";
import type { CacheEntry, ResultCache } from "../../ports/result-cache.ts";
import { failedResultError } from "../store-errors.ts";
import type { Connection, Row } from "./connection.ts";
import { pack, unpack } from "./packing.ts";
import { damagedError } from "./sqlite-errors.ts";
import type { Writer } from "./writer.ts";

export function createResultCache(connection: Connection, writer: Writer): ResultCache {
  const of = (text: string) => connection.statement(text);
  const read = (row: Row): CacheEntry => readEntry(row, connection.file);
  return {
    get: async (key, maxAgeMs, now) => {
      const row = of("SELECT * FROM results WHERE key = ? AND stored_at > ?").get(key, now - maxAgeMs);
      return row && read(row);
    },
    put: async ({ key, storedAt, runId, address, outcome }) => {
      if (!outcome.ok) throw failedResultError(key);
      await writer.write(() =>
        of(
          "INSERT OR REPLACE INTO results (key, stored_at, run_id, address, outcome) VALUES (?, ?, ?, ?, ?)",
        ).run(key, storedAt, runId, address, pack(JSON.stringify(outcome))),
      );
    },
    list: async () => of("SELECT * FROM results ORDER BY stored_at DESC, rowid DESC").all().map(read),
    clear: (key) =>
      writer.write(() => of("DELETE FROM results WHERE ?1 IS NULL OR key = ?1").run(key ?? null).changes),
  };
}

function readEntry(row: Row, file: string): CacheEntry {
  const key = String(row["key"]);
  try {
    return {
      key,
      storedAt: Number(row["stored_at"]),
      runId: String(row["run_id"]),
      address: String(row["address"]),
      outcome: JSON.parse(unpack(row["outcome"])) as Outcome,
    };
  } catch (cause) {
    throw damagedError({ file, detail: `the cached result "${key}" cannot be decoded`, cause });
  }
}
