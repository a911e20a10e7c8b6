import { isAgent, judgeOf } from "../bookkeeping.ts";
import type { NodeState } from "../node.ts";
import type { RunState, UsedUp } from "../state.ts";
import { wantedAgent } from "./failover.ts";

/** What a step draws on when it asks its agent: the agent, with its model where one is named. Undefined: nothing. */
export function quotaOf(state: RunState, node: NodeState): string | undefined {
  const judge = judgeOf(node);
  if (judge) return named(wantedAgent(state, judge));
  // a gate of another kind is next
  if (!isAgent(node)) return undefined;
  const { action } = node.plan.step;
  if (action.kind !== "command" && action.kind !== "agent") return undefined;
  if (node.agent !== undefined) return node.agent;
  return named(wantedAgent(state, action));
}

function named({ agent, model }: ReturnType<typeof wantedAgent>): string {
  return model === undefined ? agent : `${agent} (${model})`;
}

/** The quota that keeps a step from being begun now, if it is used up. */
export function usedUpFor(state: RunState, node: NodeState, at: number): UsedUp | undefined {
  const name = state.quotas.size === 0 ? undefined : quotaOf(state, node);
  const found = name === undefined ? undefined : state.quotas.get(name);
  return found && found.until > at ? found : undefined;
}

/** A provider refused a step until then. The quota of a service that is no agent is a matter of this step alone. */
export function useUp(state: RunState, node: NodeState, until: number): void {
  const name = quotaOf(state, node);
  if (name === undefined) {
    state.parkedUntil = Math.max(state.parkedUntil, until);
    return;
  }
  const known = state.quotas.get(name);
  if (known) known.until = Math.max(known.until, until);
  else state.quotas.set(name, { until, waiting: [] });
}
