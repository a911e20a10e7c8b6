import type { NodeState } from "./node.ts";
import type { LimitHit } from "./outcome.ts";
import { isAudit, passedKey } from "./policies/limits.ts";
import { timeUsedMs } from "./run-time.ts";
import type { RunState } from "./state.ts";

/** Caps on the time of steps and blocks; `run-time.ts` is their clock. */

/** What the name of the timer of such a cap begins with. */
export const capTimer = "limit:";

/** True for timers that bound work: nothing is worked on while a run waits. */
export function boundsWork(timer: string): boolean {
  return timer === "deadline" || timer.startsWith(capTimer);
}

/** The cap of the node's own time, when it is used up and nothing has followed from that yet. */
export function timeHit(
  state: RunState,
  node: NodeState,
  at: number,
): (LimitHit & { readonly of: string }) | undefined {
  const cap = capOf(state, node);
  const used = cap === undefined ? 0 : timeUsedMs(state, node, at);
  return cap === undefined || used < cap ? undefined : { limit: "timeMs", used, cap, of: node.address };
}

/** When the time of a node that has begun is used up, if the run goes on executing; ms since the epoch. */
export function timeIsUpAt(state: RunState, node: NodeState): number | undefined {
  const cap = capOf(state, node);
  if (cap === undefined || state.activeSince === undefined) return undefined;
  return state.activeSince + Math.max(0, cap - timeUsedMs(state, node, state.activeSince));
}

/** Undefined once it was reached, or told where it is only told; what is cancelled, or has what it needs, ends by itself. */
function capOf(state: RunState, { plan, address, timeUp, joined }: NodeState): number | undefined {
  const cap = plan.step.limits?.timeMs;
  if (cap === undefined || timeUp || joined || state.cancelling) return undefined;
  const told = isAudit(state) && state.budget.told.has(passedKey({ limit: "timeMs", cap, of: address }));
  return told ? undefined : cap;
}
