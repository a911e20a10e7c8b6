import { topologicalOrder } from "./graph.ts";
import type { Chain, Step } from "./workflow.ts";

/**
 * Of the chosen steps of a block, those that can run at the same time as another chosen one. Linear in steps and needs, but for the
 * order itself.
 */
export function sideBySide(chain: Chain, isChosen: (step: Step) => boolean): ReadonlySet<Step> {
  const { steps, parallelWherePossible, parallelAlways } = chain;
  const chosen = steps.filter(isChosen);
  if (chosen.length < 2 || (!parallelWherePossible && !parallelAlways)) return new Set();
  const behind = needsIn(chain);
  const { order } = topologicalOrder(steps.map(({ name }) => ({ name, deps: behind.get(name) ?? [] })));
  const names = new Set(chosen.map(({ name }) => name));
  const places = new Map(order.filter((name) => names.has(name)).map((name, place) => [name, place]));
  const alone = placesAlone(order, { behind, places });
  return new Set(chosen.filter(({ name }) => !alone.has(places.get(name) ?? -1)));
}

type Names = ReadonlyMap<string, readonly string[]>;

/** Of each step the names of those before it: those that it needs and, of a fallback, those that it stands for. */
function needsIn({ steps, errorStrategy: ofBlock }: Chain): Names {
  const behind = new Map(steps.map(({ name, needs }) => [name, needs.map((need) => need.step)]));
  for (const { name, errorStrategy = ofBlock } of steps)
    if (typeof errorStrategy === "object" && errorStrategy.fallback !== name)
      behind.get(errorStrategy.fallback)?.push(name);
  return behind;
}

interface Places {
  readonly behind: Names;
  /** Of the chosen steps, in the order. */
  readonly places: ReadonlyMap<string, number>;
}

/**
 * The places of the chosen steps that come after all chosen ones before them in the order, and before all behind them. A step comes
 * before all behind it when each of those needs, directly or by steps that are not chosen, one at its place or behind it;
 * and after all before it when each of those is so needed by one at its place or before it.
 */
function placesAlone(order: readonly string[], at: Places): ReadonlySet<number> {
  const needs = latestNeeded(order, at);
  const needed = firstNeeding(order, at);
  const alone = new Set<number>();
  let most = -1;
  needed.forEach((place, own) => {
    if (most <= own) alone.add(own);
    most = Math.max(most, place);
  });
  let least = needs.length;
  for (let own = needs.length - 1; own >= 0; own -= 1) {
    if (least < own) alone.delete(own);
    least = Math.min(least, needs[own] ?? least);
  }
  return alone;
}

/** By place: the latest place of a chosen step that this one needs. */
function latestNeeded(order: readonly string[], { behind, places }: Places): readonly number[] {
  const latest = new Map<string, number>();
  const found: number[] = [];
  for (const name of order) {
    let last = -1;
    for (const need of behind.get(name) ?? [])
      last = Math.max(last, places.get(need) ?? latest.get(need) ?? -1);
    latest.set(name, last);
    if (places.has(name)) found.push(last);
  }
  return found;
}

/** By place: the first place of a chosen step that needs this one. */
function firstNeeding(order: readonly string[], { behind, places }: Places): readonly number[] {
  const first = new Map<string, number>();
  const found: number[] = [];
  for (const name of order.toReversed()) {
    const own = first.get(name) ?? places.size;
    const place = places.get(name);
    if (place !== undefined) found[place] = own;
    for (const need of behind.get(name) ?? [])
      first.set(need, Math.min(first.get(need) ?? places.size, place ?? own));
  }
  return found;
}
