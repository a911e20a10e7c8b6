import type { Tally } from "../../core/tally.ts";
import type { DecisionEnd, DecisionStore, KnownDecision, TakenWay } from "../../ports/decision-store.ts";
import { endsByWay, keptEnds } from "../decision-sums.ts";
import type { Connection, Row } from "./connection.ts";
import { damagedError } from "./sqlite-errors.ts";
import type { Writer } from "./writer.ts";

const sums = `way, sum(good) AS good, count(*) AS cases, coalesce(sum(cost_usd), 0) AS cost_usd,
  count(cost_usd) AS priced, avg(duration_ms) AS mean_duration_ms, max(at) AS at`;

/** Keeps, of each way, only the ends that count. */
export function createDecisionStore(connection: Connection, writer: Writer): DecisionStore {
  const of = (text: string) => connection.statement(text);
  return {
    record: async (ends) => {
      if (ends.length === 0) return;
      await writer.write(() => {
        for (const series of endsByWay(ends)) store(connection, series);
      });
    },
    tallies: async (keys, { exceptRun } = {}) => {
      const known: Record<string, Record<string, Tally>> = {};
      for (const key of keys) {
        const text = `SELECT ${sums} FROM decisions WHERE key = ?1 AND run_id IS NOT ?2 GROUP BY way`;
        const rows = of(text).all(key, exceptRun ?? null);
        if (rows.length > 0) known[key] = Object.fromEntries(rows.map((row) => [nameOf(row), tallyOf(row)]));
      }
      return known;
    },
    list: async ({ workflow } = {}) => {
      // of a maximum SQLite gives the other columns of the same row: here the newest
      const text = `SELECT key, workflow, place, ways, ${sums} FROM decisions
        WHERE ?1 IS NULL OR workflow = ?1 GROUP BY key, way ORDER BY at DESC, key`;
      return decisionsOf(of(text).all(workflow ?? null), connection.file);
    },
    clear: ({ workflow } = {}) =>
      writer.write(
        () => of("DELETE FROM decisions WHERE ?1 IS NULL OR workflow = ?1").run(workflow ?? null).changes,
      ),
  };
}

function store(connection: Connection, ends: readonly DecisionEnd[]): void {
  const insertion = connection.statement(
    `INSERT OR REPLACE INTO decisions
       (run_id, address, key, workflow, place, ways, way, good, cost_usd, duration_ms, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { runId, address, decision, way, good, costUsd, durationMs, at } of ends) {
    const { key, workflow, place, ways, idle } = decision;
    const names = JSON.stringify({ ways, idle });
    insertion.run(runId, address, key, workflow, place, names, way, good ? 1 : 0, costUsd, durationMs, at);
  }
  const [one] = ends;
  if (one) forgetOld(connection, one);
}

function forgetOld(connection: Connection, { decision, way }: DecisionEnd): void {
  connection
    .statement(
      `DELETE FROM decisions WHERE id IN
         (SELECT id FROM decisions WHERE key = ?1 AND way = ?2 ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?3)`,
    )
    .run(decision.key, way, keptEnds);
}

/** The rows of one decision come together or not; the newest first. */
function decisionsOf(rows: readonly Row[], file: string): readonly KnownDecision[] {
  const byKey = Map.groupBy(rows, (row) => String(row["key"]));
  return [...byKey].flatMap(([key, [newest, ...others]]) => {
    if (!newest) return [];
    const taken = [newest, ...others].map((row): [string, TakenWay] => [
      nameOf(row),
      { ...tallyOf(row), meanDurationMs: Number(row["mean_duration_ms"]) },
    ]);
    return [
      {
        key,
        workflow: String(newest["workflow"]),
        place: String(newest["place"]),
        ...waysOf(newest, file),
        taken: Object.fromEntries(taken),
        at: Number(newest["at"]),
      },
    ];
  });
}

function nameOf(row: Row): string {
  return String(row["way"]);
}

function tallyOf(row: Row): Tally {
  const good = Number(row["good"]);
  return {
    good,
    bad: Number(row["cases"]) - good,
    costUsd: Number(row["cost_usd"]),
    priced: Number(row["priced"]),
  };
}

function waysOf(row: Row, file: string): Pick<KnownDecision, "ways" | "idle"> {
  try {
    return JSON.parse(String(row["ways"])) as Pick<KnownDecision, "ways" | "idle">;
  } catch (cause) {
    const detail = `the decision "${String(row["place"])}" cannot be decoded`;
    throw damagedError({ file, detail, cause });
  }
}
