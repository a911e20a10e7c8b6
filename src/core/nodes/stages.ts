import { emit, type Draft } from "../draft.ts";
import type { NodeState } from "../state.ts";

/**
 * A command's last two stages are the core's: its gates, and the writing down of its end. Earlier ones are told by
 * the executor that goes through them.
 */
export function tellStages(draft: Draft, node: NodeState, ok: boolean): void {
  if (node.plan.step.action.kind !== "command") return;
  const { address, attempt } = node;
  const durationMs = draft.at - (node.settledAt ?? draft.at);
  emit(draft, { type: "stage.ended", address, attempt, record: { stage: "quality_gates", ok, durationMs } });
  if (ok)
    emit(draft, { type: "stage.ended", address, attempt, record: { stage: "cleanup", ok, durationMs: 0 } });
}
