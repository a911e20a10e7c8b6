import { type Json, type JsonObject, parseJson } from "../expression/json.ts";
import type { Workflow } from "../language/workflow.ts";

/** What was given, text read as what the inputs are, and members of inputs that are objects put into those. */
export function withMembers({ inputs }: Workflow, said: JsonObject): JsonObject {
  const given: Record<string, Json> = {};
  const all = Object.entries(said).map(([name, value = null]) => ({ name, value }));
  const isMember = (name: string) =>
    !Object.hasOwn(inputs, name) && Object.hasOwn(inputs, name.split(".")[0] ?? "");
  for (const { name, value } of all.filter((one) => !isMember(one.name)))
    given[name] = Object.hasOwn(inputs, name) ? readAs(value, inputs[name]?.schema) : value;
  for (const { name, value } of all.filter((one) => isMember(one.name))) {
    const [head = "", ...path] = name.split(".");
    const spec = inputs[head];
    const schema = path.reduce(propertyOf, spec?.schema) ?? anything;
    given[head] = withMember(given[head] ?? spec?.default, { path, value: readAs(value, schema) });
  }
  return given;
}

const anything: JsonObject = { type: "any" };

function propertyOf(schema: Json | undefined, name: string): Json | undefined {
  const properties = isObject(schema) ? schema["properties"] : undefined;
  return isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

interface Member {
  readonly path: readonly string[];
  readonly value: Json;
}

/** A copy that holds the value at this path; what is no object on the way is given up. */
function withMember(before: Json | undefined, { path, value }: Member): Json {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const object = isObject(before) ? before : {};
  return { ...object, [name]: withMember(object[name], { path: rest, value }) };
}

/** Text that stands for a number, a boolean, a list or an object, as on a command line, as that. */
function readAs(value: Json, schema: Json | undefined): Json {
  const type = isObject(schema) ? schema["type"] : undefined;
  if (typeof value !== "string" || type === "string" || type === undefined) return value;
  try {
    return parseJson(value);
  } catch {
    return value;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
