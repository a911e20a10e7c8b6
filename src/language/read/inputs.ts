import { isObject, type JsonObject } from "../../expression/json.ts";
import type { InputSpec } from "../workflow.ts";
import { checkKeyName } from "./key-name.ts";
import { readJsonSchema, roughlyFits, schemaTypes } from "./json-schema.ts";
import { type Loading, type Located, memberOf, shown } from "./loading.ts";
import { wrongType } from "./read-object.ts";

/** Reads `inputs:`: each a type name, or a JSON Schema with `default`, and with `required` as true or false. */
export function readInputs(loading: Loading, at: Located | undefined): ReadonlyMap<string, InputSpec> {
  const inputs = new Map<string, InputSpec>();
  if (!at) return inputs;
  if (!isObject(at.value)) {
    wrongType(loading, {
      at,
      what: '"inputs"',
      wanted: "an object such as {target: {type: string, default: src}}",
    });
    return inputs;
  }
  for (const name of Object.keys(at.value)) {
    const member = memberOf(at, name);
    if (!member) continue;
    checkKeyName(loading, member, { name, what: "an input" });
    inputs.set(name, readInput(loading, member, name));
  }
  return inputs;
}

const anything: InputSpec = { schema: {}, required: false };

function readInput(loading: Loading, at: Located, name: string): InputSpec {
  if (typeof at.value === "string") return typeOnly(loading, at, at.value);
  const schema = readJsonSchema(loading, at, { what: `the input "${shown(name)}"`, input: true });
  if (!schema) return anything;
  const { default: fallback, required, description, ...rest } = schema;
  // `required: true` is about the input, `required: [a, b]` is JSON Schema about its properties.
  const own = typeof required === "boolean" ? required : undefined;
  const spec: JsonObject = Array.isArray(required) ? { ...rest, required } : rest;
  const defaultAt = memberOf(at, "default");
  if (defaultAt && !roughlyFits(spec, defaultAt.value)) {
    loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${shown(defaultAt.value)}" as the default of "${shown(name)}": it does not fit the input's own type`,
      fix: `write a value that fits ${shown(spec)}`,
      at: defaultAt.spot,
    });
  }
  return {
    schema: spec,
    required: own ?? fallback === undefined,
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(typeof description === "string" ? { description } : {}),
  };
}

function typeOnly(loading: Loading, at: Located, type: string): InputSpec {
  if (schemaTypes.some((one) => one === type)) return { schema: { type }, required: true };
  const guess = loading.report.nearest(type, schemaTypes);
  loading.report.add({
    code: "BAD_VALUE",
    message: `Cannot use "${shown(type)}" as an input: a text here is the input's type`,
    fix: guess ? `write "${guess}"` : `write {type: string, default: ${shown(type)}}`,
    at: at.spot,
  });
  return anything;
}
