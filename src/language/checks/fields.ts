import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import type { StepDraft } from "../drafts.ts";

/**
 * What an expression can ask of a step. `results` is another name of `output`; `result` is the uniform contract
 * (`execution_status`, `primary_outputs`, `quality_metrics`, …).
 */
const stepFields = [
  "output",
  "results",
  "result",
  "status",
  "error",
  "cost_usd",
  "duration_ms",
  "changed_files",
  "exit_code",
  "stdout",
  "attempts",
  "quality_metrics",
] as const;

/** How a step can have ended, as `status` says it. */
export const stepStatuses = ["verified", "claimed", "failed", "skipped", "blocked", "cancelled"] as const;

/** Fields that say how a step ended; all others ask for what it gave. */
export const endFields: ReadonlySet<string> = new Set(["status", "error", "exit_code", "attempts"]);

export interface BadField {
  readonly name: string;
  readonly of: string;
  readonly candidates: readonly string[];
}

/** The first part of a path that a step cannot have; undefined when all is well or nothing is known. */
export function badField(step: StepDraft, path: readonly string[]): BadField | undefined {
  const [field, ...rest] = path;
  if (field === undefined) return undefined;
  if (!stepFields.some((known) => known === field)) {
    return { name: field, of: `"${step.name}"`, candidates: stepFields };
  }
  if (field !== "output" && field !== "results") return undefined;
  if (step.action.kind === "chain") return badGroupOutput(step, rest);
  return step.body.output && badProperty(step.body.output, rest, `${step.name}.output`);
}

function badGroupOutput(group: StepDraft, [name, ...rest]: readonly string[]): BadField | undefined {
  if (group.action.kind !== "chain" || name === undefined) return undefined;
  const { byName } = group.action.block;
  const child = byName.get(name);
  if (!child) return { name, of: `"${group.name}.output"`, candidates: [...byName.keys()] };
  return badField(child, ["output", ...rest]);
}

/** Keywords under which properties may come from elsewhere than `properties`. */
const open = [
  "$ref",
  "allOf",
  "anyOf",
  "oneOf",
  "if",
  "patternProperties",
  "$dynamicRef",
  "dependentSchemas",
];

function badProperty(schema: Json | undefined, path: readonly string[], of: string): BadField | undefined {
  const [name, ...rest] = path;
  if (name === undefined || !isObject(schema)) return undefined;
  const properties = propertiesOf(schema);
  if (!properties) return undefined;
  if (Object.hasOwn(properties, name)) return badProperty(properties[name], rest, `${of}.${name}`);
  // Every step may report its own metrics beside what it declares.
  if (name === "quality_metrics") return undefined;
  return { name, of: `"${of}"`, candidates: Object.keys(properties) };
}

/** The properties an object can have; undefined when the schema leaves others open. */
function propertiesOf(schema: JsonObject): JsonObject | undefined {
  const extra = schema["additionalProperties"];
  const isOpen = open.some((key) => Object.hasOwn(schema, key)) || extra === true || isObject(extra);
  return !isOpen && isObject(schema["properties"]) ? schema["properties"] : undefined;
}

/** True for a field that holds whatever an agent wrote: no literal can be expected of it. */
export function isFreeText(step: StepDraft, path: readonly string[]): boolean {
  if (path.length !== 1 || (step.action.kind !== "command" && step.action.kind !== "agent")) return false;
  const [field] = path;
  if (field === "stdout") return true;
  return (field === "output" || field === "results") && step.body.output === undefined;
}
