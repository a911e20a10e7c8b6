import type { Cases } from "../../core/cases.ts";
import type { DecisionEnd, DecisionStore, KnownDecision, TakenWay } from "../../ports/decision-store.ts";
import { keptEnds } from "../decision-sums.ts";
import type { Connection, Row } from "./connection.ts";
import { damagedError } from "./sqlite-errors.ts";
import type { Writer } from "./writer.ts";

const sums = `way, sum(good) AS good, count(*) AS cases, coalesce(sum(cost_usd), 0) AS cost_usd,
  count(cost_usd) AS priced, avg(duration_ms) AS mean_duration_ms, max(at) AS at`;

/** The ends that count, of those for which this holds. */
const counted = (condition: string): string =>
  `(SELECT *, row_number() OVER (PARTITION BY key, way ORDER BY at DESC, id DESC) AS age
     FROM decisions WHERE ${condition}) WHERE age <= ${keptEnds}`;

/** So many rows come in before those that do not count any more are deleted: looking for them takes time. */
const rowsBetween = 20_000;

/** Only of decisions with many rows there can be such: the others are told from them by the index alone. */
const crowded = `key IN (SELECT key FROM decisions GROUP BY key HAVING count(*) > ${keptEnds})`;

const forgetting = `DELETE FROM decisions WHERE ${crowded} AND id NOT IN (SELECT id FROM ${counted(crowded)})`;

/** What is read is exact; what is kept may be some more than counts. */
export function createDecisionStore(connection: Connection, writer: Writer): DecisionStore {
  const of = (text: string) => connection.statement(text);
  return {
    record: async (ends) => {
      if (ends.length === 0) return;
      await writer.write(() => {
        let crossed = false;
        for (const end of ends) crossed = store(connection, end) % rowsBetween === 0 || crossed;
        if (crossed) of(forgetting).run();
      });
    },
    cases: async (keys, { exceptRun } = {}) => {
      const known: Record<string, Record<string, Cases>> = {};
      const from = counted("key = ?1 AND run_id IS NOT ?2");
      for (const key of keys) {
        const rows = of(`SELECT ${sums} FROM ${from} GROUP BY way`).all(key, exceptRun ?? null);
        if (rows.length > 0) known[key] = Object.fromEntries(rows.map((row) => [nameOf(row), casesOf(row)]));
      }
      return known;
    },
    list: async ({ workflow } = {}) => {
      // of a maximum SQLite gives the other columns of the same row: here the newest
      const text = `SELECT key, workflow, place, ways, ${sums} FROM ${counted("?1 IS NULL OR workflow = ?1")}
        GROUP BY key, way ORDER BY at DESC, key`;
      return decisionsOf(of(text).all(workflow ?? null), connection.file);
    },
    clear: ({ workflow } = {}) =>
      writer.write(
        () => of("DELETE FROM decisions WHERE ?1 IS NULL OR workflow = ?1").run(workflow ?? null).changes,
      ),
  };
}

const insertion = `INSERT OR REPLACE INTO decisions
  (run_id, address, key, workflow, place, ways, way, good, cost_usd, duration_ms, at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Gives the number of its row; they go up one by one. */
function store(connection: Connection, end: DecisionEnd): number {
  const { runId, address, decision, way, good, costUsd, durationMs, at } = end;
  const { key, workflow, place, ways, idle, rehearsal } = decision;
  const names = JSON.stringify({ ways, idle, rehearsal });
  const { lastId } = connection
    .statement(insertion)
    .run(runId, address, key, workflow, place, names, way, good ? 1 : 0, costUsd, durationMs, at);
  return lastId;
}

/** The rows of one decision come together or not; the newest first. */
function decisionsOf(rows: readonly Row[], file: string): readonly KnownDecision[] {
  const byKey = Map.groupBy(rows, (row) => String(row["key"]));
  return [...byKey].flatMap(([key, [newest, ...others]]) => {
    if (!newest) return [];
    const taken = [newest, ...others].map((row): [string, TakenWay] => [
      nameOf(row),
      { ...casesOf(row), meanDurationMs: Number(row["mean_duration_ms"]) },
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

function casesOf(row: Row): Cases {
  const good = Number(row["good"]);
  return {
    good,
    bad: Number(row["cases"]) - good,
    costUsd: Number(row["cost_usd"]),
    priced: Number(row["priced"]),
  };
}

function waysOf(row: Row, file: string): Pick<KnownDecision, "ways" | "idle" | "rehearsal"> {
  try {
    return JSON.parse(String(row["ways"])) as Pick<KnownDecision, "ways" | "idle" | "rehearsal">;
  } catch (cause) {
    const detail = `the decision "${String(row["place"])}" cannot be decoded`;
    throw damagedError({ file, detail, cause });
  }
}
