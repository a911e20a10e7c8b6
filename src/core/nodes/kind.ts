import type { NodeKind as PlanKind } from "../plan.ts";
import type { NodeState } from "../node.ts";
import { ask } from "./ask.ts";
import { branch } from "./branch.ts";
import { each } from "./each.ts";
import { group } from "./group.ts";
import { loop } from "./loop.ts";
import type { NodeKind } from "./node-kind.ts";
import { step } from "./step.ts";
import { tally } from "./tally.ts";
import { value } from "./value.ts";
import { wait } from "./wait.ts";

const kinds: Readonly<Record<PlanKind, NodeKind>> = {
  step,
  group,
  wait,
  branch,
  loop,
  each,
  ask,
  value,
  tally,
};

export function kindOf(node: NodeState): NodeKind {
  return kinds[node.plan.kind];
}
