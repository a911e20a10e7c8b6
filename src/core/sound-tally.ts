import type { Event } from "./events.ts";
import type { NodeState } from "./node.ts";
import type { Decision } from "./policies/vote.ts";
import type { Broken } from "./unsoundness.ts";

/** What is broken by a count of votes: a node counts once, and what it decides for can be voted for and is not barred. */
export function brokenTally({ address, outcome, plan }: NodeState, event: Event): Broken | undefined {
  if (event.type !== "votes.counted") return undefined;
  const trouble =
    outcome || plan.kind !== "tally" ? "counts again, or is no tally" : troubleWith(event.decision);
  if (trouble === undefined) return undefined;
  return { rule: "votes are counted once, and for what may win", message: `"${address}" ${trouble}` };
}

function troubleWith({ decision, status, decided_by: by, counts, open }: Decision): string | undefined {
  const isDecided = decision !== null;
  const told = JSON.stringify(decision);
  if (isDecided !== (status === "decided") || isDecided !== (by !== null))
    return `is ${status} and gives ${told}`;
  if (counts.some(({ option, barred }) => barred && option === decision))
    return `decides for ${told}, which is barred`;
  const isRuled = by === "judge" || by === "human";
  return isRuled && !open.some((option) => option === decision)
    ? `decides for ${told}, which was not open`
    : undefined;
}
