import { LazyMap } from "./lazy-map.ts";
import { type NodeState, wayOf } from "./node.ts";
import { around } from "./place.ts";
import { outputOf } from "./scope.ts";
import type { RunState } from "./state.ts";
import type { KeptWay } from "./tried-way.ts";
import { triedOf, triesNext } from "./tried.ts";

interface Restarted {
  /** Addresses whose results are not used again. */
  readonly dropped: ReadonlySet<string>;
  /** The workflow is another one. */
  readonly changed: boolean;
}

/**
 * Which way each branch takes again in the next life: what was chosen by what has worked is not chosen again, and one that was
 * taken because others had failed is not left for those, so that results can be used. In a changed workflow what had failed may
 * be mended, and after a branch that has failed as a whole all of its ways are tried again.
 */
export function keptWays(state: RunState, restarted: Restarted): RunState["learning"]["taken"] {
  const { taken } = state.learning;
  for (const node of state.byAddress.values()) {
    if (node.decided?.type !== "branch.decided") continue;
    const kept = keptWay(state, node);
    if (kept) taken.set(node.address, kept);
    else if (triesNext(node)) taken.delete(node.address);
  }
  for (const [address, kept] of taken) keepUndropped(taken, { address, kept, ...restarted });
  return taken;
}

function keptWay(state: RunState, node: NodeState): KeptWay | undefined {
  const way = wayOf(node) ?? null;
  const tried = triedOf(node, (one) => outputOf(state, one));
  if (tried.length === 0)
    return way !== null && node.decided?.type === "branch.decided" && node.decided.choice
      ? { way, tried }
      : undefined;
  if (node.end === "failed") return undefined;
  const isTried = tried.some((one) => one.way === way);
  // as it would be stored
  return { way: isTried ? null : way, tried: tried.map(({ ...one }) => one) };
}

interface Keeping extends Restarted {
  readonly address: string;
  readonly kept: KeptWay;
}

/** Where the work on a way that had failed is to be done again, it is taken again. */
function keepUndropped(taken: LazyMap<string, KeptWay>, { address, kept, dropped, changed }: Keeping): void {
  const { tried } = kept;
  if (around(address).some((one) => dropped.has(one)) || (changed && tried.length > 0)) {
    taken.delete(address);
    return;
  }
  for (const [index, { way }] of tried.entries()) {
    if (!isWithin(dropped, `${address}/${way}`)) continue;
    taken.set(address, { way, tried: tried.slice(0, index) });
    return;
  }
}

function isWithin(dropped: ReadonlySet<string>, way: string): boolean {
  return [...dropped].some((one) => one === way || one.startsWith(`${way}/`));
}

/** Steps that can be undone, on ways that had failed and are not taken again: what they did is the run's work still. */
export function leftOnWays({ undoable, learning }: RunState): RunState["undoable"] {
  const left: RunState["undoable"] = new LazyMap();
  if (undoable.size === 0) return left;
  const ways = [...learning.taken].flatMap(([address, { tried }]) =>
    tried.map(({ way }) => `${address}/${way}/`),
  );
  for (const [address, node] of undoable)
    if (node.undo === undefined && ways.some((way) => address.startsWith(way))) left.set(address, node);
  return left;
}
