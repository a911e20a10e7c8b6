import { judgeOf } from "./bookkeeping.ts";
import type { Failure } from "./outcome.ts";
import type { NodeState } from "./node.ts";
import { timeOf } from "./why-text.ts";

/** What a node waits for between two tries, with when that is and what was the matter. `now`: ms since the epoch. */
export function nextTry(node: NodeState, now: number): string {
  const judge = judgeOf(node);
  return `${judge ? `its gate "${judge.name}" to be judged` : "its next attempt"}${afterTrouble(node, now)}`;
}

/** The same where it is not known yet whose it is. */
export function nextTryOf(node: NodeState, now: number): string {
  const judge = judgeOf(node);
  const whose = `"${node.address}"`;
  return `${judge ? `gate "${judge.name}" of ${whose} to be judged` : `the next attempt of ${whose}`}${afterTrouble(node, now)}`;
}

function afterTrouble(node: NodeState, now: number): string {
  const { dueAt = now } = node;
  const trouble = troubleOf(node)?.message ?? "a gate did not hold";
  return `${dueAt < now ? ", due since" : " at"} ${timeOf(dueAt)}: ${trouble}`;
}

/** Why the last try came to nothing; undefined: a gate did not hold. */
export function troubleOf(node: NodeState): Failure | undefined {
  return (node.vain ?? node.outcome)?.failure;
}
