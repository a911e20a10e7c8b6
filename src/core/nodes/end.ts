import { emit, type Draft } from "../draft.ts";
import { cancelChild, childWaits } from "./child.ts";
import { tellBoard } from "./posting.ts";
import type { Failure } from "../outcome.ts";
import type { NodeEnd } from "../node-result.ts";
import { isStoreFault } from "../policies/faults.ts";
import { limitText } from "../policies/limits.ts";
import { raisedInFile } from "../policies/limit-advice.ts";
import { recoveryOf } from "../policies/stages.ts";
import { classified } from "../policies/taxonomy.ts";
import { isGivenUp, isRacing, type NodeState } from "../node.ts";
import { nextLanding } from "../trees.ts";
import { type RunState } from "../state.ts";
import { strategyOf } from "../strategy.ts";

/** Why a step ended that the run's cancel kept from going on. */
export const stepCancelled: Failure = {
  code: "CANCELLED",
  message: "The step was cancelled",
  class: "cancelled",
};

/** Ends a node that did what it should. */
export function endWell(
  draft: Draft,
  node: NodeState,
  how: { readonly end: NodeEnd; readonly reason?: string },
): void {
  if (how.end === "verified" || how.end === "claimed") tellBoard(draft, node);
  emit(draft, { type: "node.ended", address: node.address, ...how });
}

/**
 * Ends a node that failed, in the way its error strategy (or its block's) says. When that stops the block, nodes in
 * it that only wait (for a time, a signal, a place) are over as well; what runs comes to its end.
 */
export function endFailed(draft: Draft, node: NodeState, failure: Failure): void {
  const { parent } = node;
  const stopped = parent?.stopping === true;
  emitFailure(draft, node, outOfTime(draft.state, node, failure) ?? failure);
  if (!parent?.stopping || stopped) return;
  endWaiting(draft, parent);
}

/** Ends what only waits in a block that has stopped, and the blocks inside it in which nothing runs. */
export function endWaiting(draft: Draft, group: NodeState): void {
  for (const child of group.children) {
    if (child.phase === "open") endWaiting(draft, child);
    const idle = child.phase === "open" ? child.inFlight === 0 : isIdle(draft.state, child);
    if (idle && childWaits(child)) cancelChild(draft, child);
    else if (idle) endStopped(draft, child);
  }
}

/** Ends a node that had begun and cannot go on, because its block has stopped. */
export function endStopped(draft: Draft, node: NodeState): void {
  const message = "It did not go on: its block has stopped";
  endFailed(draft, node, { code: "CANCELLED", message, class: "cancelled" });
}

/** Whatever a node fails with when its time is over, that is why; undefined: it is not, or something graver happened. */
function outOfTime(
  { cancelling }: RunState,
  { timeUp, address: of }: NodeState,
  failure: Failure,
): Failure | undefined {
  if (!timeUp || cancelling || isStoreFault(failure)) return undefined;
  const hit = { limit: "timeMs", used: timeUp.usedMs, cap: timeUp.capMs, of } as const;
  return {
    code: "LIMIT_REACHED",
    message: `Cannot go on with "${of}": ${limitText(hit)}`,
    fix: raisedInFile(hit),
    class: "permanent",
  };
}

/**
 * False when no further attempt of the node could begin: the run is being cancelled, the block has stopped, or its time is
 * over.
 */
export function mayTryAgain(state: RunState, node: NodeState): boolean {
  return !state.cancelling && node.parent?.stopping !== true && !node.timeUp;
}

function isIdle(state: RunState, node: NodeState): boolean {
  const { phase } = node;
  if (nextLanding(node) && !isGivenUp(node)) return false;
  return state.live.has(node) && (phase === "ready" || phase === "retrying" || phase === "waiting");
}

function emitFailure(draft: Draft, node: NodeState, failure: Failure): void {
  const end = failure.class === "cancelled" ? "cancelled" : "failed";
  const tolerated = end === "failed" ? toleranceOf(node, failure) : undefined;
  const recovery = failure.stage === undefined ? undefined : recoveryOf(failure.stage);
  const told = classified(failure);
  const named = recovery === undefined ? told : { ...told, recovery };
  emit(draft, {
    type: "node.ended",
    address: node.address,
    end,
    failure: named,
    ...(tolerated ? { tolerated } : {}),
  });
}

/** How the error strategy of a node, or of its block, takes a failure of it; undefined: it stops the block. */
function toleranceOf(node: NodeState, failure: Failure): NodeState["tolerated"] {
  if (isUntolerable(node, failure)) return undefined;
  const { plan, parent } = node;
  const strategy = strategyOf(plan.step, parent?.plan.block?.chain);
  // Once its race is decided nothing runs in its place any more.
  if (isRacing(node) && (typeof strategy === "string" || parent?.joined)) return "join";
  if (typeof strategy === "object") return strategy;
  return strategy === "continue_on_failure" ? "continue" : undefined;
}

/** No strategy tolerates it. */
function isUntolerable(node: NodeState, failure: Failure): boolean {
  return brokeMaximumGate(node) || isStoreFault(failure);
}

function brokeMaximumGate(node: NodeState): boolean {
  const last = node.gateResults.at(-1);
  return last !== undefined && !last.passed && last.ref.level === "maximum";
}
