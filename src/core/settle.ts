import { budgetShelf, isTaken, offer, shelve, usesOf } from "./bookkeeping.ts";
import { isLeftOver } from "./child-caps.ts";
import { offerRoom } from "./loads.ts";
import { emit, type Draft } from "./draft.ts";
import type { Event, RunStatus } from "./events.ts";
import { settleBoards } from "./nodes/board-wait.ts";
import { endStopped } from "./nodes/end.ts";
import { kindOf } from "./nodes/kind.ts";
import type { LimitHit } from "./outcome.ts";
import { passedIn } from "./passed.ts";
import { limitText, mustWait } from "./policies/limits.ts";
import { usedUpFor } from "./policies/quota.ts";
import { isBetweenAttempts, waitingFor } from "./waiting.ts";
import { isFinal, isHalted, nodeAt, type RunState, usableResult } from "./state.ts";
import { failedItself, type NodeState } from "./node.ts";
import { isOutOfTime } from "./time-up.ts";
import { nextLanding, shelfBefore, waitsToLand } from "./trees.ts";
import { isPassedOver } from "./tried.ts";
import { listNotUndone, mayBeginUndo, mustUndo, nextToUndo } from "./undo.ts";

/** Lets everything happen that now can: groups close, nodes start, the run changes its status. */
export function settle(draft: Draft): void {
  const { state } = draft;
  if (isFinal(state.status)) return;
  // one that is held before it began anew has to be begun to be ended
  if (state.root.phase === "pending" && (!isHalted(state) || state.cancelling)) {
    moveTo(draft, "executing");
    emit(draft, { type: "block.opened", address: "" });
  }
  let seen = 0;
  do {
    while (seen < draft.events.length) {
      seen = goOnHolders(draft, seen);
      admit(draft, seen);
    }
    admit(draft, seen);
  } while (settleBoards(draft) || compensate(draft));
  setStatus(draft);
}

/** Begins the next undo when nothing else is to happen; true when it has. */
function compensate(draft: Draft): boolean {
  const { state } = draft;
  if (!mayBeginUndo(state)) return false;
  moveTo(draft, "compensating", whyUndone(state));
  const next = nextToUndo(state);
  if (next) emit(draft, { type: "undo.started", address: next.address });
  return next !== undefined;
}

/** Why the run ends that is being undone. */
function whyUndone({ compensation, root, reason }: RunState): string | undefined {
  if (compensation) return compensation.reason;
  return root.end === "failed" ? root.failure?.message : reason;
}

/** Begins what is ready and has room; `seen`: so many events the holders know of. */
function admit(draft: Draft, seen: number): void {
  const { state } = draft;
  while (!isHalted(state)) {
    const node = state.ready.peek();
    if (!node || (isWork(node) && state.active >= state.limits.parallel)) return;
    if (isNew(state, node) && draft.events.length > seen) return;
    state.ready.pop();
    if (node.phase === "ready") begin(draft, node);
    offer(state, usesOf(node));
    offerRoom(state, node);
    // The first that waits for money did not get it just now: the others have their turn after it.
    if (state.shelved.get(budgetShelf)?.peek() !== node) offer(state, [budgetShelf]);
  }
}

/**
 * True for work without a result of an earlier life, while there are such results: what a cap forbids it ends the run,
 * so all that holders can use again comes before it.
 */
function isNew(state: RunState, node: NodeState): boolean {
  return state.known.size > 0 && isWork(node) && !usableResult(state, node.address);
}

/** True for a node that takes one of the run's parallel places. */
function isWork(node: NodeState): boolean {
  return node.phase === "ready" && node.plan.kind === "step" && node.blockedBy === undefined;
}

/** Nothing more begins in its block; what is done lands all the same. */
export function isStopped(node: NodeState): boolean {
  return node.parent?.stopping === true && !nextLanding(node);
}

function begin(draft: Draft, node: NodeState): void {
  const { state } = draft;
  if (isStopped(node)) {
    // What has not begun is left as it is; what has must end before its block can.
    if (state.live.has(node)) endStopped(draft, node);
    return;
  }
  if (node.blockedBy !== undefined) {
    const reason = `"${node.blockedBy}" did not end well`;
    return emit(draft, { type: "node.ended", address: node.address, end: "blocked", reason });
  }
  const usedUp = usedUpFor(state, node, draft.at);
  if (usedUp) return void usedUp.waiting.push(node);
  if (mustWait(state, node)) return shelve(state, node, budgetShelf);
  if (waitsToLand(node)) return shelve(state, node, shelfBefore(node));
  const taken = node.holding ? undefined : usesOf(node).find((name) => isTaken(state, name));
  if (taken !== undefined) return shelve(state, node, taken);
  start(draft, node);
}

function start(draft: Draft, node: NodeState): void {
  if (isOutOfTime(draft, node)) return;
  kindOf(node).start(draft, node);
  // A cap stopped it before anything happened: it is the first to go on after a resume.
  if (node.phase === "ready" && isHalted(draft.state)) draft.state.ready.push(node);
}

/** Lets every node that holds others go on that the events from `seen` on concern; gives how many it has looked at. */
export function goOnHolders(draft: Draft, seen: number): number {
  let at = seen;
  for (; at < draft.events.length; at += 1) {
    for (const node of concernedBy(draft.state, draft.events[at]))
      if (node?.phase === "open") kindOf(node).goOn?.(draft, node);
  }
  return at;
}

const nobody: readonly undefined[] = [];

/** The nodes that may go on or be over because of an event, as far as they hold others. */
function concernedBy(state: RunState, event: Event | undefined): Iterable<NodeState | undefined> {
  switch (event?.type) {
    case "node.ended":
      return [nodeAt(state, event.address)?.parent];
    case "block.opened":
    case "items.listed":
      return [nodeAt(state, event.address)];
    case "branch.decided":
      return nodeAt(state, event.address)?.children ?? nobody;
    case "run.control":
    case "run.recovered":
    case "time.up":
      return state.live;
    default:
      return nobody;
  }
}

function setStatus(draft: Draft): void {
  const { state } = draft;
  const hit = limitThatEnds(state);
  const undoing = state.root.phase === "ended";
  if (hit || (undoing && !mustUndo(state))) return endRun(draft, hit);
  const busy = (): void =>
    undoing ? moveTo(draft, "compensating", whyUndone(state)) : moveTo(draft, "executing");
  if (state.active > 0) return busy();
  if (state.paused) return moveTo(draft, "paused", state.pauseReason);
  const waiting = keptReason(state) ?? waitingFor(state);
  if (waiting === undefined) busy();
  else moveTo(draft, "waiting", waiting);
}

/** What was learned is in its memory before the run is over. */
function endRun(draft: Draft, hit: LimitHit | undefined): void {
  const { unwritten, status } = draft.state;
  if (unwritten.size > 0) return status === "compensating" ? undefined : moveTo(draft, "executing");
  if (hit) stopAtLimit(draft, hit);
  else complete(draft);
}

/** The cap because of which nothing more happens: a run that undoes what it did ends for the reason it does so. */
function limitThatEnds({ limitHit, active, root, compensation }: RunState): LimitHit | undefined {
  return active > 0 || root.satisfied || compensation ? undefined : limitHit;
}

/** What a waiting run waits for now is for those who look (`viewOf`); here it is enough that it waits. */
function keptReason(state: RunState): string | undefined {
  return state.status === "waiting" && !isBetweenAttempts(state) ? state.reason : undefined;
}

/** What is done is kept; whether that is a failure is what the workflow says. */
function stopAtLimit(draft: Draft, hit: LimitHit): void {
  const left = isLeftOver(draft.state, hit) ? "; the caps around this run leave it no more" : "";
  const reason = limitText(hit) + left;
  if (draft.state.workflow.limitRules?.onLimit !== "degrade") return moveTo(draft, "failed", reason);
  moveTo(draft, "completing");
  moveTo(draft, "degraded", reason);
}

function complete(draft: Draft): void {
  const { state } = draft;
  const end = state.recalled ? "cancelled" : state.root.end;
  if (end === "cancelled" || end === "failed") return moveTo(draft, end, withUndo(state, whyUndone(state)));
  moveTo(draft, "completing");
  const passed = passedIn(state);
  if (state.tolerated === 0) return moveTo(draft, "completed", passed);
  moveTo(draft, "degraded", passed === undefined ? whyDegraded(state) : `${whyDegraded(state)}; ${passed}`);
}

/** A run that could not undo everything says so with its reason. */
function withUndo(state: RunState, reason: string | undefined): string | undefined {
  const left = listNotUndone(state);
  if (left.length === 0) return reason;
  const named = left.slice(0, 3).join(", ") + (left.length > 3 ? ` and ${left.length - 3} more` : "");
  return `${reason === undefined ? "" : `${reason}; `}not undone: ${named}`;
}

export function moveTo(draft: Draft, to: RunStatus, reason?: string): void {
  const from = draft.state.status;
  if (from === to) return;
  emit(draft, { type: "run.status", from, to, ...(reason === undefined ? {} : { reason }) });
}

/** Names what keeps a run from being completed; the first few are enough. */
function whyDegraded(state: RunState): string {
  const found = [...state.byAddress.values()].filter(
    (node) => (failedItself(node) || node.outcome?.reported === "partial") && !isPassedOver(node),
  );
  const named = found
    .slice(0, 3)
    .map(({ address, end }) => `"${address}" ${end === "failed" ? "failed" : "is done only in part"}`);
  const more = found.length > named.length ? ` and ${found.length - named.length} more` : "";
  return `${named.join(", ")}${more}; the run went on`;
}
