import { newReadyQueue, type RunState } from "./state.ts";
import type { GateRef } from "./effects.ts";
import type { JudgeGate } from "../language/gate.ts";
import { beginTime } from "./run-time.ts";
import { doneGates, type NodeState, type Phase } from "./node.ts";

/** What the name of a quota's timer begins with. */
export const quotaTimer = "quota:";

/** Steps that failed because another held what they needed go on one at a time: they hold this, as it is shown. */
export const turnResource = "(one at a time)";

/** Where agents wait for money, tokens or asks that are held for others; named as no resource is. */
export const budgetShelf = "(budget)";

/** The only way a node changes its phase, so that the run knows how many wait for a time or a person. */
export function setPhase(state: RunState, node: NodeState, phase: Phase): void {
  if (node.phase === "retrying") state.retrying -= 1;
  else if (node.phase === "asking") state.asking -= 1;
  node.phase = phase;
  if (phase === "retrying") state.retrying += 1;
  else if (phase === "asking") state.asking += 1;
}

/** A node may start, or go on, as soon as there is room for it. */
export function enqueue(state: RunState, node: NodeState): void {
  setPhase(state, node, "ready");
  state.ready.push(node);
}

/** A node leaves the queue: it is live from now on, and its parent counts it. */
export function enter(state: RunState, node: NodeState, at: number): void {
  node.startedAt ??= at;
  if (state.live.has(node)) return;
  state.live.add(node);
  beginTime(state, node);
  if (node.parent) node.parent.inFlight += 1;
}

/** A node takes its named resources, once for as long as it works. */
export function acquire(state: RunState, node: NodeState): void {
  if (node.holding) return;
  node.holding = true;
  for (const name of usesOf(node)) state.inUse.set(name, (state.inUse.get(name) ?? 0) + 1);
}

/** Gives back the resources a node held and offers them to those that wait for them. */
export function release(state: RunState, node: NodeState): void {
  if (!node.holding) return;
  node.holding = false;
  for (const name of usesOf(node)) state.inUse.set(name, (state.inUse.get(name) ?? 1) - 1);
  offer(state, usesOf(node));
}

/** The resources a node holds while it works: its own, and the turn of those that got in each other's way. */
export function usesOf({ plan, contended }: NodeState): readonly string[] {
  return contended ? [...plan.step.uses, turnResource] : plan.step.uses;
}

/**
 * True when what the node does now, or does when it is begun next, asks an agent, so that quota and the caps on agents are
 * about it.
 */
export function isAgent(node: NodeState): boolean {
  if (node.gate || node.resumes) return judgeOf(node) !== undefined;
  const { kind } = node.plan.step.action;
  return kind === "command" || kind === "agent" || (kind === "land" && node.feedback !== undefined);
}

/** The gate that an agent judges now, or judges when the node is begun next; undefined: it is not at such a gate. */
export function judgeOf(node: NodeState): JudgeGate | undefined {
  const next = gateNow(node);
  const gate = next && node.plan.step[next.when === "before" ? "before" : "gates"][next.index];
  return gate?.kind === "judge" ? gate : undefined;
}

/** Where the gate stands that is checked now, or when the node is begun next. */
export function gateNow(node: NodeState): Pick<GateRef, "when" | "index"> | undefined {
  return node.gate?.ref ?? nextGate(node);
}

function nextGate(node: NodeState): Pick<GateRef, "when" | "index"> | undefined {
  const { resumes: when } = node;
  return when && { when, index: doneGates(node, when) };
}

/** True when no further step may hold the resource now. */
export function isTaken(state: RunState, name: string): boolean {
  return (state.inUse.get(name) ?? 0) >= (state.workflow.resources[name] ?? 1);
}

/** Sets a ready node aside until the resource is offered to it. */
export function shelve(state: RunState, node: NodeState, name: string): void {
  const shelf = state.shelved.get(name) ?? newReadyQueue();
  state.shelved.set(name, shelf);
  shelf.push(node);
}

/**
 * Lets the first that waits for each of these resources try, where there is room. Whoever took a node from the queue
 * calls this again for what that node uses: it may have taken nothing, or there may be room for more. So a release
 * costs the same however many wait.
 */
export function offer(state: RunState, names: readonly string[]): void {
  if (state.shelved.size === 0) return;
  for (const name of names) {
    const next = isTaken(state, name) ? undefined : state.shelved.get(name)?.pop();
    if (next) state.ready.push(next);
  }
}

/** Lets all of them try that wait for this: which of them may is not told by how they lie. */
export function offerAll(state: RunState, name: string): void {
  const shelf = state.shelved.get(name);
  for (let next = shelf?.pop(); next; next = shelf?.pop()) state.ready.push(next);
}

/** A pending node whose needs have all ended may start (or be blocked). */
export function wake(state: RunState, node: NodeState): void {
  if (node.phase === "pending") enqueue(state, node);
}

/** A node whose gate has to wait for something holds nothing meanwhile; it goes on with its gates, in its turn. */
export function setAside(state: RunState, node: NodeState, when: "before" | "after"): void {
  node.resumes = when;
  release(state, node);
}
