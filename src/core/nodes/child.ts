import { addressOfChild } from "../apply-child.ts";
import { type ChildEnd, isDoneFor } from "../child-record.ts";
import { drop, emit, type Draft } from "../draft.ts";
import { isGivenUp, type NodeState } from "../node.ts";
import type { Outcome } from "../outcome.ts";
import { nodeAt, type RunState } from "../state.ts";
import { sameJson } from "../../expression/json.ts";

/** True for a step that a run of its own does, which waits. */
export function childWaits(node: NodeState): boolean {
  return node.phase === "waiting" && node.child?.status !== undefined;
}

/** The run that does the step is looked at again. */
export function attachChild(draft: Draft, { address, attempt }: NodeState): void {
  emit(draft, { type: "child.attached", address, attempt });
}

/** The run that does the step waits and is not needed any more: it is ended first. */
export function cancelChild(draft: Draft, { address, attempt }: NodeState): void {
  emit(draft, { type: "child.attached", address, attempt, cancel: true });
}

/** What the run that does the step has used goes into the ledger. */
export function takeSpent(
  draft: Draft,
  node: NodeState,
  { id, spent }: Pick<ChildEnd, "id" | "spent">,
): void {
  const record = draft.state.children.get(addressOfChild(node));
  if (record?.id !== id || sameJson({ ...record.counted }, { ...spent })) return;
  emit(draft, { type: "child.spent", address: node.address, child: id, spent });
}

/** The run that does the step waits, or has to go on; true when that was all there is to its outcome. */
export function parkWithChild(draft: Draft, node: NodeState, child: ChildEnd): boolean {
  const { id, reason, dueAt } = child;
  const goesOn = hasMissed(draft.state, node, child);
  const status = goesOn ? "waiting" : child.status;
  if (status !== "waiting" && status !== "paused") return false;
  emit(draft, {
    type: "child.waits",
    address: node.address,
    attempt: node.attempt,
    child: id,
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(dueAt === undefined ? {} : { dueAt }),
  });
  if (isUnwanted(draft.state, node)) cancelChild(draft, node);
  else if (goesOn) attachChild(draft, node);
  return true;
}

/** A pipeline came to its end before letters reached it that were said to go back. */
function hasMissed(state: RunState, node: NodeState, { id, status, replayed }: ChildEnd): boolean {
  if (status !== "completed" || replayed === undefined || isUnwanted(state, node)) return false;
  const record = state.children.get(node.address);
  return record?.id === id && (record.replay?.length ?? 0) > replayed;
}

/**
 * A cap of this run, or one around it, stopped the run that does the step: it goes on from there when this run does, and what
 * else is under way comes to its end. False: it was no such cap, or nobody needs that run.
 */
export function parkAtLimit(draft: Draft, node: NodeState, { limit, child }: Outcome): boolean {
  const { state } = draft;
  if (!limit || !child || node.undoes || isUnwanted(state, node) || node.parent?.stopping) return false;
  if (!state.limitHit) emit(draft, { type: "limit.reached", ...limit });
  const { address, attempt } = node;
  const { id, reason } = child;
  const why = reason === undefined ? {} : { reason };
  emit(draft, { type: "child.waits", address, attempt, child: id, status: "failed", ...why });
  return true;
}

/** True when the run that does a step is to be ended. */
export function isUnwanted(state: RunState, node: NodeState): boolean {
  const over = state.cancelling || state.limitHit?.limit === "timeMs";
  return (
    over ||
    node.child?.cancel === true ||
    isGivenUp(node) ||
    (node.parent?.stopping === true && childWaits(node))
  );
}

/** A child run went on without this one. */
export function takeChild(draft: Draft, child: string): void {
  const found = [...draft.state.live].filter(
    (node) => childWaits(node) && isDoneFor(node.child?.id ?? "", child),
  );
  if (found.length === 0) return drop(draft, `child ${child}`, "no step waits for this run");
  for (const node of found) attachChild(draft, node);
}

/** Letters go back to where they died, as long as the pipeline has not ended. */
export function takeReplay(
  draft: Draft,
  { address, letters }: { readonly address: string; readonly letters: readonly number[] },
): void {
  const node = nodeAt(draft.state, address);
  if (!node || node.phase === "ended" || !draft.state.children.has(address))
    return drop(draft, `replay ${address}`, "no pipeline there is under way");
  emit(draft, { type: "letters.replayed", address, letters });
  if (childWaits(node)) attachChild(draft, node);
}

/** The run goes on after a pause, and with it those that were paused with it. */
export function resumePaused(draft: Draft): void {
  for (const node of draft.state.live)
    if (childWaits(node) && node.child?.status === "paused") attachChild(draft, node);
}
