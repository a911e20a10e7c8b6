import type { ErrorStrategy } from "../../language/workflow.ts";
import { emit, type Draft } from "../draft.ts";
import type { Failure, NodeEnd } from "../events.ts";
import { recoveryOf } from "../policies/stages.ts";
import type { NodeState } from "../state.ts";

/** Ends a node that did what it should. */
export function endWell(
  draft: Draft,
  node: NodeState,
  how: { readonly end: NodeEnd; readonly reason?: string },
): void {
  emit(draft, { type: "node.ended", address: node.address, ...how });
}

/** Ends a node that failed, in the way its error strategy (or its block's) says. */
export function endFailed(draft: Draft, node: NodeState, failure: Failure): void {
  const end = failure.class === "cancelled" ? "cancelled" : "failed";
  const strategy = node.plan.step.errorStrategy ?? node.parent?.plan.block?.chain.errorStrategy ?? "stop";
  const tolerated = end === "failed" ? tolerance(strategy, node) : undefined;
  const recovery = failure.stage === undefined ? undefined : recoveryOf(failure.stage);
  const named = recovery === undefined ? failure : { ...failure, recovery };
  emit(draft, {
    type: "node.ended",
    address: node.address,
    end,
    failure: named,
    ...(tolerated ? { tolerated } : {}),
  });
}

function tolerance(strategy: ErrorStrategy, node: NodeState): "continue" | { fallback: string } | undefined {
  if (strategy === "stop" || node.plan.dormant || brokeMaximumGate(node)) return undefined;
  return strategy === "continue_on_failure" ? "continue" : strategy;
}

function brokeMaximumGate(node: NodeState): boolean {
  const last = node.gateResults.at(-1);
  return last !== undefined && !last.passed && last.ref.level === "maximum";
}
