import { isAgent } from "../bookkeeping.ts";
import { emit, type Draft } from "../draft.ts";
import type { NodeState } from "../node.ts";
import type { Failure, LimitHit, Outcome } from "../outcome.ts";
import { limitFailure } from "../policies/limit-advice.ts";
import { admission, type Forbidden, isAudit, passedAround, passedKey } from "../policies/limits.ts";

/**
 * The cap that an attempt which is to begin now would pass; that of the run before those of nodes. Undefined when there is
 * none, or when caps are only told: then it is told here, once.
 */
export function stopsAt(
  draft: Draft,
  node: NodeState,
  options: { readonly again?: boolean } = {},
): Forbidden | undefined {
  if (!isAgent(node)) return undefined;
  const judged = admission(draft.state, node, options);
  if (judged.verdict !== "stop") return undefined;
  const { hits } = judged;
  if (!isAudit(draft.state)) return hits.find(({ of }) => of === undefined) ?? hits[0];
  for (const hit of hits) tellPassed(draft, hit);
  return undefined;
}

/** Tells a cap that is only told, once. */
export function tellPassed(draft: Draft, hit: Forbidden): void {
  if (!draft.state.budget.told.has(passedKey(hit))) emit(draft, { type: "limit.passed", ...hit });
}

/** Where caps are only told, those are that an attempt has passed that ended now. */
export function tellPassedBy(draft: Draft, node: NodeState): void {
  if (!isAudit(draft.state)) return;
  for (const hit of passedAround(draft.state, node)) tellPassed(draft, hit);
}

/** A cap of the run stops it; one of a node stops only that. */
export function stopAt(draft: Draft, { of, ...hit }: Forbidden): void {
  if (of === undefined) emit(draft, { type: "limit.reached", ...hit });
}

/**
 * The cap of the day, over all runs of the project, is known outside: an outcome says that it was passed, or that it
 * forbade the attempt, which stops the run as a cap of its own does. True for the latter.
 */
export function atDayLimit(draft: Draft, hit: LimitHit, { asked }: Pick<Outcome, "asked">): boolean {
  if (asked !== false) {
    tellDay(draft, hit);
    return false;
  }
  if (!draft.state.limitHit) emit(draft, { type: "limit.reached", ...hit });
  return true;
}

/** Where it is enforced, the last call can still take more than it was to. */
function tellDay(draft: Draft, hit: LimitHit): void {
  if (hit.used <= hit.cap) return tellPassed(draft, hit);
  if (draft.state.budget.dayPassed?.cap !== hit.cap) emit(draft, { type: "limit.passed", ...hit });
}

/** Why a step ended for which a cap leaves no further attempt. */
export function overLimit({ outcome }: NodeState, hit: Forbidden): Failure {
  const before = outcome?.failure ? `; the attempt before failed: ${outcome.failure.message}` : "";
  return limitFailure(hit, { before });
}
