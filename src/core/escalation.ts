import { askOf } from "./asked.ts";
import type { NodeState } from "./node.ts";

/** When, and to which level (from 1), a node that asks people is escalated next; undefined when it is not any more. */
export function nextEscalation(
  node: NodeState,
): { readonly level: number; readonly dueAt: number } | undefined {
  const { ask, phase } = node;
  if (!ask || phase !== "waiting") return undefined;
  const next = askOf(node)?.escalate[ask.level];
  return next && { level: ask.level + 1, dueAt: ask.askedAt + next.afterMs };
}
