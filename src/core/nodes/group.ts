import { emit, type Draft } from "../draft.ts";
import { inputsOfCall } from "../call.ts";
import type { Failure } from "../outcome.ts";
import { isStoreFault } from "../policies/faults.ts";
import { isHolder, type NodeState, wayOf } from "../node.ts";
import { type RunState } from "../state.ts";
import { failedWays } from "../tried.ts";
import { endFailed, endStopped, endWaiting, endWell, stepCancelled } from "./end.ts";
import type { NodeKind } from "./node-kind.ts";
import { attempt, passesWhen } from "./when.ts";

/** A block of nodes: opens, and ends when all that may run in it has ended. */
export const group: NodeKind = {
  start(draft, node) {
    if (!passesWhen(draft, node)) return;
    const { address } = node;
    const { action } = node.plan.step;
    if (action.kind !== "chain" || !action.call) return emit(draft, { type: "block.opened", address });
    const { call } = action;
    const given = attempt(() => inputsOfCall(draft.state, node, call));
    if ("failure" in given) return endFailed(draft, node, given.failure);
    emit(draft, { type: "block.opened", address, inputs: given.value });
  },
  recover(draft, node) {
    // Its children recover by themselves, but for those that nothing more would come to.
    if (node.stopping) endWaiting(draft, node);
  },
  cancel() {
    // Ends by `goOn` when its children have.
  },
  goOn(draft, node) {
    const type = decisionOf(node);
    if (type) {
      emit(draft, { type, address: node.address });
      endWaiting(draft, node);
    }
    if (isOver(draft.state, node)) closeHolder(draft, node);
  },
};

/** So many steps of the block ended well, or so few can, that the others are given up; undefined: they matter. */
function decisionOf(node: NodeState): "join.reached" | "join.missed" | undefined {
  const wanted = wantedOf(node);
  if (wanted === undefined || node.joined || node.stopping || node.remaining === 0) return undefined;
  if (node.good >= wanted) return "join.reached";
  return node.good + node.remaining < wanted ? "join.missed" : undefined;
}

/** How many steps have to end well; undefined: all. */
export function wantedOf({ plan }: Pick<NodeState, "plan">): number | undefined {
  const { action } = plan.step;
  const join = action.kind === "chain" ? action.join : undefined;
  return join === "any" ? 1 : join?.quorum;
}

/** True when nothing in the open node can run any more. */
export function isOver(state: RunState, node: NodeState): boolean {
  if (node.phase !== "open" || node.inFlight > 0) return false;
  return !isUnfinished(node) || node.stopping || state.cancelling;
}

/** Ends a node that holds others, as they ended. */
export function closeHolder(draft: Draft, node: NodeState): void {
  const children = decisive(node);
  const short = tooFew(node);
  if (node.joined && !short) return endWell(draft, node, { end: endOfJoined(children) });
  if (draft.state.cancelling && isUnfinished(node)) return endWell(draft, node, { end: "cancelled" });
  const failure = node.stopping ? stoppedBy(node) : undefined;
  if (failure) return endFailed(draft, node, failure);
  if (isStoppedFromAround(node)) return endStopped(draft, node);
  if (short) return endFailed(draft, node, short);
  endWell(draft, node, { end: children.every(isProven) ? "verified" : "claimed" });
}

/** Nothing about it is left unchecked: a fallback that was not needed has no end. */
function isProven({ end }: NodeState): boolean {
  return end === undefined || end === "verified" || end === "skipped";
}

/** Those whose ends are that of the node: of a branch the way that was taken last. */
function decisive({ plan, children }: NodeState): readonly NodeState[] {
  return plan.kind === "branch" ? children.slice(-1) : children;
}

function stoppedBy(node: NodeState): Failure | undefined {
  const { joined, timeUp } = node;
  const children = decisive(node);
  const failures = children.filter((child) => child.end === "failed" && child.tolerated === undefined);
  // Nothing around it may tolerate that either.
  const failed = failures.find((child) => isStoreFault(child.failure)) ?? failures[0];
  // what was given up was cancelled by the block itself
  const isGivenUp = joined || !children.some((child) => child.end === "cancelled");
  const left = leftFailure(node, failed);
  // nothing of it may have been under way when its time was over
  if (!failed && isGivenUp) return wayOf(node) === null ? left : timeUp && stepCancelled;
  if (!failed) return { code: "CANCELLED", message: "A step was cancelled", class: "cancelled" };
  return left ?? failureOf(failed);
}

/** Why a branch fails whose ways have failed one after another; undefined where none was to follow another. */
function leftFailure(node: NodeState, failed: NodeState | undefined): Failure | undefined {
  const tried = failedWays(node);
  const last = tried.at(-1);
  if (!last) return undefined;
  const why = tried.map(({ error }) => error.message).join("; ");
  const message = tried.length === 1 ? why : `No other way is left: ${why}`;
  return { code: last.error.code, message, class: "permanent", ...capPart(failed) };
}

function capPart(failed: NodeState | undefined): Pick<Failure, "capOf"> {
  const capOf = failed?.failure?.capOf;
  return capOf === undefined ? {} : { capOf };
}

/** A failure as the block around it has it: what failed deepest inside is named once, by its whole address. */
function failureOf(failed: NodeState): Failure {
  const inner = failed.stopping && isHolder(failed) ? stoppedBy(failed) : undefined;
  if (inner && inner.message === failed.failure?.message) return inner;
  const { code = "COMMAND_FAILED", message: why = "it did not say why" } = failed.failure ?? {};
  const message = `"${failed.address}" failed: ${why}`;
  return { code, message, class: "permanent", ...capPart(failed) };
}

/** It did not give up by itself what was not begun: a block around it has stopped. */
function isStoppedFromAround(node: NodeState): boolean {
  return isUnfinished(node) && !node.joined;
}

/** Something of it was not begun. */
function isUnfinished(node: NodeState): boolean {
  return node.remaining > 0 || (node.items !== undefined && node.children.length < node.items.length);
}

/** Those that won the race say how it ended. */
function endOfJoined(children: readonly NodeState[]): "verified" | "claimed" {
  return children.filter((child) => child.satisfied).every(isProven) ? "verified" : "claimed";
}

/** Undefined: as many ended well as have to. */
function tooFew(node: NodeState): Failure | undefined {
  const wanted = wantedOf(node);
  if (wanted === undefined || node.good >= wanted) return undefined;
  return {
    code: "JOIN_FAILED",
    message: `Cannot join: ${node.good} of the ${wanted} steps that have to end well did`,
    fix: "look at the steps that failed with tutti show",
    class: "permanent",
  };
}
