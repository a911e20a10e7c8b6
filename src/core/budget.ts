import type { StepLimits } from "../language/workflow.ts";
import { budgetShelf, gateNow, isAgent, judgeOf, offer } from "./bookkeeping.ts";
import { experienceKey, typicalOf, withCase } from "./experience.ts";
import type { NodeState } from "./node.ts";
import type { Outcome, Usage } from "./outcome.ts";
import { expectedOf, gatePlace } from "./plan-estimates.ts";
import { agentsOf } from "./policies/failover.ts";
import { judgeNow } from "./policies/quota.ts";
import { type Estimate, type Held, noEstimate, nothingUsed, type Used } from "./spending.ts";
import { type Ledger, nodeAt, type RunState } from "./state.ts";
import { isUnknown, unknownUsage } from "./usage.ts";

/** The caps that hold for a node besides those of the run, innermost first. */
export function cappedAround(node: NodeState): readonly Capped[] {
  const found: Capped[] = [];
  for (let at: NodeState | undefined = node; at; at = at.parent) {
    const { limits } = at.plan.step;
    if (limits) found.push({ address: at.address, limits });
  }
  return found;
}

export interface Capped {
  readonly address: string;
  readonly limits: StepLimits;
}

/**
 * What is predicted of what a node does next, its work or the judge of one of its gates: from other runs, else from what
 * this one has seen, else what the file expects of the work.
 */
export function estimateOf(state: RunState, node: NodeState): Estimate {
  const gate = judgeOf(node) && gateNow(node);
  const { plan } = node;
  const told = gate ? (plan.judging?.[gatePlace(gate)] ?? noEstimate) : plan.estimate;
  // the author guesses of the step's own work
  const guessed = gate ? noEstimate : expectedOf(plan.step);
  return { ...guessed, ...seenOf(state, node), ...told };
}

/** What was held for a node whose attempt is under way, else what is predicted of its next. */
export function heldFor(state: RunState, node: NodeState): Estimate {
  return state.budget.underWay.get(node.address)?.estimate ?? estimateOf(state, node);
}

function seenOf(state: RunState, node: NodeState): Estimate {
  if (state.budget.seen.size === 0) return noEstimate;
  const key = keyNow(state, node);
  const found = key === undefined ? undefined : state.budget.seen.get(key);
  return found ? typicalOf(found) : noEstimate;
}

/** Who is asked for the node, now or next, and for what. */
function keyNow(state: RunState, node: NodeState): string | undefined {
  const { step } = node.plan;
  const judge = judgeOf(node);
  const place = gateNow(node);
  if (judge && place) {
    const check = node.gate?.check;
    const agent =
      check?.kind === "judge" ? check.agent : judgeNow(state, node, { gate: judge, at: state.at }).agent;
    return experienceKey(step, { gate: gatePlace(place), agent });
  }
  const { action } = step;
  if (action.kind !== "command" && action.kind !== "agent") return undefined;
  return experienceKey(step, { agent: node.agent ?? agentsOf(state, action)[0] });
}

/** An agent has done what it was asked for, or failed: what that took is known from now on. */
export function see(state: RunState, node: NodeState, { ok, usage, cached, asked }: Outcome): void {
  // what was stopped tells nothing of what the whole takes
  if (!usage || usage.atLeast || cached === true || asked === false) return;
  const key = keyNow(state, node);
  if (key === undefined) return;
  const { seen, underWay } = state.budget;
  const cases = withCase(seen.get(key), { ok, usage });
  seen.set(key, cases);
  // what nobody could predict of others that do the same is known now, too
  for (const [address, held] of underWay) {
    const other = held.estimate.costUsd === undefined ? nodeAt(state, address) : undefined;
    if (other && keyNow(state, other) === key)
      underWay.set(address, { ...held, estimate: { ...typicalOf(cases), ...held.estimate } });
  }
}

/** An attempt of an agent begins: what it will probably use is held for it. */
export function hold(state: RunState, node: NodeState): void {
  const scopes = scopesOf(node);
  count(state, scopes, 1);
  const own = estimateOf(state, node);
  const wanted = judgeOf(node) ? mostJudgeAsks - 1 : summariesOf(node);
  const estimate = wanted > 0 ? { ...own, furtherAsks: furtherAsks(state, node, wanted) } : own;
  state.budget.underWay.set(node.address, { estimate, scopes });
}

/** How often an agent that judges may be asked. */
export const mostJudgeAsks = 3;

/** How often an agent is to be asked for summaries before it is asked for the step. */
function summariesOf({ request }: NodeState): number {
  return (request && "summaries" in request ? request.summaries?.length : undefined) ?? 0;
}

/** How often more than once agents may be asked for it: no cap on agents is passed, whatever those under way do. */
function furtherAsks({ budget, ledger, limits }: RunState, node: NodeState, wanted: number): number {
  const held = [...budget.underWay.values()];
  const inner = cappedAround(node).map(({ address, limits: caps }) => {
    const used = budget.used.get(address) ?? nothingUsed();
    return leftAsks(caps, {
      used,
      others: estimatesOf(held.filter(({ scopes }) => scopes.includes(address))),
    });
  });
  const left = Math.min(leftAsks(limits, { used: ledger, others: estimatesOf(held) }), ...inner);
  return Math.max(0, Math.min(wanted, left));
}

function estimatesOf(held: readonly Held[]): readonly Estimate[] {
  return held.map(({ estimate }) => estimate);
}

/** How often agents may still be asked in one place, after what is held for others. */
export function leftAsks(
  { agents }: StepLimits,
  { used, others }: { readonly used: Pick<Used, "agents">; readonly others: readonly Estimate[] },
): number {
  if (agents === undefined) return Number.POSITIVE_INFINITY;
  return agents - used.agents - heldAsks(others);
}

/** How often these may be asked again. */
export function heldAsks(others: readonly Estimate[]): number {
  return others.reduce((sum, held) => sum + (held.furtherAsks ?? 0), 0);
}

/** An attempt came back: what was held for it gives way to what it did use. */
export function charge(state: RunState, node: NodeState, outcome: Outcome): void {
  // most steps ask no agent
  if (!outcome.usage && !isAgent(node)) return;
  const held = letGo(state, node);
  if (isAgent(node)) count(state, held.scopes, asksOf(outcome) - 1);
  const { usage } = outcome;
  if (!usage) return;
  addUsage(state.ledger, usage);
  const costUsd = usage.costUsd ?? 0;
  node.costUsd += costUsd;
  if (isUnknown(usage)) node.costUnknown = true;
  const presumedUsd = isUnknown(usage) ? Math.max(0, (held.estimate.costUsd ?? 0) - costUsd) : 0;
  state.ledger.presumedUsd += presumedUsd;
  for (const used of usedIn(state, held.scopes)) {
    used.costUsd += costUsd;
    used.presumedUsd += presumedUsd;
    used.tokens += usage.inputTokens + usage.outputTokens;
  }
}

/** How often the agent was asked; once was counted when it began. */
function asksOf({ cached, asked, usage }: Outcome): number {
  return cached === true || asked === false ? 0 : (usage?.asks ?? 1);
}

/** An agent that was asked and then stopped: what nobody told of it is unknown, and never nothing. */
export function ofStopped(state: RunState, node: NodeState, outcome: Outcome): Outcome {
  const { failure, usage, asked, cached } = outcome;
  if (failure?.class !== "cancelled" || usage || asked === false || cached) return outcome;
  return state.budget.underWay.has(node.address) ? { ...outcome, usage: unknownUsage } : outcome;
}

function addUsage(ledger: Ledger, usage: Usage): void {
  const { costUsd, inputTokens, cachedTokens = 0, outputTokens } = usage;
  ledger.inputTokens += inputTokens;
  ledger.cachedTokens += cachedTokens;
  ledger.outputTokens += outputTokens;
  ledger.costUsd += costUsd ?? 0;
  if (isUnknown(usage)) ledger.unknownCosts += 1;
}

/** What an agent used until its process died is not known: what was held for it stands for that. */
export function presume(state: RunState, node: NodeState, again: boolean): void {
  const { estimate, scopes } = letGo(state, node);
  state.ledger.unknownCosts += 1;
  node.costUnknown = true;
  const presumedUsd = estimate.costUsd ?? 0;
  state.ledger.presumedUsd += presumedUsd;
  for (const used of usedIn(state, scopes)) used.presumedUsd += presumedUsd;
  if (again) hold(state, node);
}

function letGo(state: RunState, node: NodeState): Held {
  const { budget } = state;
  const held = budget.underWay.get(node.address) ?? { estimate: {}, scopes: scopesOf(node) };
  // whoever waits for what was held may have it now
  if (budget.underWay.delete(node.address)) offer(state, [budgetShelf]);
  return held;
}

function scopesOf(node: NodeState): readonly string[] {
  return cappedAround(node).map(({ address }) => address);
}

function count(state: RunState, scopes: readonly string[], by: number): void {
  state.ledger.agents += by;
  for (const used of usedIn(state, scopes)) used.agents += by;
}

/** The sums of the capped nodes at these addresses. */
export function usedIn({ budget }: RunState, scopes: readonly string[]): readonly Used[] {
  return scopes.map((address) => {
    const used = budget.used.get(address) ?? nothingUsed();
    budget.used.set(address, used);
    return used;
  });
}
