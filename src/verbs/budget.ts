import { TuttiError } from "../errors.ts";
import { roundedUsd } from "../core/money.ts";
import { countedUsd, dayOf } from "../core/policies/day.ts";
import type { Spending } from "../ports/day-ledger.ts";
import type { Parts } from "./parts.ts";
import { limitsOf } from "./settings.ts";

/** What agents cost on one day (of UTC), over all runs of the project. */
export interface BudgetReport extends Sums {
  readonly day: string;
  /** The cap of the day in tutti.yaml, and what is left of it. Absent: there is none. */
  readonly capUsd?: number;
  readonly leftUsd?: number;
  /** The dearest first; a run that another began counts with that. */
  readonly runs: readonly RunSums[];
  /** By what was asked of which agent. */
  readonly work: readonly (Sums & { readonly what: string; readonly agent: string })[];
  /** What was only played; it counts against no real cap, but rehearsals wait for what others hold. */
  readonly rehearsed: Sums & { readonly runs: readonly RunSums[] };
}

interface RunSums extends Sums {
  readonly runId: string;
  readonly name?: string;
}

export interface Sums {
  readonly attempts: number;
  /** Known prices. */
  readonly spentUsd: number;
  /** What was predicted for attempts whose price nobody told, and how many attempts have an unknown price. */
  readonly presumedUsd: number;
  readonly unknownPrices: number;
  /** What is held for attempts that have not ended, or whose process died. */
  readonly heldUsd: number;
  readonly tokens: number;
}

/** What was spent on a day: today when none is named. Throws BAD_VALUE for what is no day. */
export async function budgetReport(parts: Parts, given?: string): Promise<BudgetReport> {
  const day = given ?? dayOf(parts.clock.now());
  requireDay(day);
  const entries = await parts.days.entries(day);
  const [played, paid] = [true, false].map((flag) => entries.filter(({ rehearsal }) => rehearsal === flag));
  const names = await namesOf(parts, entries);
  const sums = sumsOf(paid ?? []);
  const { dayUsd: capUsd } = limitsOf(parts.settings);
  const used = sums.spentUsd + sums.presumedUsd + sums.heldUsd;
  return {
    day,
    ...(capUsd === undefined ? {} : { capUsd, leftUsd: roundedUsd(Math.max(0, capUsd - used)) }),
    ...sums,
    runs: byRun(paid ?? [], names),
    work: grouped(paid ?? [], ({ what, agent }) => `${what}\n${agent}`).map(([key, group]) => {
      const [what = "", agent = ""] = key.split("\n");
      return { what, agent, ...sumsOf(group) };
    }),
    rehearsed: { ...sumsOf(played ?? []), runs: byRun(played ?? [], names) },
  };
}

function requireDay(day: string): void {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(day) : Number.NaN;
  if (!Number.isNaN(at) && dayOf(at) === day) return;
  throw new TuttiError("BAD_VALUE", `Cannot show the day "${day}": it is no day`, {
    fix: `for example: --day ${dayOf(0)}`,
  });
}

/** A run that another began has the id of that one and a number: `3m1x.2`. */
function rootOf({ runId }: Pick<Spending, "runId">): string {
  return runId.split(".")[0] ?? runId;
}

async function namesOf(parts: Parts, entries: readonly Spending[]): Promise<ReadonlyMap<string, string>> {
  if (entries.length === 0) return new Map();
  const rows = await parts.store.list();
  return new Map(rows.map(({ runId, name }) => [runId, name]));
}

function sumsOf(entries: readonly Spending[]): Sums {
  const over = entries.filter(({ state }) => state !== "held");
  const unknown = over.filter(({ costUsd }) => costUsd === null);
  return {
    attempts: entries.length,
    spentUsd: sumOf(over.filter(({ costUsd }) => costUsd !== null)),
    presumedUsd: sumOf(unknown),
    unknownPrices: unknown.length,
    heldUsd: sumOf(entries.filter(({ state }) => state === "held")),
    tokens: entries.reduce((total, { tokens }) => total + tokens, 0),
  };
}

function byRun(entries: readonly Spending[], names: ReadonlyMap<string, string>): readonly RunSums[] {
  return grouped(entries, rootOf).map(([runId, group]) => {
    const name = names.get(runId);
    return { runId, ...(name === undefined ? {} : { name }), ...sumsOf(group) };
  });
}

function sumOf(entries: readonly Spending[]): number {
  return roundedUsd(entries.reduce((sum, one) => sum + countedUsd(one), 0));
}

/** In groups, the dearest first. */
function grouped(
  entries: readonly Spending[],
  keyOf: (entry: Spending) => string,
): readonly (readonly [string, readonly Spending[]])[] {
  return [...Map.groupBy(entries, keyOf)].toSorted(([, a], [, b]) => sumOf(b) - sumOf(a));
}
