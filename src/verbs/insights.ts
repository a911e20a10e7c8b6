import { chancesOfBest, posteriorOf, quantile } from "../core/policies/posterior.ts";
import { meanCostUsd, noCases } from "../core/cases.ts";
import type { KnownDecision, TakenWay } from "../ports/decision-store.ts";
import { decisionsOf } from "./decisions.ts";
import type { Parts } from "./parts.ts";

/** What was learned of one decision. */
export interface DecisionInsight {
  readonly workflow: string;
  /** Its address, without rounds and items. */
  readonly place: string;
  /** In the order they were declared, those never taken too. */
  readonly ways: readonly WayInsight[];
  /** How many ends all of it rests on. */
  readonly cases: number;
  /** When a way ended last; ms since the epoch. */
  readonly at: number;
  /** Which way `adaptive: true` would take most often now, if all of them could be taken; absent: nothing is known. */
  readonly prefers?: { readonly way: string; readonly chance: number };
  /** The decision was changed since: what is told here is of the past. */
  readonly outdated: boolean;
  /** Of runs whose agents only play: real ones learn nothing of them. */
  readonly rehearsal: boolean;
}

export interface WayInsight {
  readonly way: string;
  readonly taken: number;
  readonly good: number;
  /** Where the chance to end well lies, 9 times of 10. */
  readonly likely: { readonly from: number; readonly to: number };
  /** Null: no price is known. */
  readonly meanCostUsd: number | null;
  /** Null: never taken. */
  readonly meanDurationMs: number | null;
  /** How likely it is the best of them. */
  readonly chanceOfBest: number;
}

export interface Insights {
  decisions(filter?: { readonly workflow?: string }): Promise<readonly DecisionInsight[]>;
  /** Forgets what was learned of decisions; gives how many cases. */
  forgetDecisions(filter?: { readonly workflow?: string }): Promise<number>;
}

export function insights(parts: Parts): Insights {
  return {
    decisions: (filter) => decisionInsights(parts, filter),
    forgetDecisions: async (filter) => {
      await decisionsOf(parts).flush();
      return parts.decisions.clear(filter);
    },
  };
}

/** What was learned of decisions, the one that was taken last first. */
async function decisionInsights(
  parts: Parts,
  filter: { readonly workflow?: string } = {},
): Promise<readonly DecisionInsight[]> {
  await decisionsOf(parts).flush();
  const known = await parts.decisions.list(filter);
  const seen = new Set<string>();
  return known.map((decision) => {
    const name = JSON.stringify([decision.workflow, decision.place, decision.rehearsal]);
    const outdated = seen.has(name);
    seen.add(name);
    return insightOf(decision, outdated);
  });
}

function insightOf(decision: KnownDecision, outdated: boolean): DecisionInsight {
  const { workflow, place, ways, idle, taken, at } = decision;
  const all = ways.map((way) => ({ way, known: taken[way] ?? { ...noCases, meanDurationMs: null } }));
  const posteriors = all.map(({ known }) => posteriorOf(known));
  const chances = chancesOfBest(posteriors);
  const insights = all.map(({ way, known }, index): WayInsight => {
    const posterior = posteriors[index] ?? posteriorOf(noCases);
    return {
      way,
      taken: casesOf(known),
      good: known.good,
      likely: { from: quantile(posterior, 0.05), to: quantile(posterior, 0.95) },
      meanCostUsd: meanCostUsd(known),
      meanDurationMs: known.meanDurationMs,
      chanceOfBest: chances[index] ?? 0,
    };
  });
  const best = preferred(insights, idle);
  return {
    workflow,
    place,
    ways: insights,
    cases: insights.reduce((sum, one) => sum + one.taken, 0),
    at,
    ...(best ? { prefers: best } : {}),
    outdated,
    rehearsal: decision.rehearsal === true,
  };
}

/** A way that does nothing always works: as in a run, it is preferred only where it comes first. */
function preferred(ways: readonly WayInsight[], idle: readonly string[]): DecisionInsight["prefers"] {
  const worth = ways.filter(({ way }, index) => index === 0 || !idle.includes(way));
  const total = worth.reduce((sum, { chanceOfBest }) => sum + chanceOfBest, 0);
  const [best] = worth.toSorted((a, b) => b.chanceOfBest - a.chanceOfBest);
  return best && { way: best.way, chance: best.chanceOfBest / total };
}

function casesOf({ good, bad }: Pick<TakenWay, "good" | "bad">): number {
  return good + bad;
}
