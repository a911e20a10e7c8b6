import { offerAll } from "./bookkeeping.ts";
import type { NodeState } from "./node.ts";
import { placeOf } from "./place.ts";
import type { RunState } from "./state.ts";

/** How many are on each way of a branch that balances them, in all items and rounds together. */

/** True for a branch that looks at how many are on each of its ways. */
export function isBalanced({ plan: { step } }: NodeState): boolean {
  return step.action.kind === "branch" && step.action.balance === true;
}

/** How many are on a way of the branch now. */
export function loadOf({ atWork }: RunState, branch: NodeState, way: string): number {
  return atWork.get(`${placeOf(branch.address)}/${way}`) ?? 0;
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
  offerAll(state, crowdShelf(branch));
}

/** The branch that balances its ways and of which this is one. */
function balancedAround({ parent }: NodeState): NodeState | undefined {
  return parent && isBalanced(parent) ? parent : undefined;
}

function count({ atWork }: RunState, { address }: NodeState, by: 1 | -1): void {
  const place = placeOf(address);
  atWork.set(place, Math.max(0, (atWork.get(place) ?? 0) + by));
}

/** Where those wait whose ways are all full. */
export function crowdShelf({ address }: NodeState): string {
  return `(ways of ${placeOf(address)})`;
}
