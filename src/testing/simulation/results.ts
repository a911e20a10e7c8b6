import type { RunState } from "../../core/state.ts";
import { isPassedOver, triesNext } from "../../core/tried.ts";

/** Addresses of the ways that failed, and after which another ended well. */
export function leftWays({ byAddress }: RunState): readonly string[] {
  const failed = [...byAddress.values()].filter(({ end }) => end === "failed");
  return failed.flatMap(({ parent, address }) =>
    parent?.satisfied === true && triesNext(parent) ? [address] : [],
  );
}

/** What a run came to, by address: that what a restart does not do again is the same after it. */
export function resultsOf({ status, byAddress }: RunState): unknown {
  // a way that failed and another after it are not taken again, but for the last
  const lasting = [...byAddress.values()].filter((node) => !isPassedOver(node));
  const results = lasting.map(({ address, end, attempt, outcome }) => [
    address,
    { end, attempt, output: outcome?.output },
  ]);
  return { status, nodes: Object.fromEntries(results) };
}
