import { TuttiError } from "../../errors.ts";
import { isObject, sameJson, type Json, type JsonObject } from "../../expression/json.ts";
import { pointerKeys } from "../../expression/json-schema.ts";
import { listField, numberField, objectField, objectListField, textField, textListField } from "../fields.ts";

/**
 * A value that fits a JSON Schema, always the same for the same schema: first choices, smallest sizes, every declared
 * property. Types, `required`, `enum`, `const`, `default`, bounds, `anyOf`/`oneOf`/`allOf`, local `$ref` and the
 * common formats are met; `pattern`, `not` and conditions are not. Throws BAD_VALUE when a value that fits would be
 * larger or deeper than any answer: a schema can require itself, or a billion characters.
 */
export function synthesize(schema: JsonObject): Json {
  return valueFor(schema, { root: schema, depth: 0, name: "value", size: { left: maxSize } });
}

interface Place {
  readonly root: JsonObject;
  readonly depth: number;
  /** Name of the property, used in texts. */
  readonly name: string;
  /** Characters and values that the whole value may still have. */
  readonly size: { left: number };
}

const maxSize = 1_000_000;
const mostDepth = 64;
/** What following one reference or merging one part counts: schemas can make more of both than of values. */
const resolvingSize = 50;

function spend(size: number, place: Place): void {
  place.size.left -= Math.max(0, size);
  if (place.size.left >= 0 && place.depth <= mostDepth) return;
  throw new TuttiError("BAD_VALUE", `Cannot make up a value for "${place.name}": ${tooMuch(place)}`, {
    fix: "script the answer with a rule of the mock agent, or ask for less in the schema",
  });
}

function tooMuch({ depth }: Place): string {
  return depth > mostDepth
    ? `its schema requires a value that is more than ${mostDepth} levels deep`
    : `its schema requires a value of more than ${maxSize} characters`;
}

const maxDepth = 6;

/** Deep down and late only what is required is filled in, so that a schema that names itself comes to an end. */
function isGenerous({ depth, size }: Place): boolean {
  return depth < maxDepth && size.left > maxSize / 2;
}

function valueFor(written: JsonObject, place: Place): Json {
  spend(1, place);
  const schema = resolved(written, place);
  const chosen = chosenValue(schema);
  if (chosen !== undefined) return chosen;
  switch (typeOf(schema)) {
    case "object":
      return objectFor(schema, place);
    case "array":
      return arrayFor(schema, place);
    case "integer":
      return numberFor(schema, 1);
    case "number":
      return numberFor(schema, 0);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return textFor(schema, place);
  }
}

function chosenValue(schema: JsonObject): Json | undefined {
  if (schema["const"] !== undefined) return schema["const"];
  const options = listField(schema, "enum");
  const preferred = schema["default"];
  if (options.length === 0) return preferred;
  return preferred !== undefined && options.some((option) => sameJson(option, preferred))
    ? preferred
    : options[0];
}

/** References followed, all of `allOf` and the first of `anyOf` and `oneOf` merged in. */
function resolved(schema: JsonObject, place: Place, rounds = 0): JsonObject {
  if (rounds > 20) return schema;
  if (rounds > 0) spend(resolvingSize, place);
  const reference = textField(schema, "$ref");
  if (reference !== undefined) {
    const { $ref: _, ...rest } = schema;
    return resolved(merged(lookUp(place.root, reference), rest), place, rounds + 1);
  }
  const { allOf, anyOf, oneOf, ...rest } = schema;
  const parts = [
    ...objectListField({ allOf }, "allOf"),
    ...objectListField({ anyOf }, "anyOf").slice(0, 1),
    ...objectListField({ oneOf }, "oneOf").slice(0, 1),
  ];
  if (parts.length === 0) return schema;
  return parts.map((part) => resolved(part, place, rounds + 1)).reduce(merged, rest);
}

function merged(a: JsonObject, b: JsonObject): JsonObject {
  return {
    ...a,
    ...b,
    properties: { ...objectField(a, "properties"), ...objectField(b, "properties") },
    required: [...new Set([...textListField(a, "required"), ...textListField(b, "required")])],
  };
}

function lookUp(root: JsonObject, reference: string): JsonObject {
  if (reference === "#") return root;
  if (!reference.startsWith("#/")) return {};
  let found: Json | undefined = root;
  for (const part of pointerKeys(reference)) found = isObject(found) ? found[part] : undefined;
  return isObject(found) ? found : {};
}

function typeOf(schema: JsonObject): string {
  const type = schema["type"];
  if (typeof type === "string") return type;
  if (Array.isArray(type)) return type.find((one) => one !== "null") ?? "null";
  const properties = Object.keys(objectField(schema, "properties") ?? {});
  if (properties.length + textListField(schema, "required").length > 0) return "object";
  const hint = Object.keys(typeHints).find((key) => schema[key] !== undefined);
  return hint === undefined ? "string" : (typeHints[hint] ?? "string");
}

/** What a schema that names no type must mean, by the first of these keys that it has. */
const typeHints: Readonly<Record<string, string>> = {
  items: "array",
  prefixItems: "array",
  minItems: "array",
  minimum: "number",
  maximum: "number",
  exclusiveMinimum: "number",
  exclusiveMaximum: "number",
  multipleOf: "number",
};

function objectFor(schema: JsonObject, place: Place): Json {
  const properties = objectField(schema, "properties") ?? {};
  const required = textListField(schema, "required");
  const extra = objectField(schema, "additionalProperties") ?? {};
  const names = isGenerous(place) ? Object.keys(properties) : [];
  const value: Record<string, Json> = {};
  for (const name of new Set([...names, ...required])) {
    const property = properties[name];
    // `false` in place of a schema: the property may not be there.
    if (property === false) continue;
    const inner = { ...place, depth: place.depth + 1, name };
    value[name] = valueFor(isObject(property) ? property : extra, inner);
  }
  const missing = (numberField(schema, "minProperties") ?? 0) - Object.keys(value).length;
  spend(missing, place);
  for (let index = 1, added = 0; added < missing; index += 1) {
    const key = `key${index}`;
    if (Object.hasOwn(value, key)) continue;
    value[key] = valueFor(extra, { ...place, depth: place.depth + 1, name: key });
    added += 1;
  }
  return value;
}

function arrayFor(schema: JsonObject, place: Place): Json {
  const first = objectListField(schema, "prefixItems");
  const items = objectField(schema, "items") ?? {};
  const wanted = Math.max(numberField(schema, "minItems") ?? 0, first.length, isGenerous(place) ? 1 : 0);
  const count = Math.min(wanted, numberField(schema, "maxItems") ?? wanted);
  spend(count, place);
  return Array.from({ length: count }, (_, index) => {
    const inner = {
      ...place,
      depth: place.depth + 1,
      name: index === 0 ? place.name : `${place.name}${index + 1}`,
    };
    const value = valueFor(first[index] ?? items, inner);
    // Items that have to differ: numbers count up, other values take turns in their list of choices.
    return schema["uniqueItems"] === true && index > 0
      ? differing(value, { index, schema: first[index] ?? items })
      : value;
  });
}

function differing(
  value: Json,
  { index, schema }: { readonly index: number; readonly schema: JsonObject },
): Json {
  const options = listField(schema, "enum");
  if (options.length > 0) return options[index % options.length] ?? value;
  return typeof value === "number" ? value + index * (numberField(schema, "multipleOf") ?? 1) : value;
}

/** The smallest allowed number that is not below 1 where the bounds leave the choice. `step`: 1 for integers. */
function numberFor(schema: JsonObject, step: 0 | 1): number {
  const nudge = step === 1 ? 1 : 0.5;
  const above = numberField(schema, "exclusiveMinimum");
  const below = numberField(schema, "exclusiveMaximum");
  const least = Math.max(
    numberField(schema, "minimum") ?? -Infinity,
    above === undefined ? -Infinity : above + nudge,
  );
  const most = Math.min(
    numberField(schema, "maximum") ?? Infinity,
    below === undefined ? Infinity : below - nudge,
  );
  const multiple = numberField(schema, "multipleOf");
  const wished = Math.min(Math.max(1, least), most);
  if (multiple !== undefined) {
    const up = Math.ceil(wished / multiple) * multiple;
    return up <= most ? up : Math.floor(most / multiple) * multiple;
  }
  if (step === 0) return wished;
  return Math.ceil(wished) <= most ? Math.ceil(wished) : Math.floor(wished);
}

const formats: Readonly<Record<string, string>> = {
  "date-time": "2026-01-01T00:00:00Z",
  date: "2026-01-01",
  time: "00:00:00Z",
  duration: "PT1S",
  email: "mock@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  url: "https://example.com/",
  "uri-reference": "/",
  uuid: "00000000-0000-4000-8000-000000000000",
  "json-pointer": "/a",
  regex: ".*",
};

function textFor(schema: JsonObject, place: Place): string {
  const { name } = place;
  const formatted = formats[textField(schema, "format") ?? ""];
  if (formatted !== undefined) return formatted;
  const minLength = numberField(schema, "minLength") ?? 0;
  spend(minLength, place);
  const text = `mock ${name}`.padEnd(minLength, ".");
  return text.slice(0, numberField(schema, "maxLength") ?? text.length);
}
