import type { Action, Chain } from "./workflow.ts";

/** The action with every block that it holds changed; what a run of its own does is left as it is. */
export function mapBlocks(action: Action, change: (chain: Chain) => Chain): Action {
  switch (action.kind) {
    case "branch":
      return { ...action, ways: action.ways.map((way) => ({ ...way, chain: change(way.chain) })) };
    case "chain":
    case "loop":
    case "each":
      return { ...action, chain: change(action.chain) };
    default:
      return action;
  }
}
