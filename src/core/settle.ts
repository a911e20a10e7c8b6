import { quotaTimer, shelve } from "./bookkeeping.ts";
import { emit, type Draft } from "./draft.ts";
import type { RunStatus } from "./events.ts";
import { closeGroup, isDone } from "./nodes/group.ts";
import { kindOf } from "./nodes/kind.ts";
import { isFinal, nodeAt, type NodeState, type RunState } from "./state.ts";

/** Lets everything happen that now can: groups close, nodes start, the run changes its status. */
export function settle(draft: Draft): void {
  const { state } = draft;
  if (isFinal(state.status)) return;
  if (state.root.phase === "pending" && !halted(state)) {
    moveTo(draft, "executing");
    emit(draft, { type: "block.opened", address: "" });
  }
  for (let seen = 0; seen < draft.events.length;) {
    seen = closeGroups(draft, seen);
    admit(draft);
  }
  admit(draft);
  setStatus(draft);
}

function halted(state: RunState): boolean {
  return state.paused || state.cancelling || state.limitHit !== undefined;
}

function admit(draft: Draft): void {
  const { state } = draft;
  while (!halted(state)) {
    const node = state.ready.peek();
    if (!node || (isWork(node) && state.active >= state.limits.parallel)) return;
    state.ready.pop();
    if (node.phase === "ready" && node.parent?.stopping !== true) begin(draft, node);
  }
}

/** True for a node that takes one of the run's parallel places. */
function isWork(node: NodeState): boolean {
  return node.phase === "ready" && node.plan.kind === "step" && node.blockedBy === undefined;
}

function begin(draft: Draft, node: NodeState): void {
  const { state } = draft;
  if (node.blockedBy !== undefined) {
    const reason = `"${node.blockedBy}" did not end well`;
    return emit(draft, { type: "node.ended", address: node.address, end: "blocked", reason });
  }
  const shelf = shelfOf(state, node, draft.at);
  if (shelf !== undefined) return shelve(state, node, shelf);
  kindOf(node).start(draft, node);
  // A cap stopped it before anything happened: it is the first to go on after a resume.
  if (node.phase === "ready") state.ready.push(node);
}

/** The resource a node has to wait for, if any. */
function shelfOf(state: RunState, node: NodeState, at: number): string | undefined {
  const { step } = node.plan;
  const isAgent = step.action.kind === "command" || step.action.kind === "agent";
  if (isAgent && state.quotaUntil > at) return quotaTimer;
  return step.uses.find((name) => (state.inUse.get(name) ?? 0) >= (state.workflow.resources[name] ?? 1));
}

/** Ends every group that the events from `seen` on may have finished; gives how many events it has looked at. */
function closeGroups(draft: Draft, seen: number): number {
  const { state, events } = draft;
  let at = seen;
  for (; at < events.length; at += 1) {
    const event = events[at];
    if (event?.type === "node.ended") closeIfDone(draft, nodeAt(state, event.address)?.parent);
    else if (event?.type === "block.opened") closeIfDone(draft, nodeAt(state, event.address));
    else if (event?.type === "run.control") for (const node of state.live) closeIfDone(draft, node);
  }
  return at;
}

function closeIfDone(draft: Draft, node: NodeState | undefined): void {
  if (node?.plan.kind === "group" && isDone(draft.state, node)) closeGroup(draft, node);
}

function setStatus(draft: Draft): void {
  const { state } = draft;
  if (state.root.satisfied) return complete(draft);
  if (state.limitHit && state.active === 0) {
    const { limit, used, cap } = state.limitHit;
    return moveTo(draft, "failed", `limit ${limit} is used up: ${used} of ${cap}`);
  }
  if (state.root.phase === "ended") return complete(draft);
  if (state.active > 0) return moveTo(draft, "executing");
  if (state.paused) return moveTo(draft, "paused", state.reason);
  const waiting = waitingFor(state);
  if (waiting === undefined) moveTo(draft, "executing");
  else moveTo(draft, "waiting", waiting);
}

/** Why nothing runs, when that is not just a short pause between attempts. */
function waitingFor(state: RunState): string | undefined {
  let reason: string | undefined;
  for (const node of state.live) {
    if (node.plan.kind === "group") continue;
    if (node.phase === "retrying" && state.quotaUntil <= state.at) return undefined;
    if (node.phase === "asking") return reasonOf(state, node);
    reason ??= reasonOf(state, node);
  }
  return reason;
}

function reasonOf(state: RunState, node: NodeState): string {
  if (node.phase === "asking") {
    return `"${node.address}" was interrupted: tutti answer ${state.runId} ${node.address} rerun|fail`;
  }
  if (node.phase === "retrying") return "the provider's quota";
  return node.signal === undefined ? `"${node.address}"` : `signal "${node.signal}"`;
}

function complete(draft: Draft): void {
  const { state } = draft;
  const { end } = state.root;
  if (end === "cancelled") return moveTo(draft, "cancelled", state.reason);
  if (end === "failed") return moveTo(draft, "failed", state.root.failure?.message);
  moveTo(draft, "completing");
  if (state.tolerated > 0) moveTo(draft, "degraded", `${state.tolerated} failure(s) were tolerated`);
  else moveTo(draft, "completed");
}

export function moveTo(draft: Draft, to: RunStatus, reason?: string): void {
  const from = draft.state.status;
  if (from === to) return;
  emit(draft, { type: "run.status", from, to, ...(reason === undefined ? {} : { reason }) });
}
