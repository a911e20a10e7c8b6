import type { History, HistoryEntry, Prediction } from "../../ports/history.ts";
import { predictedCases } from "../../core/experience.ts";
import { predictFrom } from "../prediction.ts";
import type { Connection } from "./connection.ts";
import type { Writer } from "./writer.ts";

/** Keeps, of each key, only the cases that a prediction looks at. What comes in at the same moment is one job. */
export function createHistory(connection: Connection, writer: Writer): History {
  const of = (text: string) => connection.statement(text);
  let batch: Batch | undefined;
  const known = createMemo();
  return {
    record: (entries) => {
      if (entries.length === 0) return Promise.resolve();
      batch ??= openBatch();
      batch.entries.push(...entries);
      return batch.stored;
    },
    predict: async (keys) => {
      const found: Record<string, Prediction> = {};
      const memo = known();
      for (const key of new Set(keys)) {
        if (!memo.has(key)) memo.set(key, lookUp(key));
        const prediction = memo.get(key);
        if (prediction) found[key] = prediction;
      }
      return found;
    },
  };

  function lookUp(key: string): Prediction | undefined {
    const rows = of(
      "SELECT ok, duration_ms, cost_usd, tokens FROM history WHERE key = ? ORDER BY id DESC",
    ).all(key);
    return predictFrom(
      rows.map((row) => ({
        durationMs: Number(row["duration_ms"]),
        costUsd: row["cost_usd"] === null ? null : Number(row["cost_usd"]),
        tokens: row["tokens"] === null ? null : Number(row["tokens"]),
        ok: row["ok"] === 1,
      })),
    );
  }

  function openBatch(): Batch {
    const entries: HistoryEntry[] = [];
    const stored = writer.write(() => {
      // what comes from here on is for the next job; this one may have to run again
      if (batch?.entries === entries) batch = undefined;
      for (const series of seriesOf(entries)) insertSeries(connection, series);
      known().clear();
    });
    return { entries, stored };
  }
}

/** Predictions that were looked up; what other processes learn is seen after `staleMs`. */
function createMemo(): () => Map<string, Prediction | undefined> {
  const memo = new Map<string, Prediction | undefined>();
  let since = 0;
  return () => {
    const now = performance.now();
    if (now - since > staleMs || memo.size > mostKnown) {
      memo.clear();
      since = now;
    }
    return memo;
  };
}
const staleMs = 100;
const mostKnown = 10_000;

interface Batch {
  readonly entries: HistoryEntry[];
  readonly stored: Promise<void>;
}

interface Series {
  readonly key: string;
  readonly ok: boolean;
  /** The newest last, and no more than are kept. */
  readonly entries: readonly HistoryEntry[];
}

/** By key and how they ended: a thousand equal steps are twenty rows, not a thousand insertions and deletions. */
function seriesOf(entries: readonly HistoryEntry[]): readonly Series[] {
  const byKey = new Map<string, HistoryEntry[]>();
  for (const entry of entries) {
    const name = `${entry.ok ? "+" : "-"}${entry.key}`;
    const series = byKey.get(name);
    if (series) series.push(entry);
    else byKey.set(name, [entry]);
  }
  return [...byKey].map(([name, series]) => ({
    key: name.slice(1),
    ok: name.startsWith("+"),
    entries: series.slice(-predictedCases),
  }));
}

function insertSeries(connection: Connection, { key, ok, entries }: Series): void {
  const okFlag = ok ? 1 : 0;
  const insertion = connection.statement(
    "INSERT INTO history (key, ok, at, duration_ms, cost_usd, tokens) VALUES (?, ?, ?, ?, ?, ?)",
  );
  for (const { at, durationMs, costUsd, tokens } of entries)
    insertion.run(key, okFlag, at, durationMs, costUsd, tokens);
  connection
    .statement(
      `DELETE FROM history WHERE key = ?1 AND ok = ?2 AND id <=
         (SELECT id FROM history WHERE key = ?1 AND ok = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)`,
    )
    .run(key, okFlag, predictedCases);
}
