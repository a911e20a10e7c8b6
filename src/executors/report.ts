import type { Outcome } from "../core/outcome.ts";
import { asText, isObject, type Json, type JsonObject } from "../expression/json.ts";

const words = ["success", "partial", "failure"] as const;
type Report = (typeof words)[number];

/**
 * What an agent says of its own work, in the uniform contract: `execution_status`, or a `status` that its schema
 * declares as one of `success`, `partial`, `failure`. A `failure` ends the attempt as one; any other `status` is just
 * data.
 */
export function withReport(outcome: Outcome, schema: JsonObject | undefined): Outcome {
  const reported = outcome.ok ? reportOf(outcome.output, schema) : undefined;
  if (reported === undefined) return outcome;
  if (reported !== "failure") return { ...outcome, reported };
  const output = isObject(outcome.output) ? outcome.output : {};
  const why = asText(output["summary"]) || asText(output["error"]) || "it gave no reason";
  return {
    ...outcome,
    ok: false,
    reported,
    failure: {
      code: "AGENT_FAILED",
      message: `Cannot go on: the agent itself reports a failure: ${why}`,
      fix: "see its output; change the task or what it needs, then resume",
      class: "failure",
    },
  };
}

function reportOf(output: Json | undefined, schema: JsonObject | undefined): Report | undefined {
  if (!isObject(output)) return undefined;
  const said = Object.hasOwn(output, "execution_status")
    ? output["execution_status"]
    : declaredStatus(output, schema);
  return words.find((word) => word === said);
}

function declaredStatus(output: JsonObject, schema: JsonObject | undefined): Json | undefined {
  const properties = schema?.["properties"];
  const status = isObject(properties) ? properties["status"] : undefined;
  const allowed: readonly Json[] = isObject(status) && Array.isArray(status["enum"]) ? status["enum"] : [];
  const isReport = allowed.length > 0 && allowed.every((word) => words.some((known) => known === word));
  return isReport && Object.hasOwn(output, "status") ? output["status"] : undefined;
}
