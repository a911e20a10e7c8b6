import type { NodeState } from "./node.ts";

/** When, and to which level (from 1), a node that asks people is escalated next; undefined when it is not any more. */
export function nextEscalation({
  ask,
  phase,
  plan,
}: NodeState): { readonly level: number; readonly dueAt: number } | undefined {
  const { action } = plan.step;
  if (!ask || phase !== "waiting" || action.kind !== "ask") return undefined;
  const next = action.escalate[ask.level];
  return next && { level: ask.level + 1, dueAt: ask.askedAt + next.afterMs };
}
