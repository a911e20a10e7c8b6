import { emit, type Draft } from "../draft.ts";
import type { Failure } from "../events.ts";
import { isStoreFault } from "../policies/faults.ts";
import { type NodeState, type RunState, childrenOf } from "../state.ts";
import { endFailed, endStopped, endWaiting, endWell, toleranceOf } from "./end.ts";
import type { NodeKind } from "./node-kind.ts";
import { passesWhen } from "./when.ts";

/** A block of nodes: opens, and ends when all that may run in it has ended. */
export const group: NodeKind = {
  start(draft, node) {
    if (passesWhen(draft, node)) emit(draft, { type: "block.opened", address: node.address });
  },
  recover(draft, node) {
    // Its children recover by themselves, but for those that nothing more would come to.
    if (node.stopping) endWaiting(draft, node);
  },
  cancel() {
    // Ends by `closeGroup` when its children have.
  },
};

/** True when nothing in the open group can run any more. */
export function isDone(state: RunState, node: NodeState): boolean {
  if (node.phase !== "open" || node.inFlight > 0) return false;
  return node.remaining === 0 || node.stopping || state.cancelling;
}

/** Ends a group that is done, as its children ended. */
export function closeGroup(draft: Draft, node: NodeState): void {
  const children = childrenOf(draft.state, node);
  if (draft.state.cancelling && node.remaining > 0) return endWell(draft, node, { end: "cancelled" });
  const failure = node.stopping ? stoppedBy(children) : undefined;
  if (failure) return endFailed(draft, node, failure);
  // It is a block around it that stopped.
  if (node.remaining > 0) return endStopped(draft, node);
  endWell(draft, node, { end: children.every(isProven) ? "verified" : "claimed" });
}

/** Nothing about it is left unchecked: a fallback that was not needed has no end. */
function isProven({ end }: NodeState): boolean {
  return end === undefined || end === "verified" || end === "skipped";
}

function stoppedBy(children: readonly NodeState[]): Failure | undefined {
  const failures = children.filter(
    (child) => child.end === "failed" && !child.satisfied && toleranceOf(child, child.failure) === undefined,
  );
  // Nothing around it may tolerate that either.
  const failed = failures.find((child) => isStoreFault(child.failure)) ?? failures[0];
  if (!failed && !children.some((child) => child.end === "cancelled")) return undefined;
  if (!failed) return { code: "CANCELLED", message: "A step was cancelled", class: "cancelled" };
  const code = failed.failure?.code ?? "COMMAND_FAILED";
  const why = failed.failure?.message ?? "it did not say why";
  return { code, message: `"${failed.plan.step.name}" failed: ${why}`, class: "permanent" };
}
