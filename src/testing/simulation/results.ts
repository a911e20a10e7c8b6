import type { NodeState } from "../../core/node.ts";
import type { RunState } from "../../core/state.ts";
import { triesNext } from "../../core/tried.ts";

/** Addresses of the ways that failed, and after which another ended well. */
export function leftWays({ byAddress }: RunState): readonly string[] {
  const failed = [...byAddress.values()].filter(({ end }) => end === "failed");
  return failed.flatMap(({ parent, address }) =>
    parent?.satisfied === true && triesNext(parent) ? [address] : [],
  );
}

function isOnFailedWay(node: NodeState): boolean {
  for (let at = node; at.parent; at = at.parent) if (at.end === "failed" && triesNext(at.parent)) return true;
  return false;
}

/** What a run came to, by address: that what a restart does not do again is the same after it. */
export function resultsOf({ status, byAddress }: RunState): unknown {
  // a way that had failed before is not taken again, whatever follows from it
  const lasting = [...byAddress.values()].filter((node) => !isOnFailedWay(node));
  const results = lasting.map(({ address, end, attempt, outcome }) => [
    address,
    { end, attempt, output: outcome?.output },
  ]);
  return { status, nodes: Object.fromEntries(results) };
}
