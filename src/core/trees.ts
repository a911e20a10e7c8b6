import type { Gate } from "../language/gate.ts";
import type { Event } from "./events.ts";
import type { KnownResult } from "./node-result.ts";
import { doneGates, isGivenUp, isRacing, type NodeState } from "./node.ts";
import type { Outcome } from "./outcome.ts";
import type { RunState } from "./state.ts";
import type { CheckpointRef, TreesState, WorkPlace, WorkspacePolicy } from "./workspace.ts";

/** The node whose tree of its own this one works in; undefined: it works in that of the run. */
function laneOwner(node: NodeState): NodeState | undefined {
  for (let at: NodeState | undefined = node; at; at = at.parent) {
    // what takes work back comes after that has landed
    if (at.undoes) return undefined;
    if (isLane(at)) return at;
  }
  return undefined;
}

function isLane({ plan, parent }: NodeState): boolean {
  const around = parent?.plan.step.action;
  return plan.step.lane === true || (around?.kind === "each" && around.lanes === true);
}

function laneOf(node: NodeState): string {
  return laneOwner(node)?.address ?? "";
}

/** The lane that the node's own lands in. */
function laneAround(node: NodeState): string {
  const parent = laneOwner(node)?.parent;
  return parent ? laneOf(parent) : "";
}

/** False for a step that works in the project's own folder whatever its run does: a pipeline does, and what says so. */
function isInTree(node: NodeState): boolean {
  if (node.plan.step.action.kind === "pipeline") return false;
  for (let at: NodeState | undefined = node; at; at = at.parent)
    if (at.plan.step.workspace === "none") return false;
  return true;
}

/** What a lane that nothing was done in yet begins from is the tip of the one around it. */
function tipFor({ tips, origin }: TreesState, node: NodeState): CheckpointRef {
  const base = { commit: origin.base, number: 0 };
  return tips.get(laneOf(node)) ?? tips.get(laneAround(node)) ?? tips.get("") ?? base;
}

/** Where an attempt of the node works, or a gate of it. Undefined: in the project's folder, and nothing is kept of it. */
export function treePolicy(state: RunState, node: NodeState, gate?: Gate): WorkspacePolicy | undefined {
  const { trees } = state;
  if (!trees || !isInTree(node)) return undefined;
  const { commit: from } = tipFor(trees, node);
  const policy = { mode: trees.origin.mode, place: placeIn(state, trees, laneOf(node)), from };
  if (gate) return { ...policy, ...gatePart(state, node, { gate, trees }) };
  const begin = beginsFrom(state, node);
  return { ...policy, ...(begin === undefined ? {} : { begin }), ...savingPart(node) };
}

/**
 * The checkpoint that the node's attempt has to begin from: all that ended well in its tree. Undefined: it goes on with what
 * is there, which is its own work, or that of others who have not ended.
 */
export function beginsFrom({ trees }: RunState, node: NodeState): string | undefined {
  if (!trees || node.tree?.goesOn || othersAreBusy(trees, node)) return undefined;
  return tipFor(trees, node).commit;
}

function othersAreBusy({ busy }: TreesState, node: NodeState): boolean {
  return (busy.get(laneOf(node)) ?? 0) > (node.tree ? 1 : 0);
}

function placeIn({ runId }: RunState, { origin }: TreesState, lane: string): WorkPlace {
  return lane === "" ? origin.place : { runId, lane };
}

function gatePart(
  state: RunState,
  node: NodeState,
  { gate, trees }: { readonly gate: Gate; readonly trees: TreesState },
): Partial<WorkspacePolicy> {
  if (gate.kind !== "landing") {
    if (othersAreBusy(trees, node)) return {};
    const tip = tipFor(trees, node).commit;
    // before the first attempt it looks at what that will begin from
    return node.tree ? { undoTo: tip } : { begin: tip };
  }
  const lane = laneAround(node);
  const tip = (trees.tips.get(lane) ?? tipFor(trees, node)).commit;
  const lands = toLand(state, node)?.commit;
  return { onto: { place: placeIn(state, trees, lane), tip }, ...(lands === undefined ? {} : { lands }) };
}

/** What was done in the node's lane and has not landed; undefined: nothing. */
export function toLand({ trees }: RunState, node: NodeState): CheckpointRef | undefined {
  return trees && (node.tree?.last ?? trees.tips.get(laneOf(node)));
}

/** Programs and agents may leave something, whatever they say; nothing of a call over the network lies in a tree. */
function savingPart({ plan: { step } }: NodeState): Partial<WorkspacePolicy> {
  const { kind } = step.action;
  const works = kind === "run" || kind === "command" || kind === "agent" || kind === "workflow";
  if (kind !== "land" && !works) return {};
  const isSaid = step.mayWrite === "no" || step.writes.length > 0;
  return { saves: true, ...(isSaid ? { writes: step.writes } : {}) };
}

/** An attempt begins: its lane, too, if nothing was done there yet. */
export function beginInTree(state: RunState, node: NodeState): void {
  const { trees } = state;
  if (!trees || !isInTree(node)) return;
  if (beginsFrom(state, node) !== undefined) leaveUnjudged(state, node);
  const lane = laneOf(node);
  // who does all of its work again does not begin from what could not land of it
  if (!node.tree && lane === node.address && trees.given.delete(lane)) trees.tips.delete(lane);
  // its number is one of another tree: every checkpoint of this one comes after it
  if (!trees.tips.has(lane)) trees.tips.set(lane, { commit: tipFor(trees, node).commit, number: -1 });
  if (node.tree) return;
  node.tree = { last: undefined, goesOn: false, anew: false };
  count(trees, node, 1);
}

/** Only gates are left to do of what it did in an earlier life. */
export function resumeInTree({ trees }: RunState, node: NodeState, { tree }: KnownResult): void {
  if (!trees || !tree) return;
  node.tree = tree;
  count(trees, node, 1);
}

/** What it did, and nobody has judged, lies in its tree for the next life, as long as that is not put to where another begins. */
export function noteUnjudged({ trees }: RunState, node: NodeState): void {
  if (!trees || !node.tree?.last || node.plan.step.mayWrite === "no") return;
  const lane = laneOf(node);
  trees.unjudged.set(lane, [...(trees.unjudged.get(lane) ?? []), node.address]);
}

/** Its tree is put to the tip: what earlier lives left there besides is to be done again. */
function leaveUnjudged({ trees, known }: RunState, node: NodeState): void {
  const lane = laneOf(node);
  const addresses = trees?.unjudged.get(lane) ?? [];
  if (!trees || addresses.length === 0) return;
  trees.unjudged.delete(lane);
  const tip = trees.tips.get(lane)?.number ?? -1;
  for (const address of addresses) {
    const result = known.get(address);
    if (result && isAfter(result, tip)) known.set(address, { ...result, isGone: true });
  }
}

function isAfter({ end, tree }: KnownResult, tip: number): boolean {
  return end === undefined && tree?.last !== undefined && tree.last.number > tip;
}

/** A gate before the first attempt looks at the tip. */
export function lookInTree(state: RunState, node: NodeState): void {
  if (state.trees && !node.tree && isInTree(node)) leaveUnjudged(state, node);
}

function count({ busy }: TreesState, node: NodeState, by: 1 | -1): void {
  const lane = laneOf(node);
  busy.set(lane, Math.max(0, (busy.get(lane) ?? 0) + by));
}

/** Another attempt is to come. What a gate said of the work, or who took it over, is about what is there. */
export function retryInTree(
  node: NodeState,
  { feedback, because }: Pick<Extract<Event, { type: "retry.scheduled" }>, "feedback" | "because">,
): void {
  const { tree } = node;
  const goesOn = because === "decided" || (feedback !== undefined && !tree?.anew);
  if (tree) node.tree = { ...tree, goesOn, anew: false };
}

/** An agent that was cut off goes on with its session; a program begins anew. */
export function interruptInTree(state: RunState, node: NodeState): void {
  const { tree, request } = node;
  if (tree && request && "agent" in request) node.tree = { ...tree, goesOn: true };
  else if (tree && beginsFrom(state, node) !== undefined) leaveUnjudged(state, node);
}

/** An attempt, or a gate of the node, has left a checkpoint; what people had changed before stays whatever becomes of it. */
export function noteCheckpoint(
  { trees }: RunState,
  node: NodeState,
  { checkpoint, found }: Pick<Outcome, "checkpoint" | "found">,
): void {
  const { tree } = node;
  if (!trees || !tree) return;
  if (found) advanceTip(trees, laneOf(node), found);
  node.tree = { ...tree, last: checkpoint ?? tree.last };
}

type GateEnded = Extract<Event, { type: "gate.ended" }>;

/** The node's lane has landed, and is left; or it could not, and begins anew where the event says. */
export function noteLanding({ trees }: RunState, node: NodeState, { passed, checkpoint }: GateEnded): void {
  if (!trees || !checkpoint) return;
  const lane = laneOf(node);
  if (!passed) {
    trees.tips.set(lane, checkpoint);
    trees.given.add(lane);
    if (node.tree) node.tree = { last: undefined, goesOn: false, anew: true };
    return;
  }
  trees.tips.delete(lane);
  trees.given.delete(lane);
  if (node.tree) node.tree = { ...node.tree, last: undefined };
  advanceTip(trees, laneAround(node), checkpoint);
}

/** A node that had begun in its tree has ended: if well, what it did is part of what comes next. */
export function endInTree({ trees }: RunState, node: NodeState): void {
  const { tree, end } = node;
  if (!trees || !tree) return;
  count(trees, node, -1);
  if (!tree.last || (end !== "verified" && end !== "claimed")) return;
  // what one that only reads has seen change is the work of those beside it, who have not ended
  const isTheirs = node.plan.step.mayWrite === "no" && (trees.busy.get(laneOf(node)) ?? 0) > 0;
  if (!isTheirs) advanceTip(trees, laneOf(node), tree.last);
}

/** Steps side by side in one tree may end in another order than their checkpoints were made in. */
function advanceTip({ tips }: TreesState, lane: string, checkpoint: CheckpointRef): void {
  const tip = tips.get(lane);
  if (!tip || checkpoint.number > tip.number) tips.set(lane, checkpoint);
}

/**
 * The node that has to land before this one may: one that stands before it and is under way, where they land as declared; any, where they
 * race. One that waits for others is not waited for: it may be this one that it waits for.
 */
export function landsAfter(node: NodeState, gate: Gate): NodeState | undefined {
  const owner = laneOwner(node);
  if (gate.kind !== "landing" || !owner?.parent || isGivenUp(node)) return undefined;
  const { children } = owner.parent;
  const isBefore = (child: NodeState): boolean => child !== owner && isLane(child) && isUnderWay(child);
  // who is first decides a race, not who stands first
  if (isRacing(owner)) return children.find((child) => isBefore(child) && isLandingNow(child));
  if (gate.order === "finished") return undefined;
  const first = children.find((child) => child === owner || isBefore(child));
  return first === owner ? undefined : first;
}

/** It has begun, or will without waiting for another; in a block that has stopped nothing more begins. */
function isUnderWay({ phase, parent, startedAt }: NodeState): boolean {
  return phase !== "ended" && phase !== "pending" && (startedAt !== undefined || parent?.stopping !== true);
}

/** Of a node that queues to land: the one that has to before it. */
export function waitsToLand(node: NodeState): NodeState | undefined {
  const next = nextLanding(node);
  return next && landsAfter(node, next);
}

/** Its work is done and its gates held: all that is left is to land, and it queues for that. */
export function nextLanding(node: NodeState): Gate | undefined {
  const next = node.resumes === "after" ? node.plan.step.gates[doneGates(node, "after")] : undefined;
  return next?.kind === "landing" ? next : undefined;
}

function isLandingNow(owner: NodeState): boolean {
  if (owner.gate) return owner.gate.check.kind === "landing";
  return owner.children.some(isLandingNow);
}

/** What the names of the shelves begin with on which nodes wait to land. */
export const landingShelves = "(landing in ";

/** Where those wait that land after another of the same block. */
function landingShelf({ address }: Pick<NodeState, "address">): string {
  return `${landingShelves}${address})`;
}

/** The shelf of those that may wait for this node to land, or to end. */
export function shelfBehind(node: NodeState): string | undefined {
  return isLane(node) && node.parent ? landingShelf(node.parent) : undefined;
}

/** The shelf that a node waits on before it lands. */
export function shelfBefore(node: NodeState): string {
  return landingShelf(laneOwner(node)?.parent ?? node);
}
