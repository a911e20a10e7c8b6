import { RE2JS } from "re2js";
import { messageOf } from "../errors.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

const single = [
  "not",
  "if",
  "then",
  "else",
  "items",
  "contains",
  "additionalProperties",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
];
const lists = ["allOf", "anyOf", "oneOf", "prefixItems"];
const maps = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];

/** A schema inside a schema (or the schema itself), and the keys that lead to it. */
export interface SchemaAt {
  readonly schema: JsonObject;
  readonly path: readonly (string | number)[];
}

/** A JSON Schema and every schema that stands inside it, each once; what only looks like one (`const`) is not. */
export function schemasIn(root: JsonObject): readonly SchemaAt[] {
  const found: SchemaAt[] = [];
  const seen = new Set<JsonObject>();
  const open: SchemaAt[] = [{ schema: root, path: [] }];
  for (let at = open.pop(); at; at = open.pop()) {
    if (seen.has(at.schema)) continue;
    seen.add(at.schema);
    found.push(at);
    for (const inner of innerOf(at)) open.push(inner);
  }
  return found;
}

function innerOf({ schema, path }: SchemaAt): SchemaAt[] {
  const found: SchemaAt[] = [];
  const visit = (value: Json | undefined, keys: readonly (string | number)[]) => {
    if (isObject(value)) found.push({ schema: value, path: [...path, ...keys] });
  };
  for (const key of single) visit(schema[key], [key]);
  for (const key of lists) {
    const list = schema[key];
    if (Array.isArray(list)) list.forEach((item: Json, index) => visit(item, [key, index]));
  }
  for (const key of maps) {
    const map = schema[key];
    if (isObject(map)) for (const name of Object.keys(map)) visit(map[name], [key, name]);
  }
  return found;
}

/** Something in a JSON Schema that no value can be checked by. */
export interface SchemaFault {
  /** The keys that lead to it. */
  readonly path: readonly (string | number)[];
  /** The last key itself is wrong, not what stands under it. */
  readonly isKey?: true;
  readonly message: string;
  readonly fix: string;
}

/** The types and patterns of a JSON Schema that cannot be used and the references in it that lead nowhere. */
export function schemaFaults(root: JsonObject): readonly SchemaFault[] {
  const all = schemasIn(root);
  const targets = targetsOf(root, all);
  return all.flatMap((at) => [...typeFaults(at), ...patternFaults(at), ...referenceFaults(at, targets)]);
}

const types = ["string", "number", "integer", "boolean", "object", "array", "null"];

function typeFaults({ schema, path }: SchemaAt): SchemaFault[] {
  const type = schema["type"];
  if (type === undefined) return [];
  const written = Array.isArray(type)
    ? type.map((one: Json, index) => ({ one, keys: ["type", index] }))
    : [{ one: type, keys: ["type"] }];
  return written
    .filter(({ one }) => !types.some((type) => type === one))
    .map(({ one, keys }) => ({
      path: [...path, ...keys],
      message: `Cannot use "${shown(one)}" as a type: JSON Schema has no such type`,
      fix: `write one of ${types.join(", ")}`,
    }));
}

function patternFaults({ schema, path }: SchemaAt): SchemaFault[] {
  const faults: SchemaFault[] = [];
  const { pattern, patternProperties: byName } = schema;
  const look = (written: Json, at: Pick<SchemaFault, "path" | "isKey">) => {
    const fault = patternFault(written);
    if (fault !== undefined)
      faults.push({
        ...at,
        message: `Cannot use the pattern "${shown(written)}": ${fault}`,
        fix: "write what RE2 and ECMAScript both read: no look-around, no back-references, no (?i)",
      });
  };
  if (pattern !== undefined) look(pattern, { path: [...path, "pattern"] });
  for (const name of isObject(byName) ? Object.keys(byName) : [])
    look(name, { path: [...path, "patternProperties", name], isKey: true });
  return faults;
}

function shown(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** The checker reads ECMAScript; agents get the schema too, so a pattern stays within what RE2 reads as well. */
function patternFault(pattern: Json): string | undefined {
  if (typeof pattern !== "string") return "it must be a text";
  try {
    RE2JS.compile(pattern);
    RegExp(pattern, "u");
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

interface Targets {
  readonly root: JsonObject;
  readonly anchors: ReadonlySet<string>;
  readonly hasIds: boolean;
}

function targetsOf(root: JsonObject, all: readonly SchemaAt[]): Targets {
  const named = all.flatMap(({ schema }) => [schema["$anchor"], schema["$dynamicAnchor"]]);
  return {
    root,
    anchors: new Set(named.filter((name) => typeof name === "string")),
    hasIds: all.some(({ schema }) => schema["$id"] !== undefined),
  };
}

function referenceFaults({ schema, path }: SchemaAt, targets: Targets): SchemaFault[] {
  return ["$ref", "$dynamicRef"].flatMap((key) => {
    const reference = schema[key];
    if (reference === undefined) return [];
    const fault = referenceFault(reference, targets);
    if (fault === undefined) return [];
    const message = `Cannot use the reference "${shown(reference)}": ${fault}`;
    return [{ path: [...path, key], message, fix: "name a schema below $defs, such as #/$defs/item" }];
  });
}

function referenceFault(reference: Json, { root, anchors, hasIds }: Targets): string | undefined {
  if (typeof reference !== "string") return "it must be a text";
  // Under an $id a reference means another place; the checker finds out when it gets there.
  if (hasIds) return undefined;
  if (!reference.startsWith("#")) return "only the schema itself can be referred to, nothing is fetched";
  if (reference === "#") return undefined;
  const leads = reference.startsWith("#/") ? leadsToSchema(root, reference) : anchors.has(reference.slice(1));
  return leads ? undefined : "nothing stands there";
}

function leadsToSchema(root: JsonObject, pointer: string): boolean {
  let found: unknown = root;
  for (const key of pointerKeys(pointer)) {
    const isThere = typeof found === "object" && found !== null && Object.hasOwn(found, key);
    if (!isThere) return false;
    found = (found as Record<string, unknown>)[key];
  }
  return isObject(found) || typeof found === "boolean";
}

/** The keys of a JSON Pointer in a reference: `#/$defs/a~1b` → `$defs`, `a/b`. */
export function pointerKeys(pointer: string): readonly string[] {
  return pointer.slice(2).split("/").map(decoded);
}

function decoded(step: string): string {
  let text = step;
  try {
    text = decodeURIComponent(step);
  } catch {
    // A lone percent sign stands for itself.
  }
  return text.replaceAll("~1", "/").replaceAll("~0", "~");
}
