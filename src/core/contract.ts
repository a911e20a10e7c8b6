import { isObject, type Json, type JsonObject } from "../expression/json.ts";
import { durationOf } from "./duration.ts";
import type { NodeState } from "./node.ts";

/**
 * A step's result in the uniform contract, the same for commands, shell lines, HTTP calls and functions:
 * `{ command_id, execution_status, primary_outputs, workflow_data, quality_metrics, next_command_context }`.
 * `quality_metrics` holds what the step reported, and what was measured: `duration_ms`, `cost_usd`, `gates`.
 */
export function contractOf(
  node: NodeState,
  { output, at }: { readonly output: Json; readonly at: number },
): JsonObject {
  const reported = isObject(output) ? output : {};
  return {
    command_id: node.address,
    execution_status: statusOf(node),
    primary_outputs: output,
    workflow_data: reported["workflow_data"] ?? {},
    quality_metrics: {
      ...(isObject(reported["quality_metrics"]) ? reported["quality_metrics"] : {}),
      duration_ms: durationOf(node, at),
      cost_usd: node.costUnknown ? null : node.costUsd,
      gates: node.gateResults.map(({ ref, passed }) => ({ name: ref.name, passed })),
    },
    next_command_context: reported["next_command_context"] ?? {},
  };
}

function statusOf(node: NodeState): "success" | "partial" | "failure" | null {
  if (node.end === undefined || node.end === "skipped") return null;
  if (!node.satisfied) return "failure";
  return node.outcome?.reported === "partial" ? "partial" : "success";
}
