import type { NodeState } from "./node.ts";
import { nothingUsed } from "./spending.ts";
import type { RunState } from "./state.ts";

/**
 * The clock of a run, and of those of its nodes whose time has a cap: it goes while the run executes, and stands while all of
 * it waits or is paused, or no process drives it. What a node used, from its beginning to its end, is kept by its address,
 * over every resume and restart.
 */

/** Time that the run has executed until `at`; ms. */
export function executedMs({ ledger, activeSince }: RunState, at: number): number {
  return ledger.activeMs + (activeSince === undefined ? 0 : Math.max(0, at - activeSince));
}

/** The node begins, and its clock with it when it has a cap. */
export function beginTime(state: RunState, node: NodeState): void {
  if (node.plan.step.limits?.timeMs === undefined) return;
  node.clockAt = executedMs(state, state.at);
  state.timed.add(node);
}

/** The node has ended, or its life has: what it used goes to its address. */
export function endTime(state: RunState, node: NodeState): void {
  if (!state.timed.delete(node)) return;
  const used = state.budget.used.get(node.address) ?? nothingUsed();
  used.timeMs = timeUsedMs(state, node, state.at);
  node.clockAt = undefined;
  state.budget.used.set(node.address, used);
}

/** What a node has used of its time until `at`, all its lives together; ms. */
export function timeUsedMs(state: RunState, { address, clockAt }: NodeState, at: number): number {
  const before = state.budget.used.get(address)?.timeMs ?? 0;
  return before + (clockAt === undefined ? 0 : executedMs(state, at) - clockAt);
}
