import type { Draft } from "../draft.ts";
import type { NodeKind as PlanKind } from "../plan.ts";
import type { NodeState } from "../state.ts";
import { group } from "./group.ts";
import { step } from "./step.ts";
import { wait } from "./wait.ts";

/** What a kind of node can do. Each kind is one file beside this one. */
export interface NodeKind {
  /** Its needs have ended well, it may start: emits the first event of its work, or its end. */
  start(draft: Draft, node: NodeState): void;
  /** The run's process died while it was live: emits what follows from that, if anything. */
  recover(draft: Draft, node: NodeState): void;
  /** The run is being cancelled: ends it unless an effect in flight has to come back first. */
  cancel(draft: Draft, node: NodeState): void;
}

const kinds: Readonly<Record<PlanKind, NodeKind>> = { step, group, wait };

export function kindOf(node: NodeState): NodeKind {
  return kinds[node.plan.kind];
}
