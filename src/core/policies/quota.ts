import { isAgent, judgeOf } from "../bookkeeping.ts";
import type { NodeState } from "../node.ts";
import type { RunState, UsedUp } from "../state.ts";
import { judgesOf, wantedAgent } from "./failover.ts";

/** An agent, and the model that it is asked for. */
export interface Asked {
  readonly agent: string;
  readonly model?: string;
}

/**
 * The agent that a judge's gate asks now: of those that were not passed over the first whose quota is not used up, else
 * the first. A backup uses its own model.
 */
export function judgeNow(
  state: RunState,
  node: NodeState,
  { gate, at }: { readonly gate: { readonly agent?: string; readonly model?: string }; readonly at: number },
): Asked {
  const wanted = wantedAgent(state, gate);
  const names = judgesOf(state, gate);
  const left = names.slice(Math.max(0, names.indexOf(node.vain?.agent ?? wanted.agent)));
  const all = left.map((agent): Asked => (agent === wanted.agent ? wanted : { agent }));
  return all.find((one) => (state.quotas.get(named(one))?.until ?? 0) <= at) ?? all[0] ?? wanted;
}

/** What a step draws on when it asks its agent: the agent, with its model where one is named. Undefined: nothing. */
export function quotaOf(state: RunState, node: NodeState, at = state.at): string | undefined {
  if (node.gate?.check.kind === "judge") return named(node.gate.check);
  const judge = judgeOf(node);
  if (judge) return named(judgeNow(state, node, { gate: judge, at }));
  // a gate of another kind is next
  if (!isAgent(node)) return undefined;
  const { action } = node.plan.step;
  if (node.agent !== undefined) return node.agent;
  if (action.kind === "land") return named(wantedAgent(state, {}));
  return action.kind === "command" || action.kind === "agent" ? named(wantedAgent(state, action)) : undefined;
}

function named({ agent, model }: Asked): string {
  return model === undefined ? agent : `${agent} (${model})`;
}

/** The quota that keeps a step from being begun now, if it is used up. */
export function usedUpFor(state: RunState, node: NodeState, at: number): UsedUp | undefined {
  const name = state.quotas.size === 0 ? undefined : quotaOf(state, node, at);
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
