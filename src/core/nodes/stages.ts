import { emit, type Draft } from "../draft.ts";
import type { Outcome, StageRecord } from "../outcome.ts";
import type { Stage } from "../policies/stages.ts";
import type { NodeState } from "../node.ts";

/** Tells that the check of a command's output ended; nothing when the command failed before. */
export function tellValidation(draft: Draft, node: NodeState, outcome: Outcome): void {
  if (outcome.ok) tell(draft, node, { stage: "post_execution_validation", ok: true, durationMs: 0 });
  else if (outcome.failure?.code === "OUTPUT_SHAPE" || outcome.failure?.code === "OUTPUT_TOO_LARGE") {
    tell(draft, node, {
      stage: "post_execution_validation",
      ok: false,
      durationMs: 0,
      note: outcome.failure.message,
    });
  }
}

/** Tells that a command's gates ended, and with them (when they held) its whole pipeline. */
export function tellGates(draft: Draft, node: NodeState, ok: boolean): void {
  tell(draft, node, { stage: "quality_gates", ok, durationMs: draft.at - (node.settledAt ?? draft.at) });
  if (ok) tell(draft, node, { stage: "cleanup", ok, durationMs: 0 });
}

function tell(draft: Draft, node: NodeState, record: StageRecord & { readonly stage: Stage }): void {
  if (node.plan.step.action.kind !== "command") return;
  emit(draft, { type: "stage.ended", address: node.address, attempt: node.attempt, record });
}
