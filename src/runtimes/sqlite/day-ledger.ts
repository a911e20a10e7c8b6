import { countedUsd, dayOf, isOver, keptDays } from "../../core/policies/day.ts";
import type { DayCap, DayLedger, DayVerdict, NewSpending, Spending } from "../../ports/day-ledger.ts";
import type { Connection, Row } from "./connection.ts";
import type { Leases } from "./leases.ts";
import type { Writer } from "./writer.ts";

export interface DayLedgerParts {
  readonly connection: Connection;
  readonly writer: Writer;
  readonly leases: Leases;
}

/** Looking at the day and holding a part of it is one transaction: whoever comes next, in any process, sees it. */
export function createDayLedger(parts: DayLedgerParts): DayLedger {
  const { connection, writer } = parts;
  const of = (text: string) => connection.statement(text);
  // what could not be ended, because it could not be written, is under way no more all the same
  const underWay = new Set<number>();
  return {
    begin: async (entry, cap) => {
      const verdict = await writer.write(() => begin({ ...parts, underWay }, entry, cap));
      if (verdict.id !== undefined) underWay.add(verdict.id);
      return verdict;
    },
    end: async (id, { costUsd, tokens }) => {
      underWay.delete(id);
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
      underWay.delete(id);
      await writer.write(() =>
        of("UPDATE spending SET state = 'cancelled', cost_usd = 0 WHERE id = ?").run(id),
      );
    },
    entries: async (day) =>
      of("SELECT * FROM spending WHERE day = ? AND state <> 'cancelled' ORDER BY id").all(day).map(read),
  };
}

interface Beginning extends DayLedgerParts {
  /** Attempts that this process has begun and not ended. */
  readonly underWay: ReadonlySet<number>;
}

function begin(parts: Beginning, entry: NewSpending, cap: DayCap | undefined): DayVerdict {
  const { connection, leases } = parts;
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
  if (over && cap.enforced) return { usedUsd, heldUsd: heldUsd(parts, { day, flag }), over };
  connection.statement("DELETE FROM spending WHERE day < ?").run(dayOf(at - keptDays * 86_400_000));
  const inserted = connection
    .statement(
      `INSERT INTO spending
         (day, rehearsal, at, run_id, effect, what, agent, predicted_usd, state, cost_usd, tokens, holder)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'held', NULL, 0, ?) RETURNING id`,
    )
    .get(day, flag, at, runId, effect, what, agent, predictedUsd, leases.holder());
  return { id: Number(inserted?.["id"]), usedUsd, over };
}

/** Held by processes that live; this one knows what of its own is still under way. */
function heldUsd(
  { connection, leases, underWay }: Beginning,
  { day, flag }: { readonly day: string; readonly flag: number },
): number {
  const own = leases.holder();
  const alive = new Map<number, boolean>();
  const lives = (holder: number): boolean => {
    const known = alive.get(holder) ?? leases.lives(holder);
    alive.set(holder, known);
    return known;
  };
  return connection
    .statement(
      `SELECT id, predicted_usd, holder FROM spending
       WHERE day = ? AND rehearsal = ? AND state = 'held' AND holder IS NOT NULL`,
    )
    .all(day, flag)
    .filter(({ id, holder }) => (Number(holder) === own ? underWay.has(Number(id)) : lives(Number(holder))))
    .reduce((sum, row) => sum + countedUsd({ costUsd: null, predictedUsd: money(row, "predicted_usd") }), 0);
}

function read(row: Row): Spending {
  return {
    at: Number(row["at"]),
    runId: String(row["run_id"]),
    effect: String(row["effect"]),
    what: String(row["what"]),
    agent: String(row["agent"]),
    rehearsal: row["rehearsal"] === 1,
    predictedUsd: money(row, "predicted_usd"),
    state: row["state"] === "held" ? "held" : "ended",
    costUsd: money(row, "cost_usd"),
    tokens: Number(row["tokens"]),
  };
}

function money(row: Row, name: string): number | null {
  return row[name] === null ? null : Number(row[name]);
}
