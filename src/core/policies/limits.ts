import type { Limits } from "../../language/workflow.ts";
import type { RunState } from "../state.ts";

export interface LimitHit {
  readonly limit: keyof Limits;
  readonly used: number;
  readonly cap: number;
}

/**
 * The cap that forbids one more attempt of an agent, if any. Unknown prices cannot count against the money cap;
 * tokens and attempts bound them.
 */
export function agentLimit(state: RunState): LimitHit | undefined {
  const { ledger, limits } = state;
  const used: readonly LimitHit[] = [
    { limit: "agents", used: ledger.agents, cap: limits.agents },
    { limit: "costUsd", used: ledger.costUsd, cap: limits.costUsd },
    { limit: "tokens", used: ledger.inputTokens + ledger.outputTokens, cap: limits.tokens },
  ];
  return used.find((hit) => hit.used >= hit.cap);
}

/** When the run's time is used up, if it goes on executing; ms since the epoch. */
export function deadline(state: RunState): number | undefined {
  if (state.activeSince === undefined) return undefined;
  return state.activeSince + Math.max(0, state.limits.timeMs - state.ledger.activeMs);
}

const limitNames: Readonly<Record<keyof Limits, string>> = {
  costUsd: "cost",
  tokens: "tokens",
  agents: "agents",
  timeMs: "time",
  parallel: "parallel",
  outputBytes: "output",
};

/** The name of a cap as a workflow and `--limit` write it. */
export function limitName(limit: keyof Limits): string {
  return limitNames[limit];
}

/** A used-up cap in words: `the cap on cost is used up ($10.02 of $10.00)`. */
export function limitText({ limit, used, cap }: LimitHit): string {
  return `the cap on ${limitNames[limit]} is used up (${amount(limit, used)} of ${amount(limit, cap)})`;
}

function amount(limit: keyof Limits, value: number): string {
  if (limit === "costUsd") return `$${value.toFixed(2)}`;
  return limit === "timeMs" ? `${Math.round(value / 1000)} s` : String(value);
}
