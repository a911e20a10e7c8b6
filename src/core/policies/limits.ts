import type { Limits, StepLimits } from "../../language/workflow.ts";
import { isAgent } from "../bookkeeping.ts";
import { cappedAround, estimateOf, heldAsks, heldFor } from "../budget.ts";
import type { SpendingPolicy } from "../effects.ts";
import type { NodeState } from "../node.ts";
import type { LimitHit } from "../outcome.ts";
import { type Estimate, type Held, nothingUsed, type Used } from "../spending.ts";
import type { RunState } from "../state.ts";

/** A cap that forbids something, and whose it is. */
export interface Forbidden extends LimitHit {
  /** The node whose cap it is; absent: the run's. */
  readonly of?: string;
}

/**
 * Whether an attempt of an agent may begin. `wait`: those under way may use what is left; when they come in cheaper, it
 * may. `stop`: it would pass these caps, whatever becomes of others.
 */
export type Admission =
  | { readonly verdict: "go" | "wait" }
  | { readonly verdict: "stop"; readonly hits: readonly [Forbidden, ...Forbidden[]] };

/**
 * May one more attempt of an agent begin? It may not while what was used, what is held for those under way and what it
 * will probably use itself would pass a cap: its own, that of a block around it, or the run's. What nobody can predict
 * counts with what an attempt of this run used on average, and only while others are under way. Unknown prices count
 * with what was predicted for them; tokens and attempts bound them where nothing was. An attempt that is to begin
 * `again` after its process died may have used what is held for it.
 */
export function admission(
  state: RunState,
  node: NodeState,
  { again = false }: { readonly again?: boolean } = {},
): Admission {
  const hits: Forbidden[] = [];
  let waits = false;
  for (const place of placesAround(state, node)) {
    const judged = judge(state, place, { node, again });
    if (judged === "wait") waits = true;
    else if (judged) hits.push(judged);
  }
  const [hit, ...others] = hits;
  if (hit) return { verdict: "stop", hits: [hit, ...others] };
  return { verdict: waits && !again ? "wait" : "go" };
}

/** True for an agent that others under way may leave too little for. */
export function mustWait(state: RunState, node: NodeState): boolean {
  if (!isAgent(node) || state.budget.underWay.size === 0 || isAudit(state)) return false;
  return admission(state, node).verdict === "wait";
}

/** Where caps hold: a node with caps of its own, or the run. */
interface Place {
  readonly of?: string;
  readonly limits: StepLimits;
  readonly used: Used;
  /** Those under way in it, by address. */
  readonly held: readonly (readonly [string, Held])[];
}

function placesAround(state: RunState, node: NodeState): readonly Place[] {
  const { underWay, used } = state.budget;
  const held = [...underWay];
  const inner = cappedAround(node).map(({ address, limits }) => ({
    of: address,
    limits,
    used: used.get(address) ?? nothingUsed(),
    held: held.filter(([, { scopes }]) => scopes.includes(address)),
  }));
  return [...inner, { limits: state.limits, used: usedBy(state), held }];
}

/** What the run has used. */
export function usedBy({ ledger }: RunState): Used {
  const { costUsd, presumedUsd, agents, activeMs: timeMs } = ledger;
  return { costUsd, presumedUsd, tokens: tokensOf(ledger), agents, timeMs };
}

interface Asking {
  readonly node: NodeState;
  readonly again: boolean;
}

function judge(state: RunState, place: Place, { node, again }: Asking): Forbidden | "wait" | undefined {
  const own = place.held.find(([address]) => address === node.address)?.[1].estimate;
  const others = place.held.flatMap(([address, { estimate }]) =>
    address === node.address ? [] : [estimate],
  );
  const { limits, used, of } = place;
  const presumedUsd = used.presumedUsd + (again ? (own?.costUsd ?? 0) : 0);
  const judged = judgeNext(limits, {
    used: { ...used, presumedUsd },
    others,
    estimate: estimateOf(state, node),
    mean: meanOf(usedBy(state), state.budget.underWay.size),
  });
  return typeof judged === "object" ? { ...judged, ...(of === undefined ? {} : { of }) } : judged;
}

type Mean = Required<Pick<Estimate, "costUsd" | "tokens">>;

/** What an attempt that is to begin meets in one place. */
export interface Meeting {
  readonly used: Used;
  /** What is held for others under way there. */
  readonly others: readonly Estimate[];
  /** What it will probably use itself. */
  readonly estimate: Estimate;
  /** What counts where nobody knows. */
  readonly mean: Mean;
}

/** May one more attempt begin under these caps? Undefined: it may. */
export function judgeNext(limits: StepLimits, meeting: Meeting): LimitHit | "wait" | undefined {
  const { used, others, estimate, mean } = meeting;
  const heldOf = (what: "costUsd" | "tokens"): number =>
    others.reduce((sum, held) => sum + (held[what] ?? mean[what]), 0);
  const amounts: readonly Amount[] = [
    // the first time that an agent is asked is counted as it begins
    {
      limit: "agents",
      used: used.agents,
      cap: limits.agents,
      held: heldAsks(others),
      predicted: 1,
      guess: 1,
    },
    {
      limit: "costUsd",
      used: used.costUsd + used.presumedUsd,
      cap: limits.costUsd,
      held: heldOf("costUsd"),
      predicted: estimate.costUsd,
      guess: mean.costUsd,
    },
    {
      limit: "tokens",
      used: used.tokens,
      cap: limits.tokens,
      held: heldOf("tokens"),
      predicted: estimate.tokens,
      guess: mean.tokens,
    },
  ];
  const verdicts = amounts.map((amount) => judgeAmount(amount, others.length > 0));
  const hit = verdicts.find((verdict) => typeof verdict === "object");
  return hit ?? (verdicts.includes("wait") ? "wait" : undefined);
}

interface Amount {
  readonly limit: "agents" | "costUsd" | "tokens";
  readonly used: number;
  readonly cap: number | undefined;
  /** Held for others. */
  readonly held: number;
  /** What it will probably add; undefined: nobody knows. */
  readonly predicted: number | undefined;
  /** What it may add when nobody knows. */
  readonly guess: number;
}

/** Sums of prices are not exact in binary: a cap of ten times ten cents holds ten of them. */
export const exactness = 1e-9;

function judgeAmount(amount: Amount, othersUnderWay: boolean): LimitHit | "wait" | undefined {
  const { limit, used, cap, held, predicted, guess } = amount;
  if (cap === undefined) return undefined;
  if (used >= cap) return { limit, used, cap };
  if (othersUnderWay) {
    return used + held >= cap || used + held + (predicted ?? guess) > cap + exactness ? "wait" : undefined;
  }
  return predicted !== undefined && used + predicted > cap + exactness
    ? { limit, used, cap, predicted }
    : undefined;
}

/** What an attempt of a run used on average so far; so many are under way. */
export function meanOf({ costUsd, tokens, agents }: Used, underWay: number): Mean {
  const ended = Math.max(1, agents - underWay);
  return { costUsd: costUsd / ended, tokens: tokens / ended };
}

/**
 * What the node's agent may spend: what is left of the tightest money cap around it after what is held for others. Those
 * for whom nothing could be predicted share it. Nothing bounds it where caps are only told.
 */
export function remainingUsd(state: RunState, node: NodeState): number {
  if (isAudit(state)) return Number.POSITIVE_INFINITY;
  const left = placesAround(state, node).map(({ limits, used, held }) => {
    const others = held.filter(([address]) => address !== node.address).map(([, { estimate }]) => estimate);
    return leftUsd(limits, { used, others });
  });
  return Math.min(...left);
}

/** What one more attempt may spend in one place. */
export function leftUsd({ costUsd }: StepLimits, { used, others }: Pick<Meeting, "used" | "others">): number {
  if (costUsd === undefined) return Number.POSITIVE_INFINITY;
  const priced = others.flatMap((estimate) => estimate.costUsd ?? []);
  const taken = priced.reduce((sum, price) => sum + price, used.costUsd + used.presumedUsd);
  return Math.max(0, costUsd - taken) / (1 + others.length - priced.length);
}

/** What the ledger of the day has to know of an attempt. */
export function spendingPart(state: RunState, node: NodeState): { readonly spending?: SpendingPolicy } {
  const { costUsd: predictedUsd } = heldFor(state, node);
  const { dayUsd } = state.limits;
  if (predictedUsd === undefined && dayUsd === undefined) return {};
  const spending = {
    ...(predictedUsd === undefined ? {} : { predictedUsd }),
    ...(dayUsd === undefined ? {} : { dayUsd }),
    ...(isAudit(state) ? { audit: true as const } : {}),
  };
  return { spending };
}

/** True where caps are only told. */
export function isAudit({ overrides, workflow }: Pick<RunState, "overrides" | "workflow">): boolean {
  return (overrides.limitMode ?? workflow.limitRules?.mode) === "audit";
}

/** Names a cap that is told once. */
export function passedKey({ limit, cap, of = "" }: Omit<Forbidden, "used">): string {
  return `${of} ${limit} ${cap}`;
}

/** Caps around a node of which more was used than they allow. */
export function passedAround(state: RunState, node: NodeState): readonly Forbidden[] {
  return placesAround(state, node).flatMap(({ of, limits, used }) => {
    const amounts = [
      { limit: "costUsd", used: used.costUsd + used.presumedUsd, cap: limits.costUsd },
      { limit: "tokens", used: used.tokens, cap: limits.tokens },
    ] as const;
    return amounts.flatMap(({ cap, ...rest }) =>
      cap !== undefined && rest.used > cap + exactness
        ? [{ ...rest, cap, ...(of === undefined ? {} : { of }) }]
        : [],
    );
  });
}

function tokensOf({ inputTokens, outputTokens }: RunState["ledger"]): number {
  return inputTokens + outputTokens;
}

/** When the run's time is used up, if it goes on executing; ms since the epoch. Undefined once it is told and no more. */
export function deadline(state: RunState): number | undefined {
  if (state.activeSince === undefined) return undefined;
  if (isAudit(state) && state.budget.told.has(passedKey({ limit: "timeMs", cap: state.limits.timeMs })))
    return undefined;
  return state.activeSince + Math.max(0, state.limits.timeMs - state.ledger.activeMs);
}

const limitNames: Readonly<Record<keyof Limits, string>> = {
  costUsd: "cost",
  tokens: "tokens",
  agents: "agents",
  timeMs: "time",
  parallel: "parallel",
  outputBytes: "output",
  dayUsd: "day",
};

/** The name of a cap as a workflow and `--limit` write it. */
export function limitName(limit: keyof Limits): string {
  return limitNames[limit];
}

/** What a cap is on, in words. */
export function capName(limit: keyof Limits): string {
  return limit === "dayUsd" ? "the day" : limitNames[limit];
}

/**
 * A cap in words: `the cap on cost is used up ($10.02 of $10.00)`, or, of a call that was not made, `the cap on cost
 * would be passed ($9.50 of $10.00 are used, the next call will probably cost $0.80)`.
 */
export function limitText(hit: Forbidden): string {
  const { limit, used, cap, predicted, of } = hit;
  const whose = of === undefined ? "" : ` of "${of}"`;
  const name = `the cap on ${capName(limit)}${whose}`;
  const have = `${amount(limit, used)} of ${amount(limit, cap)}`;
  if (predicted === undefined) return `${name} is used up (${have})`;
  const next = limit === "tokens" ? "take" : "cost";
  return `${name} would be passed (${have} are used, the next call will probably ${next} ${amount(limit, predicted)})`;
}

/** An amount of what a cap bounds, in words. */
export function amount(limit: keyof Limits, value: number): string {
  if (limit === "costUsd" || limit === "dayUsd") return dollarText(value);
  return limit === "timeMs" ? timeText(value) : String(value);
}

/** Below a dollar a cap may lie between two cents. */
function dollarText(usd: number): string {
  return `$${usd < 1 ? usd.toFixed(4).replace(/0{1,2}$/, "") : usd.toFixed(2)}`;
}

/** As exact as caps are written. */
function timeText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000)} s`;
}
