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
  readonly message: string;
  readonly fix: string;
}

/** The patterns of a JSON Schema that cannot be used and the references in it that lead nowhere. */
export function schemaFaults(root: JsonObject): readonly SchemaFault[] {
  const all = schemasIn(root);
  const targets = targetsOf(root, all);
  return all.flatMap((at) => [...patternFaults(at), ...referenceFaults(at, targets)]);
}

function patternFaults({ schema, path }: SchemaAt): SchemaFault[] {
  const byName = schema["patternProperties"];
  const names = isObject(byName) ? Object.keys(byName) : [];
  const places: { readonly pattern: Json; readonly keys: readonly string[] }[] = names.map((pattern) => ({
    pattern,
    keys: ["patternProperties", pattern],
  }));
  if (schema["pattern"] !== undefined) places.push({ pattern: schema["pattern"], keys: ["pattern"] });
  return places.flatMap(({ pattern, keys }) => {
    const fault = patternFault(pattern);
    if (fault === undefined) return [];
    return [
      {
        path: [...path, ...keys],
        message: `Cannot use the pattern "${shown(pattern)}": ${fault}`,
        fix: "write it as RE2, without look-around and back-references: https://github.com/google/re2/wiki/Syntax",
      },
    ];
  });
}

function shown(value: Json): string {
  return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 60);
}

/** Patterns have to mean the same in RE2, which agents' vendors use, and in the checker, which is ECMAScript. */
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
  for (const step of pointer.slice(2).split("/")) {
    const key = decoded(step);
    const isThere = typeof found === "object" && found !== null && Object.hasOwn(found, key);
    if (!isThere) return false;
    found = (found as Record<string, unknown>)[key];
  }
  return isObject(found) || typeof found === "boolean";
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
