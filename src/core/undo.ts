import type { Step } from "../language/workflow.ts";
import { enqueue } from "./bookkeeping.ts";
import type { ChildEnd } from "./child-record.ts";
import type { Event } from "./events.ts";
import { newNode, type NodeState } from "./node.ts";
import { around } from "./place.ts";
import { bareStep, type PlanNode } from "./plan.ts";
import { isStoreFault } from "./policies/faults.ts";
import { isFinal, newReadyQueue, type RunState } from "./state.ts";

/**
 * Compensation. When the run is to fail, or was cancelled with the word to undo, the steps that ended well and say how
 * they are undone are, one after another, the last that ended first. Each undo is a node of its own, `deploy~undo`,
 * outside all blocks: it has attempts, retries and interruptions like any step.
 */

/** What the address of a step's undo ends with. */
export const undoSuffix = "~undo";

/** Whether something is still being undone, or is to be. */
export function mustUndo(state: RunState): boolean {
  if (isUnderWay(state)) return true;
  if (!wantsUndo(state)) return false;
  return state.compensation ? state.compensation.queue.length > 0 : state.undoable.size > 0;
}

/** The undo that was begun has not ended, and nothing keeps it from doing so. */
function isUnderWay(state: RunState): boolean {
  const current = state.compensation?.current;
  if (!current || current.phase === "ended") return false;
  return current.phase === "ready" ? wantsUndo(state) : true;
}

/** True when the next undo may begin now. */
export function mayBeginUndo(state: RunState): boolean {
  if (state.paused || state.stopped || isUnderWay(state)) return false;
  return mustUndo(state);
}

/** The step that is undone next, once the run compensates. */
export function nextToUndo({ compensation }: RunState): NodeState | undefined {
  return compensation?.queue.at(-1);
}

/**
 * A cap that is used up, or a disk that is full, undoes nothing: the run goes on from there when it is resumed. To
 * cancel a run that compensates ends that too.
 */
function wantsUndo(state: RunState): boolean {
  const { root, compensation } = state;
  if (root.phase !== "ended" || state.limitHit || isStoreFault(root.failure)) return false;
  if (compensation) return !state.cancelling;
  if (root.satisfied && !state.recalled) return false;
  return state.cancelling ? state.undoAsked : root.end === "failed";
}

/**
 * Keeps in mind a step that ended well and can be undone, and one whose run can, however it ended. A result of the cache is
 * none of this run's work.
 */
export function noteUndoable(state: RunState, node: NodeState): void {
  if (undoOfWhole(node)) return noteWhole(state, node);
  if (node.plan.step.undo ? didWell(node) : leavesWork(node)) state.undoable.set(node.address, node);
}

function didWell({ satisfied, end, outcome }: NodeState): boolean {
  return satisfied && end !== "skipped" && outcome?.cached !== true;
}

function leavesWork({ outcome, undoes }: NodeState): boolean {
  return !undoes && leftBy(outcome?.child) > 0;
}

/** An older program did not say how much a run could take back that ended well: it is asked to. */
export function leftBy(child: ChildEnd | undefined): number {
  const endedWell = child?.status === "completed" || child?.status === "degraded";
  return child?.undoable ?? (endedWell ? 1 : 0);
}

/** Nobody asked it. */
function mayLeaveNothing({ plan: { step }, outcome, undo }: NodeState): boolean {
  return !undo && !step.undo && outcome?.child !== undefined && outcome.child.undoable === undefined;
}

/** How all that a workflow did is taken back whose steps a node holds. */
function undoOfWhole({ plan: { step } }: NodeState): Step | undefined {
  return step.action.kind === "chain" ? step.action.chain.undo : undefined;
}

/** One that ended well knows better than its steps how they are undone. */
function noteWhole({ undoable }: RunState, node: NodeState): void {
  if (node.children.length === 0) return;
  if (node.satisfied)
    for (const step of undoable.values()) if (isWithin(step, node)) undoable.delete(step.address);
  undoable.set(node.address, node);
}

/** By address: what was done on a way that had failed may be of an earlier life. */
function isWithin({ address }: NodeState, whole: NodeState): boolean {
  return whole.address === "" || around(address).includes(whole.address);
}

/** It goes on from its end, to take back what it did. */
export function applyRecall(state: RunState, { parent }: Extract<Event, { type: "run.recalled" }>): void {
  state.recalled = true;
  state.limitHit = undefined;
  state.stopped = false;
  state.paused = false;
  state.parent = parent ?? state.parent;
}

/** The run begins to compensate: whatever its blocks had not begun is over, and so is a cancel that brought it here. */
export function beginCompensation(state: RunState, reason: string | undefined): void {
  if (state.compensation) return;
  const queue = [...state.undoable.values()].toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
  for (const node of queue.filter(isCutShort).toSorted((a, b) => b.id - a.id)) putBefore(queue, node);
  state.compensation = { reason, queue, current: undefined };
  state.cancelling = false;
  state.ready = newReadyQueue();
  state.shelved.clear();
  for (const { waiting } of state.quotas.values()) waiting.length = 0;
}

/** A workflow that came to a bad end is undone after its steps. */
function isCutShort(node: NodeState): boolean {
  return !node.satisfied && undoOfWhole(node) !== undefined;
}

function putBefore(queue: NodeState[], whole: NodeState): void {
  queue.splice(queue.indexOf(whole), 1);
  const first = queue.findIndex((node) => isWithin(node, whole));
  const begun = queue.findIndex(({ endedAt = 0 }) => endedAt > (whole.startedAt ?? 0));
  const place = first < 0 ? begun : first;
  queue.splice(place < 0 ? queue.length : place, 0, whole);
}

/** The undo of a step becomes a node. */
export function applyUndo(state: RunState, { address }: Extract<Event, { type: "undo.started" }>): void {
  const node = state.undoable.get(address);
  const { compensation } = state;
  if (!node || node.undo || !compensation) return;
  const step = node.plan.step.undo ?? undoOfWhole(node) ?? recallOf(node.plan.step);
  compensation.queue.splice(compensation.queue.lastIndexOf(node), 1);
  const undo = newNode(planOf(step), { id: state.opened, parent: undefined, address: address + undoSuffix });
  state.opened += 1;
  undo.undoes = node;
  node.undo = undo;
  compensation.current = undo;
  state.byAddress.set(undo.address, undo);
  enqueue(state, undo);
}

const recalls = new WeakMap<Step, Step>();

/** What undoes a step that a run of its own did: that run takes back what it did. */
function recallOf(step: Step): Step {
  const known = recalls.get(step);
  if (known) return known;
  const recall: Step = { ...bareStep, name: "undo", action: step.action };
  recalls.set(step, recall);
  return recall;
}

const plans = new WeakMap<Step, PlanNode>();

function planOf(step: Step): PlanNode {
  const known = plans.get(step);
  if (known) return known;
  const plan: PlanNode = {
    kind: "step",
    step,
    group: 0,
    index: 0,
    needs: [],
    dependents: [],
    expectedMs: step.expectedMs ?? 1000,
    pathMs: 0,
    dormant: false,
    outside: false,
    estimate: {},
    block: undefined,
    bodies: [],
  };
  plans.set(step, plan);
  return plan;
}

/** How far the undoing of a step has come. `not-undone`: it was to be undone, and the run ended before. */
export type UndoStatus = "undone" | "undoing" | "undo-failed" | "not-undone";

/** How the undoing of a step stands; undefined when nothing was to be undone. */
export function undoStatusOf(state: RunState, node: NodeState): UndoStatus | undefined {
  const { compensation, undoable } = state;
  if (!compensation || undoable.get(node.address) !== node) return undefined;
  if (!node.undo || node.undo.phase === "ready") return beforeUndo(state, node);
  if (node.undo.phase !== "ended") return "undoing";
  if (node.undo.satisfied) return "undone";
  return node.undo.end === "cancelled" ? "not-undone" : "undo-failed";
}

function beforeUndo(state: RunState, node: NodeState): UndoStatus | undefined {
  if (!isFinal(state.status) && mustUndo(state)) return "undoing";
  return mayLeaveNothing(node) ? undefined : "not-undone";
}

/** Steps that were taken back, or may have been in part: what they gave is not used again. */
export function takenBack({ undoable }: RunState): readonly NodeState[] {
  return [...undoable.values()].filter(({ undo }) => undo?.startedAt !== undefined);
}

/** The names of steps that are not undone, `"a", "b"`; nothing when there are none. */
export function listNotUndone(state: RunState): readonly string[] {
  return notUndone(state).map(({ address }) => (address === "" ? "the workflow" : `"${address}"`));
}

/** Steps of a run that has ended whose work is still there though it was to be undone. */
export function notUndone(state: RunState): readonly NodeState[] {
  if (!state.compensation || (mustUndo(state) && !isFinal(state.status))) return [];
  return [...state.undoable.values()].filter(
    (node) => node.undo?.satisfied !== true && !mayLeaveNothing(node),
  );
}
