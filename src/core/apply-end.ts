import { unwatch } from "./board.ts";
import { budgetShelf, enqueue, offer, offerAll, release, setPhase, wake } from "./bookkeeping.ts";
import { presume } from "./budget.ts";
import type { Event } from "./events.ts";
import { learnFrom } from "./learned.ts";
import { leavePlace } from "./loads.ts";
import { isHolder, isRacing, sibling, type NodeState } from "./node.ts";
import { type RunState } from "./state.ts";
import { stopBlock } from "./stop-block.ts";
import { takerOf, takersOf } from "./strategy.ts";
import { endTime } from "./run-time.ts";
import { toleratesFailure } from "./tolerance.ts";
import { endInTree, landingShelves, shelfBehind } from "./trees.ts";
import { isFollowed } from "./tried.ts";
import { owe } from "./unwritten.ts";
import { noteUndoable } from "./undo.ts";

type Ended = Extract<Event, { type: "node.ended" }>;

/** A node has ended: gives back what it held, tells its parent, and lets its dependents go on or be blocked. */
export function applyNodeEnd(state: RunState, node: NodeState, event: Ended): void {
  if (node.phase === "ended") return;
  const wasLive = state.live.delete(node);
  endTime(state, node);
  if (node.phase === "running" || node.gate) state.active -= 1;
  release(state, node);
  setPhase(state, node, "ended");
  // Its process died, and nobody wants to know any more what it comes to.
  if (state.budget.underWay.has(node.address)) presume(state, node, false);
  offer(state, [budgetShelf]);
  recordEnd(node, event);
  if (node.reused) state.known.delete(node.address);
  unwatch(state, node);
  countInRun(state, node, event);
  endInTree(state, node);
  learnFrom(state, node);
  owe(state, node, event.at);
  noteUndoable(state, node);
  if (node.parent) countInParent(state, node, { wasLive, parent: node.parent, event });
  leavePlace(state, node);
  letLand(state, node);
  if (typeof event.tolerated === "object") coverBy(state, node, event.tolerated.fallback);
  else settleFrom(state, node);
}

/** Those may land that had to wait for it, or for what does not begin any more. */
function letLand(state: RunState, node: NodeState): void {
  if (state.shelved.size === 0) return;
  const behind = shelfBehind(node);
  if (behind !== undefined) offerAll(state, behind);
  if (node.parent?.stopping)
    for (const name of state.shelved.keys()) if (name.startsWith(landingShelves)) offerAll(state, name);
}

function countInRun(state: RunState, node: NodeState, { end, tolerated }: Ended): void {
  if (node.undoes) return;
  if (!isHolder(node)) state.ends[end] += 1;
  // In a race it is no loss that one failed; that another had to stand in for it is.
  if (tolerated && !isRacing(node)) putUpWith(state, node);
}

function putUpWith(state: RunState, node: NodeState): void {
  state.tolerated += 1;
  for (let at = node.parent; at; at = at.parent) at.putUp += 1;
}

function recordEnd(node: NodeState, event: Ended): void {
  node.gate = undefined;
  node.queued = undefined;
  node.dueAt = undefined;
  node.end = event.end;
  node.failure = event.failure;
  node.reason = event.reason;
  node.tolerated = event.tolerated;
  node.startedAt ??= event.at;
  node.endedAt ??= event.at;
  node.satisfied = event.end === "verified" || event.end === "claimed" || event.end === "skipped";
}

function countInParent(
  state: RunState,
  node: NodeState,
  { wasLive, parent, event }: { wasLive: boolean; parent: NodeState; event: Ended },
): void {
  if (wasLive) parent.inFlight -= 1;
  parent.remaining -= 1;
  if (node.satisfied && event.end !== "skipped") parent.good += 1;
  const stops = !node.satisfied && event.tolerated === undefined && event.end !== "blocked";
  if (!stops) return;
  if (!state.cancelling && isFollowed(node)) passOver(state, node, parent);
  else stopBlock(parent);
}

/** Its branch decides again, in its turn; what was put up with in it is nothing that the run lacks. */
function passOver(state: RunState, way: NodeState, branch: NodeState): void {
  state.tolerated -= way.putUp;
  for (let at: NodeState | undefined = branch; at; at = at.parent) at.putUp -= way.putUp;
  enqueue(state, branch);
}

/**
 * The failed node's dependents wait for the fallback, which wakes up when this is the first failure. It need not wait
 * for anything: the loader holds that all it needs has ended before a step that it stands for could fail.
 */
function coverBy(state: RunState, node: NodeState, name: string): void {
  node.fallback = name;
  const fallback = takerOf(node);
  if (!fallback || !node.parent) return settleFrom(state, node);
  if (isSettled(fallback)) {
    standInFor(state, node, fallback);
    return settleFrom(state, node);
  }
  if (fallback.phase === "pending") {
    node.parent.remaining += 1;
    fallback.unmet = 0;
    wake(state, fallback);
  }
  fallback.covers = [...fallback.covers, node];
}

/** It has ended, and no fallback that took over from it is still to end. */
function isSettled(node: NodeState): boolean {
  return [node, ...takersOf(node)].every(({ phase }) => phase === "ended");
}

/** Nothing more comes of a node: that holds for all that it stands for, and what waits for them goes on. */
function settleFrom(state: RunState, node: NodeState): void {
  const settled = [node];
  for (const at of settled) {
    releaseDependents(state, at);
    for (const covered of at.covers) {
      standInFor(state, covered, at);
      settled.push(covered);
    }
  }
}

function standInFor(state: RunState, covered: NodeState, fallback: NodeState): void {
  covered.satisfied = fallback.satisfied;
  if (!fallback.satisfied) return;
  covered.standIn = fallback;
  if (isRacing(covered) && covered.parent?.joined === false) putUpWith(state, covered);
}

function releaseDependents(state: RunState, node: NodeState): void {
  for (const index of node.plan.dependents) {
    const dependent = sibling(node, index);
    if (!dependent) continue;
    dependent.unmet -= 1;
    if (!node.satisfied && !toleratesFailure(dependent.plan.step, node.plan.step.name)) {
      dependent.blockedBy ??= node.plan.step.name;
    }
    if (dependent.unmet === 0 && !dependent.plan.dormant) wake(state, dependent);
  }
}
