import { TuttiError } from "../errors.ts";
import { isObject, type Json, type JsonObject } from "../expression/json.ts";
import type { Call, InputSpec } from "../language/workflow.ts";
import { compiledStep } from "./compiled.ts";
import { scopeOf } from "./scope.ts";
import type { NodeState } from "./node.ts";
import type { RunState } from "./state.ts";

/** The inputs that a called workflow gets: what is given, then the defaults. Throws INPUT_INVALID, INPUT_MISSING. */
export function inputsOfCall(state: RunState, node: NodeState, { workflow, inputs }: Call): JsonObject {
  const given = compiledStep(node.plan.step).values?.render(scopeOf(state, node));
  const values = isObject(given) ? given : {};
  const entries = Object.entries(inputs).map(([name, spec]): [string, Json] => [
    name,
    valueOf(values[name], { name, spec, workflow }),
  ]);
  return Object.fromEntries(entries);
}

function valueOf(
  given: Json | undefined,
  { name, spec, workflow }: { readonly name: string; readonly spec: InputSpec; readonly workflow: string },
): Json {
  const value = given ?? spec.default;
  if (value === undefined) {
    if (!spec.required) return null;
    throw new TuttiError("INPUT_MISSING", `Cannot call "${workflow}": its input "${name}" has no value`, {
      fix: `give it under \`with:\``,
    });
  }
  const types = [spec.schema["type"] ?? []].flat().filter((type) => typeof type === "string");
  if (types.length === 0 || types.some((type) => hasType(value, type))) return value;
  throw new TuttiError(
    "INPUT_INVALID",
    `Cannot call "${workflow}": its input "${name}" is to be ${types.join(" or ")}, and is ${JSON.stringify(value).slice(0, 200)}`,
    { fix: "give a value of that type under `with:`" },
  );
}

/** Whether a value is of a type of JSON Schema; the rest of a schema is not looked at. */
function hasType(value: Json, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
