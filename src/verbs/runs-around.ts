import { amountOf, isLeftOver, leftOf, spentOn } from "../core/child-caps.ts";
import { cappedAround } from "../core/budget.ts";
import { addressOfChild } from "../core/apply-child.ts";
import { isDoneFor, nothingSpent, spentOf } from "../core/child-record.ts";
import type { RunOverrides } from "../core/events.ts";
import type { NodeState } from "../core/node.ts";
import type { LimitHit } from "../core/outcome.ts";
import { raisedInFile, raisedLimit } from "../core/policies/limit-advice.ts";
import { amount, isAudit, limitName, usedBy } from "../core/policies/limits.ts";
import { executedMs } from "../core/run-time.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { isTuttiError, TuttiError } from "../errors.ts";
import type { Limits } from "../language/workflow.ts";
import { stateAround } from "./inside-now.ts";
import type { RunLog } from "../ports/run-store.ts";
import type { Parts } from "./parts.ts";
import { type Around, Purse } from "./purse.ts";

/** A run around another as it stands, and the step of it that the other does. */
export interface StepAround {
  readonly state: RunState;
  readonly node: NodeState;
}

/** The runs around a run, innermost first; none when another does the step by now. */
export async function runsAround(parts: Parts, { runId, parent }: RunState): Promise<readonly StepAround[]> {
  const state = parent && (await stateAround(parts, parent.runId));
  const node = state && nodeAt(state, parent.address);
  const record = node && state.children.get(addressOfChild(node));
  if (!record || !isDoneFor(record.id, runId)) return [];
  return [{ state, node }, ...(await runsAround(parts, state))];
}

/**
 * Holds the outermost run around one that is driven by itself: what they have left is for nobody else meanwhile. Undefined:
 * none is around it. Throws RUN_OWNED while a process drives that one: it drives this one, too, when it comes to it.
 */
export async function holdOutermost(parts: Parts, state: RunState): Promise<RunLog | undefined> {
  const outermost = (await runsAround(parts, state)).at(-1)?.state.runId;
  if (outermost === undefined) return undefined;
  try {
    return await parts.store.open(outermost);
  } catch (error) {
    if (!isTuttiError(error, "RUN_OWNED")) throw error;
    throw new TuttiError(
      "RUN_OWNED",
      `Cannot resume run "${state.runId}" by itself: run ${outermost}, which it is inside of, is driven by another process`,
      {
        fix: `let that one come to its end (tutti watch ${outermost}), then: tutti resume ${outermost}`,
        cause: error,
      },
    );
  }
}

/** What the agents of a run ask before they begin that is driven without those around it. */
export function purseAround(run: RunState, around: readonly StepAround[]): Around | undefined {
  return around.reduceRight<Around | undefined>((outer, { state, node }, index) => {
    const inner = around[index - 1]?.state ?? run;
    return { purse: new Purse(state, outer), node, ...countedPart(inner, { state, node }) };
  }, undefined);
}

/** Of a run that does a batch, what it has used by now is told. */
function countedPart({ runId, ledger }: RunState, { state, node }: StepAround): Pick<Around, "counted"> {
  if (state.children.get(addressOfChild(node))?.id === runId) return {};
  const told = spentOf(ledger);
  return { counted: () => told };
}

/**
 * Throws LIMIT_REACHED for a cap that is above what the runs around leave: they bound a run whatever its own caps are. Where
 * they are only told, they bound nothing.
 */
export function requireRoom(
  state: RunState,
  { limits = {}, limitMode }: RunOverrides,
  around: readonly StepAround[],
): void {
  const bounding = around.filter((one) => !isAudit(one.state));
  const [first] = bounding;
  if (!first) return;
  if (limitMode === "audit") throw holdsAround(state, first.state);
  for (const limit of bounded) {
    const wanted = limits[limit];
    if (wanted === undefined) continue;
    const used = usedInside(state, first, limit);
    const short = tooLittle(bounding, { limit, more: wanted - used });
    if (short) throw noRoom(state, short, { limit, wanted, used });
  }
}

/**
 * What to type so that a run goes on that a cap stopped: at the run around it that leaves it too little, or that goes on with
 * it. Undefined: it is its own cap, and there is room for a higher one.
 */
export function adviceAround(
  state: RunState,
  hit: LimitHit,
  around: readonly StepAround[],
): string | undefined {
  const { limit, cap, predicted } = hit;
  const [first] = around;
  if (!first || limit === "dayUsd" || !isBounded(limit)) return undefined;
  const bounding = around.filter((one) => !isAudit(one.state));
  const short = tooLittle(bounding, { limit, more: predicted ?? cap / 2 });
  if (short) return raiseAt(short, { limit, more: predicted });
  return isLeftOver(state, hit) ? `tutti resume ${first.state.runId}` : undefined;
}

const bounded = ["costUsd", "tokens", "agents", "timeMs", "dayUsd"] as const;

type Bounded = (typeof bounded)[number];

function isBounded(limit: keyof Limits): limit is Bounded {
  return bounded.some((one) => one === limit);
}

/** What a run has used, as the run around it counts it; the cap of the day is the same for both. */
function usedInside({ ledger }: RunState, { state, node }: StepAround, limit: Bounded): number {
  if (limit === "dayUsd") return 0;
  if (limit === "timeMs") return ledger.activeMs;
  return spentOn(state.children.get(addressOfChild(node))?.counted ?? nothingSpent, limit);
}

function leftBy({ state, node }: StepAround, limit: Bounded): number {
  return limit === "timeMs" || limit === "dayUsd" ? leftOfRun(state, limit) : leftOf(state, node, limit);
}

function leftOfRun(state: RunState, limit: Bounded): number {
  return Math.max(0, (state.limits[limit] ?? Number.POSITIVE_INFINITY) - usedOfRun(state, limit));
}

function usedOfRun(state: RunState, limit: Bounded): number {
  if (limit === "dayUsd") return 0;
  return limit === "timeMs" ? executedMs(state, state.at) : amountOf(usedBy(state), limit);
}

interface Wanted {
  readonly limit: Bounded;
  /** How much more it is to use; undefined: nobody knows. */
  readonly more: number | undefined;
}

/** Sums of prices are not exact in binary. */
const exactness = 1e-6;

/** The outermost that leaves too little: those inside it are told what is left there. */
function tooLittle(
  around: readonly StepAround[],
  { limit, more }: { readonly limit: Bounded; readonly more: number },
): StepAround | undefined {
  return around.findLast((one) => leftBy(one, limit) + exactness < more);
}

/** What to do where the room is too little: in the file when it is a step's or block's, else at the run. */
function raiseAt({ state, node }: StepAround, { limit, more }: Wanted): string {
  const { runId, limits } = state;
  const cap = limits[limit] ?? 0;
  const left = leftOfRun(state, limit);
  const [inner] = left + exactness < (more ?? cap / 2) ? [] : cappedAround(node);
  if (inner) return `${raisedInFile({ limit, of: inner.address })}: tutti resume ${runId} --update`;
  const used = usedOfRun(state, limit);
  const predicted = more === undefined ? {} : { predicted: more };
  return `tutti resume ${runId} ${raisedLimit({ limit, used, cap, ...predicted })}`;
}

interface Given {
  readonly limit: Bounded;
  readonly wanted: number;
  readonly used: number;
}

function noRoom(
  { runId, limitHit }: RunState,
  short: StepAround,
  { limit, wanted, used }: Given,
): TuttiError {
  const room = used + leftBy(short, limit);
  const inside = short.state.runId;
  const message =
    `Cannot raise the cap on ${limit === "dayUsd" ? "the day" : limitName(limit)} of run "${runId}" to ${amount(limit, wanted)}: ` +
    `run ${inside}, which it is inside of, leaves it no more than ${amount(limit, room)}`;
  const more = (limitHit?.limit === limit ? limitHit.predicted : undefined) ?? wanted - used;
  return new TuttiError("LIMIT_REACHED", message, { fix: raiseAt(short, { limit, more }) });
}

function holdsAround({ runId }: RunState, { runId: outer }: RunState): TuttiError {
  return new TuttiError(
    "LIMIT_REACHED",
    `Cannot only tell the caps of run "${runId}": it does a step of run ${outer}, whose caps hold`,
    { fix: `resume that one so: tutti resume ${outer} --budget audit` },
  );
}
