import type { NodeState } from "./node.ts";

/**
 * How long a node has worked, up to `at` when it has not ended; ms. Time in which no process drove the run is none of
 * it, but for what waits: time passes for it all the same; and what a run of its own worked meanwhile is part of it, as
 * are retries and gates.
 */
export function durationOf(node: NodeState, at: number): number {
  const elapsedMs = (node.endedAt ?? at) - (node.startedAt ?? at);
  if (node.plan.kind === "wait" || node.plan.kind === "ask") return elapsedMs;
  const insideMs = Math.min(elapsedMs, node.outcome?.child?.activeMs ?? 0);
  return Math.max(elapsedMs - node.downMs, insideMs);
}
