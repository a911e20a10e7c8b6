import type { DecisionEnd } from "../ports/decision-store.ts";

/** How many ends of one way count: what worked long ago says little. */
export const keptEnds = 200;

/** The ends of each way of each decision, the newest first, and no more than count. */
export function endsByWay(ends: Iterable<DecisionEnd>): readonly (readonly DecisionEnd[])[] {
  const byWay = new Map<string, DecisionEnd[]>();
  for (const end of ends) {
    const name = `${end.decision.key} ${end.way}`;
    const known = byWay.get(name);
    if (known) known.push(end);
    else byWay.set(name, [end]);
  }
  return [...byWay.values()].map((all) => all.toSorted((a, b) => b.at - a.at).slice(0, keptEnds));
}
