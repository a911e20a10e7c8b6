import type { Limits } from "../../language/workflow.ts";
import { isAgent } from "../bookkeeping.ts";
import type { RunState } from "../state.ts";

export interface LimitHit {
  readonly limit: keyof Limits;
  readonly used: number;
  readonly cap: number;
}

/**
 * The cap that forbids one more attempt of an agent, if any. Each agent under way counts with what an attempt of this
 * run cost on average so far. Unknown prices cannot count against the money cap; tokens and attempts bound them.
 */
export function agentLimit(state: RunState): LimitHit | undefined {
  const { ledger, limits } = state;
  const active = agentsActive(state);
  const share = 1 + active / Math.max(1, ledger.agents - active);
  const used: readonly LimitHit[] = [
    { limit: "agents", used: ledger.agents, cap: limits.agents },
    { limit: "costUsd", used: ledger.costUsd * share, cap: limits.costUsd },
    { limit: "tokens", used: tokensOf(state) * share, cap: limits.tokens },
  ];
  return used.find((hit) => hit.used >= hit.cap);
}

/** What one agent may spend: those under way share what is left of the money cap. */
export function remainingUsd(state: RunState): number {
  return Math.max(0, state.limits.costUsd - state.ledger.costUsd) / Math.max(1, agentsActive(state));
}

/** A cap that agents passed together while they were under way, if any. */
export function passedCap(state: RunState): LimitHit | undefined {
  const { ledger, limits } = state;
  const used: readonly LimitHit[] = [
    { limit: "costUsd", used: ledger.costUsd, cap: limits.costUsd },
    { limit: "tokens", used: tokensOf(state), cap: limits.tokens },
  ];
  return used.find((hit) => hit.used > hit.cap);
}

function tokensOf({ ledger }: RunState): number {
  return ledger.inputTokens + ledger.outputTokens;
}

/** Attempts of agents in flight: never many, the run's `parallel` bounds them. */
function agentsActive(state: RunState): number {
  let active = 0;
  for (const node of state.live) if (node.phase === "running" && isAgent(node)) active += 1;
  return active;
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

/** The same of a cap that was passed: `the cap on cost was passed ($5.40 of $1.00)`. */
export function passedText({ limit, used, cap }: LimitHit): string {
  return `the cap on ${limitNames[limit]} was passed (${amount(limit, used)} of ${amount(limit, cap)})`;
}

function amount(limit: keyof Limits, value: number): string {
  if (limit === "costUsd") return `$${value.toFixed(2)}`;
  return limit === "timeMs" ? `${Math.round(value / 1000)} s` : String(value);
}
