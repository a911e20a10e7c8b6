import { type Draft, emit } from "./draft.ts";
import { tellPassed } from "./nodes/at-limit.ts";
import { endFailed, stepCancelled } from "./nodes/end.ts";
import { kindOf } from "./nodes/kind.ts";
import { isAudit } from "./policies/limits.ts";
import { liesIn, type NodeState } from "./node.ts";
import { usableResult } from "./state.ts";
import { timeHit } from "./time-cap.ts";

/** The time of a node may be used up now. */
export function takeCapTimer(draft: Draft, node: NodeState | undefined): void {
  if (node && draft.state.timed.has(node)) letTimeBeUp(draft, node);
}

/**
 * True when a step that is to begin may not, because its own time or that of a block around it was used up before. What
 * has a result of an earlier life is looked at first: it needs no time.
 */
export function isOutOfTime(draft: Draft, node: NodeState): boolean {
  const { state } = draft;
  if (node.plan.kind !== "step" || usableResult(state, node.address)) return false;
  for (let at: NodeState | undefined = node; at; at = at.parent) if (letTimeBeUp(draft, at)) return true;
  return false;
}

/** True when it is over, and what follows from that has been emitted. */
function letTimeBeUp(draft: Draft, node: NodeState): boolean {
  const { state } = draft;
  const hit = timeHit(state, node, draft.at);
  if (!hit) return false;
  if (isAudit(state)) {
    tellPassed(draft, hit);
    return false;
  }
  emit(draft, { type: "time.up", address: node.address, usedMs: hit.used, capMs: hit.cap });
  for (const one of state.live) if (liesIn(one, node)) kindOf(one).cancel(draft, one);
  // its time was used up in an earlier life
  if (!state.live.has(node) && node.phase !== "ended") endFailed(draft, node, stepCancelled);
  return true;
}
