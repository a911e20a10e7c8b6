import type { Json } from "../expression/json.ts";
import { enter, setPhase } from "./bookkeeping.ts";
import type { Event } from "./events.ts";
import type { NodeState } from "./node.ts";
import type { RunState } from "./state.ts";

/** What votes come to is what the node gives, whether or not anything is decided. */
export function applyCount(
  state: RunState,
  node: NodeState,
  { decision, at }: Extract<Event, { type: "votes.counted" }>,
): void {
  enter(state, node, at);
  node.outcome = { ok: true, output: decision as unknown as Json };
  node.settledAt = at;
  setPhase(state, node, "settling");
}
