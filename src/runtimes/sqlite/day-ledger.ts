import { dayOf, isOver, keptDays } from "../../core/policies/day.ts";
import type { DayCap, DayLedger, DayVerdict, NewSpending, Spending } from "../../ports/day-ledger.ts";
import type { Connection, Row } from "./connection.ts";
import type { Writer } from "./writer.ts";

/** Looking at the day and holding a part of it is one transaction: whoever comes next, in any process, sees it. */
export function createDayLedger(connection: Connection, writer: Writer): DayLedger {
  const of = (text: string) => connection.statement(text);
  return {
    begin: (entry, cap) => writer.write(() => begin(connection, entry, cap)),
    end: async (id, { costUsd, tokens }) => {
      await writer.write(() =>
        of("UPDATE spending SET state = 'ended', cost_usd = ?, tokens = ? WHERE id = ?").run(
          costUsd,
          tokens,
          id,
        ),
      );
    },
    // kept, so that a damaged database cannot bring back what was taken away
    cancel: async (id) => {
      await writer.write(() =>
        of("UPDATE spending SET state = 'cancelled', cost_usd = 0 WHERE id = ?").run(id),
      );
    },
    entries: async (day) =>
      of("SELECT * FROM spending WHERE day = ? AND state <> 'cancelled' ORDER BY id").all(day).map(read),
  };
}

function begin(connection: Connection, entry: NewSpending, cap: DayCap | undefined): DayVerdict {
  const { at, runId, effect, what, agent, predictedUsd, rehearsal } = entry;
  const day = dayOf(at);
  const flag = rehearsal ? 1 : 0;
  const row = connection
    .statement(
      `SELECT COALESCE(SUM(COALESCE(cost_usd, predicted_usd, 0)), 0) AS used
       FROM spending WHERE day = ? AND rehearsal = ?`,
    )
    .get(day, flag);
  const usedUsd = Number(row?.["used"] ?? 0);
  const over = cap !== undefined && isOver(cap, { usedUsd, predictedUsd });
  if (over && cap.enforced) return { usedUsd, over };
  connection.statement("DELETE FROM spending WHERE day < ?").run(dayOf(at - keptDays * 86_400_000));
  const inserted = connection
    .statement(
      `INSERT INTO spending (day, rehearsal, at, run_id, effect, what, agent, predicted_usd, state, cost_usd, tokens)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'held', NULL, 0) RETURNING id`,
    )
    .get(day, flag, at, runId, effect, what, agent, predictedUsd);
  return { id: Number(inserted?.["id"]), usedUsd, over };
}

function read(row: Row): Spending {
  const money = (name: string): number | null => (row[name] === null ? null : Number(row[name]));
  return {
    at: Number(row["at"]),
    runId: String(row["run_id"]),
    effect: String(row["effect"]),
    what: String(row["what"]),
    agent: String(row["agent"]),
    rehearsal: row["rehearsal"] === 1,
    predictedUsd: money("predicted_usd"),
    state: row["state"] === "held" ? "held" : "ended",
    costUsd: money("cost_usd"),
    tokens: Number(row["tokens"]),
  };
}
