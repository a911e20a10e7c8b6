import { Validator } from "@cfworker/json-schema";
import type { OutputUnit } from "@cfworker/json-schema";
import { messageOf, TuttiError } from "../errors.ts";
import type { Json, JsonObject } from "../expression/json.ts";

const maxProblems = 5;
/** Say only that something below them does not hold, which the next entry says better. */
const passing = new Set(["$ref", "$dynamicRef", "allOf", "if", "dependentSchemas"]);

const validators = new WeakMap<JsonObject, Validator>();

/**
 * What is wrong with a value by a JSON Schema (2020-12), each with its place; nothing when it fits. Throws BAD_VALUE
 * for a schema that cannot be used.
 */
export function shapeProblems(schema: JsonObject, value: Json): readonly string[] {
  const { valid, errors } = validate(schema, value);
  if (valid) return [];
  const problems = errors
    .filter((error, index) => !isPassing(error, errors[index + 1]))
    .map(
      ({ instanceLocation, keyword, error }) =>
        `${placeOf(instanceLocation)}: ${keyword === "false" ? "It is not allowed here." : error}`,
    );
  const unique = [...new Set(problems)];
  const more = unique.length - maxProblems;
  return more > 0 ? [...unique.slice(0, maxProblems), `and ${more} more`] : unique;
}

function validate(schema: JsonObject, value: Json): ReturnType<Validator["validate"]> {
  try {
    let validator = validators.get(schema);
    if (!validator) {
      // The validator writes its bookkeeping into the schema, and ours is shared and may be frozen.
      validator = new Validator(structuredClone(schema), "2020-12", false);
      validators.set(schema, validator);
    }
    return validator.validate(value);
  } catch (error) {
    const [what] = messageOf(error).split("\n", 1);
    throw new TuttiError("BAD_VALUE", `Cannot use the "output" schema: ${what}`, {
      fix: "correct the step's `output:`; it is JSON Schema 2020-12",
      cause: error,
    });
  }
}

function isPassing(error: OutputUnit, next: OutputUnit | undefined): boolean {
  if (!next) return false;
  if (next.instanceLocation.startsWith(`${error.instanceLocation}/`)) return true;
  return passing.has(error.keyword) && next.instanceLocation === error.instanceLocation;
}

/** `#/a/0/x~1y` → `output.a[0]["x/y"]`. */
function placeOf(location: string): string {
  const steps = location
    .split("/")
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
  return `output${steps.map(stepText).join("")}`;
}

function stepText(step: string): string {
  if (/^\d+$/.test(step)) return `[${step}]`;
  return /^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
