import type { NodeState, RunState } from "./state.ts";

/** Name of the timer after which agents may be asked again, and of the shelf of those that wait for it. */
export const quotaTimer = "quota";

/** A node leaves the queue: it is live from now on, and its parent counts it. */
export function enter(state: RunState, node: NodeState, at: number): void {
  node.startedAt ??= at;
  if (state.live.has(node)) return;
  state.live.add(node);
  if (node.parent) node.parent.inFlight += 1;
}

/** A node takes its named resources, once for as long as it works. */
export function acquire(state: RunState, node: NodeState): void {
  if (node.holding) return;
  node.holding = true;
  for (const name of node.plan.step.uses) state.inUse.set(name, (state.inUse.get(name) ?? 0) + 1);
}

/** Gives back the resources a node held and lets those that wait for them try again. */
export function release(state: RunState, node: NodeState): void {
  if (!node.holding) return;
  node.holding = false;
  for (const name of node.plan.step.uses) {
    state.inUse.set(name, (state.inUse.get(name) ?? 1) - 1);
    unshelve(state, name);
  }
}

/** Sets a ready node aside until `unshelve` of the same name. */
export function shelve(state: RunState, node: NodeState, name: string): void {
  const shelf = state.shelved.get(name);
  if (shelf) shelf.push(node);
  else state.shelved.set(name, [node]);
}

export function unshelve(state: RunState, name: string): void {
  const shelf = state.shelved.get(name);
  if (!shelf) return;
  state.shelved.delete(name);
  for (const node of shelf) state.ready.push(node);
}

/** A pending node whose needs have all ended may start (or be blocked). */
export function wake(state: RunState, node: NodeState): void {
  if (node.phase !== "pending") return;
  node.phase = "ready";
  state.ready.push(node);
}
