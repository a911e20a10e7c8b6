import { meanCostUsd, type Cases } from "../cases.ts";
import { chance } from "./chance.ts";
import { posteriorOf, quantile } from "./posterior.ts";

/** A way that may be taken, and what is known of it. */
export interface Candidate {
  readonly way: string;
  readonly good: number;
  readonly bad: number;
  /** Null: no price is known. */
  readonly meanCostUsd: number | null;
  /** The chance to end well that was drawn for it. */
  readonly draw: number;
  /** Of a branch that balances: how many are on it now, and may be at once. */
  readonly load?: number;
  readonly atOnce?: number;
}

/**
 * `only`: there was no other; where ways are balanced, none with room. `declared`: nothing is known of any, so it is the first that was declared. `draw`: its
 * draw was the highest. `cost`: the draws of some were as good as equal, and it is the cheapest of them. `before`: an
 * earlier life of the run took it. `load`: others have more to do.
 */
export type Because = "only" | "declared" | "draw" | "cost" | "before" | "load";

/** How a way was chosen by what has worked. */
export interface Choice {
  readonly way: string;
  readonly because: Because;
  readonly candidates: readonly Candidate[];
}

/** Draws that differ by less are as good as equal. */
const even = 0.05;

export interface Declared {
  readonly way: string;
  readonly cases: Cases;
}

/**
 * Thompson sampling: for each way a chance to end well is drawn from what is believed of it, and the way of the highest
 * is taken. Ways of which little is known draw wide, so that they are tried as often as they may be the best.
 * `ways` in the order they were declared; the same seed gives the same choice. A way that was taken
 * `before` is taken again.
 */
export function choose(
  ways: readonly [Declared, ...Declared[]],
  { seed, before }: { readonly seed: string; readonly before?: string | undefined },
): Choice {
  const candidates = ways.map((one) => candidateOf(one, seed));
  if (before !== undefined && ways.some(({ way }) => way === before))
    return { way: before, because: "before", candidates };
  if (ways.length === 1) return { way: ways[0].way, because: "only", candidates };
  if (candidates.every(({ good, bad }) => good + bad === 0))
    return { way: ways[0].way, because: "declared", candidates };
  return { ...best(candidates), candidates };
}

export function candidateOf({ way, cases }: Declared, seed: string): Candidate {
  return {
    way,
    good: cases.good,
    bad: cases.bad,
    meanCostUsd: meanCostUsd(cases),
    draw: quantile(posteriorOf(cases), chance(`${seed}|${way}`)),
  };
}

function best(candidates: readonly Candidate[]): Pick<Choice, "way" | "because"> {
  const ranked = candidates.toSorted((a, b) => b.draw - a.draw);
  const [first] = ranked;
  const near = ranked.filter(({ draw }) => (first?.draw ?? 0) - draw < even);
  const cheapest = near.reduce((a, b) => (costOf(b) < costOf(a) ? b : a));
  return { way: cheapest.way, because: cheapest === first ? "draw" : "cost" };
}

/** A price that nobody knows beats none that is known. */
function costOf({ meanCostUsd: cost }: Candidate): number {
  return cost ?? Number.POSITIVE_INFINITY;
}
