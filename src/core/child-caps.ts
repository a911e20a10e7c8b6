import type { Limits, Workflow } from "../language/workflow.ts";
import { addressOfChild } from "./apply-child.ts";
import { cappedAround } from "./budget.ts";
import { nothingSpent, type Spent, type StoppedBy } from "./child-record.ts";
import type { NodeState } from "./node.ts";
import type { LimitHit } from "./outcome.ts";
import { type Forbidden, isAudit, usedBy } from "./policies/limits.ts";
import { nothingUsed, type Used } from "./spending.ts";
import type { RunState } from "./state.ts";
import { executedMs } from "./run-time.ts";

/**
 * The caps of the run that does a step: its own, and never more than it has used and what is left of those around the
 * step. What is held for others is not taken off: they may come in cheaper, and a `Purse` lets nothing begin that would
 * pass a cap together with them. Where caps are only told, its own.
 */
export function childCaps(
  state: RunState,
  node: NodeState,
  of: CappedRun | undefined = runOf(node),
): Partial<Limits> {
  if (!of) return {};
  const { workflow, counted = state.children.get(addressOfChild(node))?.counted ?? nothingSpent } = of;
  const day = dayCap(state, workflow);
  if (isAudit(state)) return day;
  const own = workflow.limits;
  const tokens = counted.inputTokens + counted.outputTokens;
  return {
    costUsd: Math.min(own.costUsd, counted.costUsd + counted.presumedUsd + leftOf(state, node, "costUsd")),
    tokens: Math.min(own.tokens, tokens + leftOf(state, node, "tokens")),
    agents: Math.min(own.agents, counted.agents + leftOf(state, node, "agents")),
    ...day,
  };
}

/** A run that does a step, or a batch of one. `counted`: what of its spending is in the ledger around it. */
interface CappedRun {
  readonly workflow: Workflow;
  readonly counted?: Spent;
}

function runOf({ plan }: NodeState): CappedRun | undefined {
  const { action } = plan.step;
  return action.kind === "workflow" ? action : undefined;
}

/** What runs share with those around them. */
export type Shared = "costUsd" | "tokens" | "agents";

/** The day is that of all runs: the lower cap holds. */
function dayCap({ limits }: RunState, { limits: own }: Workflow): Pick<Limits, "dayUsd"> {
  const caps = [limits.dayUsd, own.dayUsd].filter((cap) => cap !== undefined);
  return caps.length === 0 ? {} : { dayUsd: Math.min(...caps) };
}

/**
 * Its own time, and never more than it has used and what is left of that of the run around it as it is taken up; that
 * run's end is its end too.
 */
export function childTimeMs(
  state: RunState,
  { ownMs, usedMs }: { readonly ownMs: number; readonly usedMs: number },
): number {
  return Math.min(ownMs, usedMs + Math.max(0, state.limits.timeMs - executedMs(state, state.at)));
}

/** True for a cap that its file does not say: it is one of those around a run inside another, or what they left for it. */
export function isLeftOver(
  { parent, workflow }: Pick<RunState, "parent" | "workflow">,
  { limit, cap, outer }: Pick<LimitHit, "limit" | "cap" | "outer">,
): boolean {
  if (outer) return true;
  if (parent === undefined || limit === "dayUsd") return false;
  const own: Partial<Limits> = workflow.ownLimits ?? {};
  return cap < (own[limit] ?? Number.POSITIVE_INFINITY);
}

/**
 * Whose cap stopped the run that does a step, when it was neither one of its own nor one of the run around it: the tightest
 * of those around the step. `spent`: what that run has used by now.
 */
export function capAround(
  state: RunState,
  node: NodeState,
  { limit, predicted, spent }: StoppedBy & { readonly spent: Spent },
): Forbidden | undefined {
  if (limit !== "costUsd" && limit !== "tokens" && limit !== "agents") return undefined;
  const { counted } = state.children.get(addressOfChild(node)) ?? { counted: nothingSpent };
  const more = spentOn(spent, limit) - spentOn(counted, limit);
  const hits = cappedAround(node).flatMap(({ address: of, limits }): readonly Forbidden[] => {
    const cap = limits[limit];
    if (cap === undefined) return [];
    const used = amountOf(state.budget.used.get(of) ?? nothingUsed(), limit) + more;
    return [{ limit, used, cap, of, ...(predicted === undefined ? {} : { predicted }) }];
  });
  return hits.toSorted((a, b) => a.cap - a.used - (b.cap - b.used))[0];
}

/** How much of it a run has used. */
export function spentOn(spent: Spent, what: Shared): number {
  const tokens = spent.inputTokens + spent.outputTokens;
  return amountOf({ ...spent, tokens, timeMs: 0 }, what);
}

/** What the caps around a step leave for it. */
export function leftOf(state: RunState, node: NodeState, what: Shared): number {
  const { limits, budget } = state;
  const capped = cappedAround(node).map(
    ({ address, limits: own }) =>
      (own[what] ?? Number.POSITIVE_INFINITY) - amountOf(budget.used.get(address) ?? nothingUsed(), what),
  );
  return Math.max(0, Math.min(limits[what] - amountOf(usedBy(state), what), ...capped));
}

/** How much of it was used. */
export function amountOf(used: Used, what: Shared): number {
  return what === "costUsd" ? used.costUsd + used.presumedUsd : used[what];
}
