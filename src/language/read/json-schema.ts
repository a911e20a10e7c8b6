import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import { schemaFaults } from "../../expression/json-schema.ts";
import { below, type Spot } from "../places.ts";
import { itemsOf, type Loading, type Located, memberOf, shown } from "./loading.ts";
import { wrongType } from "./read-object.ts";

export const schemaTypes = ["string", "number", "integer", "boolean", "object", "array", "null"] as const;

/** Keywords of which each value is a schema, a map of schemas, a list of schemas. */
const oneSchema = ["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"];
const schemaMaps = ["properties", "patternProperties", "$defs"];
const schemaLists = ["allOf", "anyOf", "oneOf", "prefixItems"];

export interface SchemaOptions {
  /** For messages. */
  readonly what: string;
  /** An input's schema may also say `required: true`. */
  readonly input?: boolean;
}

/** Reads a JSON Schema; whatever in it no value could be checked by is reported. */
export function readJsonSchema(
  loading: Loading,
  at: Located,
  { what, input = false }: SchemaOptions,
): JsonObject | undefined {
  if (!isObject(at.value)) {
    wrongType(loading, { at, what, wanted: "a JSON Schema such as {type: object, properties: {…}}" });
    return undefined;
  }
  checkSchema(loading, at, { what, input });
  for (const { path, isKey, message, fix } of schemaFaults(at.value)) {
    const part = isKey ? "key" : "value";
    loading.report.add({ code: "BAD_VALUE", message, fix, at: spotOf(at, path), part });
  }
  return at.value;
}

function spotOf({ value, spot }: Located, path: readonly (string | number)[]): Spot {
  let holder: unknown = value;
  let at = spot;
  for (const key of path) {
    if (typeof holder !== "object" || holder === null) break;
    at = below(at, holder, key);
    holder = (holder as Readonly<Record<string | number, unknown>>)[key];
  }
  return at;
}

function checkSchema(loading: Loading, at: Located, { what, input = false }: SchemaOptions): void {
  if (typeof at.value === "boolean") return;
  if (!isObject(at.value))
    return wrongType(loading, { at, what, wanted: "a JSON Schema such as {type: string}" });
  checkType(loading, memberOf(at, "type"));
  if (!input || typeof at.value["required"] !== "boolean") checkRequired(loading, memberOf(at, "required"));
  for (const key of schemaMaps) checkMap(loading, memberOf(at, key), key);
  for (const key of [...oneSchema, ...schemaLists]) checkInner(loading, memberOf(at, key), key);
}

function checkInner(loading: Loading, at: Located | undefined, key: string): void {
  if (!at) return;
  // `items` of older drafts may be a list, too.
  for (const one of Array.isArray(at.value) ? itemsOf(at) : [at])
    checkSchema(loading, one, { what: `"${key}"` });
}

function checkMap(loading: Loading, at: Located | undefined, key: string): void {
  if (!at) return;
  if (!isObject(at.value))
    return wrongType(loading, { at, what: `"${key}"`, wanted: "an object of names and schemas" });
  for (const name of Object.keys(at.value)) {
    const part = memberOf(at, name);
    if (part) checkSchema(loading, part, { what: `the schema of "${shown(name)}"` });
  }
}

function checkType(loading: Loading, at: Located | undefined): void {
  if (!at) return;
  for (const { value, spot } of Array.isArray(at.value) ? itemsOf(at) : [at]) {
    if (typeof value === "string" && schemaTypes.some((type) => type === value)) continue;
    const guess = typeof value === "string" ? loading.report.nearest(value, schemaTypes) : undefined;
    loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${shown(value)}" as a type: JSON Schema has no such type`,
      fix: guess ? `write "${guess}"` : `write one of ${schemaTypes.join(", ")}`,
      at: spot,
    });
  }
}

function checkRequired(loading: Loading, at: Located | undefined): void {
  if (!at) return;
  const isNames = Array.isArray(at.value) && at.value.every((name: Json) => typeof name === "string");
  if (!isNames) wrongType(loading, { at, what: '"required"', wanted: "a list of property names" });
}

/** True when a value has one of the types and enum values that a schema asks for at its top. */
export function roughlyFits(schema: JsonObject, value: Json): boolean {
  const { type, enum: options } = schema;
  const types: readonly unknown[] = type === undefined ? [] : [type].flat();
  const typeFits = types.length === 0 || types.some((one) => hasType(value, one));
  return (
    typeFits &&
    (!Array.isArray(options) || options.some((option) => JSON.stringify(option) === JSON.stringify(value)))
  );
}

function hasType(value: Json, type: unknown): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "object":
      return isObject(value);
    default:
      return typeof value === type;
  }
}
