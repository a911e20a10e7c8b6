import type { LimitMode, StepLimits } from "../language/workflow.ts";
import { roundedUsd } from "./money.ts";
import { nothingUsed, type Used } from "./spending.ts";
import { timeUsedMs } from "./run-time.ts";
import { isAudit } from "./policies/limits.ts";
import type { RunState } from "./state.ts";

/** Where a run stands with its money. */
export interface BudgetView {
  readonly mode: LimitMode;
  /** Sum of the known prices. */
  readonly spentUsd: number;
  /** What was predicted for attempts whose price nobody told; and how many have an unknown price. */
  readonly presumedUsd: number;
  readonly unknownPrices: number;
  /** Held for agents under way, and for how many of them nobody could predict a price. */
  readonly heldUsd: number;
  readonly unpredicted: number;
  /** How many agents are under way. */
  readonly underWay: number;
  readonly capUsd: number;
  readonly leftUsd: number;
  /** Nodes with caps of their own in which something was used. */
  readonly nodes: readonly NodeBudget[];
}

export interface NodeBudget {
  readonly address: string;
  readonly limits: StepLimits;
  readonly used: Used;
}

export function budgetOf(state: RunState): BudgetView {
  const { ledger, limits, budget } = state;
  const estimates = [...budget.underWay.values()].map(({ estimate }) => estimate.costUsd);
  const heldUsd = estimates.reduce<number>((sum, price = 0) => sum + price, 0);
  const { costUsd: spentUsd, presumedUsd, unknownCosts: unknownPrices } = ledger;
  return {
    mode: isAudit(state) ? "audit" : "enforce",
    spentUsd: roundedUsd(spentUsd),
    presumedUsd: roundedUsd(presumedUsd),
    unknownPrices,
    heldUsd: roundedUsd(heldUsd),
    unpredicted: estimates.filter((price) => price === undefined).length,
    underWay: estimates.length,
    capUsd: limits.costUsd,
    leftUsd: roundedUsd(Math.max(0, limits.costUsd - spentUsd - presumedUsd - heldUsd)),
    nodes: nodesOf(state),
  };
}

function nodesOf(state: RunState): readonly NodeBudget[] {
  const { budget, byAddress, timed, at } = state;
  const addresses = new Set([...budget.used.keys(), ...[...timed].map(({ address }) => address)]);
  return [...addresses].flatMap((address) => {
    const node = byAddress.get(address);
    const limits = node?.plan.step.limits;
    if (!limits) return [];
    const used = budget.used.get(address) ?? nothingUsed();
    const { costUsd, presumedUsd } = used;
    const money = { costUsd: roundedUsd(costUsd), presumedUsd: roundedUsd(presumedUsd) };
    return [{ address, limits, used: { ...used, ...money, timeMs: timeUsedMs(state, node, at) } }];
  });
}
