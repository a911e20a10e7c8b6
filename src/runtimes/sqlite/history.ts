import type { History, Prediction } from "../../ports/history.ts";
import { predictedCases, predictFrom } from "../prediction.ts";
import type { Connection } from "./connection.ts";
import type { Writer } from "./writer.ts";

/** Keeps, of each key, only the cases that a prediction looks at. */
export function createHistory(connection: Connection, writer: Writer): History {
  const of = (text: string) => connection.statement(text);
  return {
    record: ({ key, durationMs, costUsd, ok, at }) =>
      writer.write(() => {
        of("INSERT INTO history (key, ok, at, duration_ms, cost_usd) VALUES (?, ?, ?, ?, ?)").run(
          key,
          ok ? 1 : 0,
          at,
          durationMs,
          costUsd,
        );
        of(
          `DELETE FROM history WHERE key = ?1 AND ok = ?2 AND id <=
             (SELECT id FROM history WHERE key = ?1 AND ok = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)`,
        ).run(key, ok ? 1 : 0, predictedCases);
      }),
    predict: async (keys) => {
      const found: Record<string, Prediction> = {};
      for (const key of new Set(keys)) {
        const rows = of("SELECT ok, duration_ms, cost_usd FROM history WHERE key = ? ORDER BY id DESC").all(
          key,
        );
        const prediction = predictFrom(
          rows.map((row) => ({
            durationMs: Number(row["duration_ms"]),
            costUsd: row["cost_usd"] === null ? null : Number(row["cost_usd"]),
            ok: row["ok"] === 1,
          })),
        );
        if (prediction) found[key] = prediction;
      }
      return found;
    },
  };
}
