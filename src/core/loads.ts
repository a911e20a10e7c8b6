import type { BranchAction } from "../language/workflow.ts";
import { offer, shelve } from "./bookkeeping.ts";
import type { NodeState } from "./node.ts";
import { placeOf } from "./place.ts";
import type { RunState } from "./state.ts";

/** How many are on each way of a branch that balances them, in all items and rounds together. */

/** True for a branch that looks at how many are on each of its ways. */
export function isBalanced({ plan: { step } }: NodeState): boolean {
  return step.action.kind === "branch" && step.action.balance === true;
}

/** How many are on a way of the branch now. */
export function loadOf(state: RunState, branch: NodeState, way: string): number {
  return loadAt(state, `${placeOf(branch.address)}/${way}`);
}

function loadAt({ atWork }: RunState, place: string): number {
  return atWork.get(place) ?? 0;
}

/** A way is taken. */
export function takePlace(state: RunState, way: NodeState): void {
  if (balancedAround(way)) count(state, way, 1);
}

/** A way has ended: others may be taken that way. */
export function leavePlace(state: RunState, way: NodeState): void {
  const branch = balancedAround(way);
  if (!branch) return;
  count(state, way, -1);
  const place = placeOf(branch.address);
  const looked = state.shelved.get(lookedShelf(place));
  for (let next = looked?.pop(); next; next = looked?.pop()) shelve(state, next, waitingShelf(place));
  offer(state, [waitingShelf(place)]);
}

/** None of the ways that the branch may take has room. */
export function waitForRoom(state: RunState, branch: NodeState): void {
  shelve(state, branch, lookedShelf(placeOf(branch.address)));
}

/**
 * A branch was looked at, whatever came of it: the next that waits is, while there is room. So a place that is left costs the
 * same however many wait for it, unless those could not take it.
 */
export function offerRoom(state: RunState, branch: NodeState): void {
  if (state.shelved.size === 0 || !isBalanced(branch)) return;
  const { ways } = branch.plan.step.action as BranchAction;
  const place = placeOf(branch.address);
  const hasRoom = ways.some(({ name, atOnce = Infinity }) => loadAt(state, `${place}/${name}`) < atOnce);
  if (hasRoom) offer(state, [waitingShelf(place)]);
}

/** The branch that balances its ways and of which this is one. */
function balancedAround({ parent }: NodeState): NodeState | undefined {
  return parent && isBalanced(parent) ? parent : undefined;
}

function count(state: RunState, { address }: NodeState, by: 1 | -1): void {
  const place = placeOf(address);
  state.atWork.set(place, Math.max(0, loadAt(state, place) + by));
}

/** Where those wait that have to look again whether a way has room, and those that have looked since one was left. */
function waitingShelf(place: string): string {
  return `(ways of ${place})`;
}

function lookedShelf(place: string): string {
  return `(full ways of ${place})`;
}
