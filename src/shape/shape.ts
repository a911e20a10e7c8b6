import { Validator } from "@cfworker/json-schema";
import type { OutputUnit } from "@cfworker/json-schema";
import { messageOf, TuttiError } from "../errors.ts";
import { canonicalJson, isObject, type Json, type JsonObject } from "../expression/json.ts";
import { schemasIn } from "../expression/json-schema.ts";
import { timeBound } from "./time-bound.ts";

const maxProblems = 5;
const maxCheckMs = 1000;
/** Say only that something below them does not hold, which the next entry says better. */
const passing = new Set(["$ref", "$dynamicRef", "allOf", "if", "dependentSchemas"]);

export interface ShapeSubject {
  /** What the places in the problems begin with: `output` → `output.a[0]`. */
  readonly root: string;
  /** The schema, for messages: `the "output" schema`. */
  readonly what: string;
  /** What to do about a schema that cannot be used. */
  readonly fix: string;
}

/**
 * What is wrong with a value by a JSON Schema (2020-12), each with its place; nothing when it fits. Throws BAD_VALUE
 * for a schema that cannot be used, and for a check that takes longer than a second.
 */
export function shapeProblems(
  schema: JsonObject,
  value: Json,
  { root, what, fix }: ShapeSubject,
): readonly string[] {
  const result = timely(schema, value, { root, what, fix });
  if (result.valid) return [];
  const problems = result.errors
    .filter((error, index) => !isPassing(error, result.errors[index + 1]))
    .map(
      ({ instanceLocation, keyword, error }) =>
        `${placeOf(instanceLocation, root)}: ${keyword === "false" ? "It is not allowed here." : error}`,
    );
  const unique = [...new Set(problems)];
  const more = unique.length - maxProblems;
  return more > 0 ? [...unique.slice(0, maxProblems), `and ${more} more`] : unique;
}

type Result = ReturnType<Validator["validate"]>;

function timely(schema: JsonObject, value: Json, { what, fix }: ShapeSubject): Result {
  let result: { readonly value: Result } | undefined;
  try {
    // A pattern can take exponential time, a schema that refers to itself too: no value is worth a frozen process.
    result = timeBound(maxCheckMs, () => validate(schema, value));
  } catch (error) {
    const [why] = messageOf(error).split("\n", 1);
    throw new TuttiError("BAD_VALUE", `Cannot use ${what}: ${why}`, { fix, cause: error });
  }
  if (result) return result.value;
  throw new TuttiError("BAD_VALUE", `Cannot use ${what}: to check the value by it takes longer than 1 s`, {
    fix: "make its patterns simpler (no repetition inside a repetition), or the value smaller",
  });
}

/** `distinct`: without `uniqueItems`, for values in which no list holds anything twice. */
interface Checkers {
  readonly whole: Validator;
  readonly distinct: Validator | undefined;
}

const checkers = new WeakMap<JsonObject, Checkers>();

function validate(schema: JsonObject, value: Json): Result {
  let found = checkers.get(schema);
  if (!found) {
    found = checkersOf(schema);
    checkers.set(schema, found);
  }
  const { whole, distinct } = found;
  return (distinct && !holdsTwins(value) ? distinct : whole).validate(value);
}

function checkersOf(schema: JsonObject): Checkers {
  // The validator writes its bookkeeping into the schema, and ours is shared and may be frozen.
  const whole = new Validator(structuredClone(schema), "2020-12", false);
  if (!schemasIn(schema).some((at) => at.schema["uniqueItems"] === true))
    return { whole, distinct: undefined };
  const lenient = structuredClone(schema);
  for (const at of schemasIn(lenient)) delete (at.schema as Record<string, Json>)["uniqueItems"];
  return { whole, distinct: new Validator(lenient, "2020-12", false) };
}

/** True when a list somewhere in the value holds two equal items. The validator compares each with each. */
function holdsTwins(value: Json): boolean {
  if (Array.isArray(value)) {
    const items: readonly Json[] = value;
    return new Set(items.map(canonicalJson)).size < items.length || items.some(holdsTwins);
  }
  return isObject(value) && Object.values(value).some((member) => member !== undefined && holdsTwins(member));
}

function isPassing(error: OutputUnit, next: OutputUnit | undefined): boolean {
  if (!next) return false;
  if (next.instanceLocation.startsWith(`${error.instanceLocation}/`)) return true;
  return passing.has(error.keyword) && next.instanceLocation === error.instanceLocation;
}

/** `#/a/0/x~1y` → `output.a[0]["x/y"]`. */
function placeOf(location: string, root: string): string {
  const steps = location
    .split("/")
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
  return `${root}${steps.map(stepText).join("")}`;
}

function stepText(step: string): string {
  if (/^\d+$/.test(step)) return `[${step}]`;
  return /^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
