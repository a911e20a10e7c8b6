import type { NodeState } from "./node.ts";

/**
 * How long a node has worked, up to `at` when it has not ended; ms. Time in which no process drove the run is none of
 * it, but for what waits: time passes for it all the same. Retries and gates are part of it.
 */
export function durationOf(node: NodeState, at: number): number {
  const elapsedMs = (node.endedAt ?? at) - (node.startedAt ?? at);
  return node.plan.kind === "wait" || node.plan.kind === "ask" ? elapsedMs : elapsedMs - node.downMs;
}
