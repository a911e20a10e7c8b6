import { countedUsd, dayOf, isOver, keptDays } from "../../core/policies/day.ts";
import type {
  DayCap,
  DayLedger,
  DayVerdict,
  EndedSpending,
  NewSpending,
  Spending,
  Spent,
} from "../../ports/day-ledger.ts";
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
  // what has ended and is not written yet, or could not be
  const over = new Map<number, Spent>();
  return {
    begin: (entry, cap) => writer.write(() => begin({ ...parts, over }, entry, cap)),
    end: async (id, spent, by) => {
      const ended = { id, ...spent };
      const write = () => writer.write(() => endSpending(connection, ended));
      over.set(id, spent);
      await (by ? by(ended).catch(write) : write());
      over.delete(id);
    },
    // kept, so that a damaged database cannot bring back what was taken away
    cancel: async (id) => {
      over.set(id, nothing);
      await writer.write(() =>
        of("UPDATE spending SET state = 'cancelled', cost_usd = 0 WHERE id = ?").run(id),
      );
      over.delete(id);
    },
    entries: async (day) => {
      const rows = of("SELECT * FROM spending WHERE day = ? AND state <> 'cancelled' ORDER BY id").all(day);
      const isUnderWay = whoIsUnderWay({ ...parts, over });
      return rows.map((row) => read(known(row, over), isUnderWay));
    },
  };
}

const nothing: Spent = { costUsd: 0, tokens: 0 };

/** Inside a job. */
export function endSpending(connection: Connection, { id, costUsd, tokens }: EndedSpending): void {
  connection
    .statement("UPDATE spending SET state = 'ended', cost_usd = ?, tokens = ? WHERE id = ?")
    .run(costUsd, tokens, id);
}

/** A row with what this process knows of it. */
function known(row: Row, over: Beginning["over"]): Row {
  const spent = row["state"] === "held" ? over.get(Number(row["id"])) : undefined;
  return spent ? { ...row, state: "ended", cost_usd: spent.costUsd, tokens: spent.tokens } : row;
}

interface Beginning extends DayLedgerParts {
  /** Attempts of this process that have ended, and are not written yet. */
  readonly over: ReadonlyMap<number, Spent>;
}

function begin(parts: Beginning, entry: NewSpending, cap: DayCap | undefined): DayVerdict {
  const { connection, leases } = parts;
  const { at, runId, effect, what, agent, predictedUsd, rehearsal } = entry;
  const day = dayOf(at);
  const flag = rehearsal ? 1 : 0;
  const usedUsd = usedOn(parts, { day, flag });
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

interface Kind {
  readonly day: string;
  readonly flag: number;
}

function usedOn({ connection, over }: Beginning, { day, flag }: Kind): number {
  const row = connection
    .statement(
      `SELECT COALESCE(SUM(COALESCE(cost_usd, predicted_usd, 0)), 0) AS used
       FROM spending WHERE day = ? AND rehearsal = ?`,
    )
    .get(day, flag);
  let used = Number(row?.["used"] ?? 0);
  for (const id of over.keys()) {
    const held = connection
      .statement("SELECT * FROM spending WHERE id = ? AND day = ? AND rehearsal = ? AND state = 'held'")
      .get(id, day, flag);
    if (held) used += countedOf(known(held, over)) - countedOf(held);
  }
  return used;
}

function countedOf(row: Row): number {
  return countedUsd({ costUsd: money(row, "cost_usd"), predictedUsd: money(row, "predicted_usd") });
}

function heldUsd(parts: Beginning, { day, flag }: Kind): number {
  return parts.connection
    .statement(
      `SELECT id, predicted_usd, holder FROM spending WHERE day = ? AND rehearsal = ? AND state = 'held'`,
    )
    .all(day, flag)
    .filter(whoIsUnderWay(parts))
    .reduce((sum, row) => sum + countedUsd({ costUsd: null, predictedUsd: money(row, "predicted_usd") }), 0);
}

/** Tells of attempts that have not ended whether they still may: their processes live. */
function whoIsUnderWay({ leases, over }: Pick<Beginning, "leases" | "over">): (row: Row) => boolean {
  const alive = new Map<number, boolean>();
  const lives = (holder: number): boolean => {
    const known = alive.get(holder) ?? leases.lives(holder);
    alive.set(holder, known);
    return known;
  };
  return ({ id, holder }) => !over.has(Number(id)) && holder !== null && lives(Number(holder));
}

function read(row: Row, isUnderWay: (row: Row) => boolean): Spending {
  return {
    at: Number(row["at"]),
    runId: String(row["run_id"]),
    effect: String(row["effect"]),
    what: String(row["what"]),
    agent: String(row["agent"]),
    rehearsal: row["rehearsal"] === 1,
    predictedUsd: money(row, "predicted_usd"),
    state: row["state"] === "ended" ? "ended" : isUnderWay(row) ? "held" : "lost",
    costUsd: money(row, "cost_usd"),
    tokens: Number(row["tokens"]),
  };
}

function money(row: Row, name: string): number | null {
  return row[name] === null ? null : Number(row[name]);
}
