import { enqueue, enter, setPhase } from "./bookkeeping.ts";
import type { Event } from "./events.ts";
import { takePlace } from "./loads.ts";
import type { PlanNode } from "./plan.ts";
import { newNode, type NodePlace, type NodeState } from "./node.ts";
import { keepResult } from "./restart.ts";
import { type RunState } from "./state.ts";
import { stopBlock } from "./stop-block.ts";

export type PartEvent = Extract<
  Event,
  {
    type: "branch.decided" | "items.listed" | "part.opened" | "round.judged" | "join.reached" | "join.missed";
  }
>;
type Decided = Extract<Event, { type: "branch.decided" }>;
type Opened = Extract<Event, { type: "part.opened" }>;

/**
 * Rounds of a loop that are kept, and nodes in them; what older ones did is in the log only, so that a long loop does
 * not grow. (Their results are kept where the log goes on with another life.) The last two are always kept: a round may
 * ask for the one before.
 */
const keptRounds = 1000;
const keptNodes = 100_000;

/** What the events of a node with parts do to it. */
export function applyPart(state: RunState, node: NodeState, event: PartEvent): void {
  switch (event.type) {
    case "branch.decided":
      open(state, node, event.at);
      node.decided = event;
      return takeWay(state, node, event);
    case "items.listed":
      open(state, node, event.at);
      node.items = event.items;
      return;
    case "part.opened":
      // in older logs a way was opened by an event of its own
      if (node.plan.kind === "branch") return;
      open(state, node, event.at);
      return beginPart(state, node, event);
    case "round.judged":
      return judgeRound(node, event);
    case "join.reached":
    case "join.missed":
      node.joined = true;
      return stopBlock(node);
  }
}

function open(state: RunState, node: NodeState, at: number): void {
  enter(state, node, at);
  setPhase(state, node, "open");
}

/** Nothing can come between a decision and its way: they are one event. */
function takeWay(state: RunState, node: NodeState, { way, at, after }: Decided): void {
  const body = node.plan.bodies.findIndex(({ step }) => step.name === way);
  const child = openPart(state, node, { part: `/${way}`, body, place: node.children.length });
  if (child) {
    node.children.push(child);
    takePlace(state, child);
    openBlock(state, child, at);
  } else if (after) stopBlock(node);
}

function beginPart(state: RunState, node: NodeState, event: Opened): void {
  const child = openPart(state, node, event);
  if (!child) return;
  node.children.push(child);
  enqueue(state, child);
  if (node.plan.kind === "loop") forgetOldRounds(state, node);
}

function openPart(
  state: RunState,
  node: NodeState,
  { part, body, place }: Pick<Opened, "part" | "body" | "place">,
): NodeState | undefined {
  const plan = node.plan.bodies[body];
  if (!plan) return undefined;
  const item = node.items?.[place]?.item;
  node.remaining += 1;
  return openNode(state, plan, { parent: node, address: node.address + part, place, item });
}

/** The nodes of its block come into being; those that need nothing may start. */
export function openBlock(state: RunState, node: NodeState, at: number): void {
  const { block } = node.plan;
  // in older logs the block of a way was opened by an event of its own
  if (!block || node.phase === "open") return;
  open(state, node, at);
  const prefix = node.address === "" ? "" : `${node.address}/`;
  node.children = block.nodes.map((plan) =>
    openNode(state, plan, { parent: node, address: prefix + plan.step.name }),
  );
  for (const child of node.children) {
    if (child.plan.dormant) continue;
    node.remaining += 1;
    if (child.unmet === 0) enqueue(state, child);
  }
}

function forgetOldRounds(state: RunState, { children }: NodeState): void {
  const before = children.at(-2);
  if (!before) return;
  const kept = Math.max(2, Math.min(keptRounds, Math.floor(keptNodes / sizeOf(before))));
  while (children.length > kept) {
    if (state.keepsResults) keepOldest(state, children);
    else state.forgot = true;
    forget(state, children.shift());
  }
}

/** Of the next one, too: what it rests on may be asked of the round before, as long as that is there. */
function keepOldest(state: RunState, [oldest, next]: readonly NodeState[]): void {
  if (oldest?.place === 0) keepWithin(state, oldest);
  if (next) keepWithin(state, next);
}

function keepWithin(state: RunState, node: NodeState): void {
  keepResult(state, node);
  for (const child of node.children) keepWithin(state, child);
}

function sizeOf(node: NodeState): number {
  let size = 1;
  for (const child of node.children) size += sizeOf(child);
  return size;
}

function forget(state: RunState, node: NodeState | undefined): void {
  if (!node) return;
  state.byAddress.delete(node.address);
  state.budget.used.delete(node.address);
  state.children.delete(node.address);
  for (const child of node.children) forget(state, child);
}

/** What does not come as a number is no progress. */
function judgeRound(node: NodeState, event: Extract<Event, { type: "round.judged" }>): void {
  const { measure } = event;
  const last = node.children.at(-1);
  if (last) last.decided = event;
  if (measure === undefined) return;
  if (measure !== null && (node.best === undefined || measure > node.best)) {
    node.best = measure;
    node.stale = 0;
  } else node.stale += 1;
}

function openNode(state: RunState, plan: PlanNode, place: Omit<NodePlace, "id">): NodeState {
  const node = newNode(plan, { id: state.opened, ...place });
  if (plan.kind === "branch") node.carried = state.learning.taken.get(node.address)?.tried ?? [];
  state.opened += 1;
  state.byAddress.set(node.address, node);
  return node;
}
