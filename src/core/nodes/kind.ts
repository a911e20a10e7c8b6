import type { NodeKind as PlanKind } from "../plan.ts";
import type { NodeState } from "../state.ts";
import { group } from "./group.ts";
import type { NodeKind } from "./node-kind.ts";
import { step } from "./step.ts";
import { wait } from "./wait.ts";

const kinds: Readonly<Record<PlanKind, NodeKind>> = { step, group, wait };

export function kindOf(node: NodeState): NodeKind {
  return kinds[node.plan.kind];
}
