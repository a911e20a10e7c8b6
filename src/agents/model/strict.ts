import { schemasIn } from "../../expression/json-schema.ts";
import { isObject, type JsonObject } from "../../expression/json.ts";
import { textListField } from "../fields.ts";

/**
 * The same schema with its objects closed, as OpenAI wants it to be held to strictly; undefined where that is not
 * possible: properties that may be missing, objects whose properties are not listed.
 */
export function strictSchema(schema: JsonObject): JsonObject | undefined {
  const copy = structuredClone(schema);
  for (const { schema: part } of schemasIn(copy)) {
    const isOpen = part["type"] === "object" || isObject(part["properties"]);
    if (isOpen && !close(part)) return undefined;
  }
  return copy;
}

function close(part: { [key: string]: unknown } & JsonObject): boolean {
  const names = isObject(part["properties"]) ? Object.keys(part["properties"]) : [];
  const required = new Set(textListField(part, "required"));
  const isClosed = part["additionalProperties"] === undefined || part["additionalProperties"] === false;
  if (names.length === 0 || !isClosed || names.some((name) => !required.has(name))) return false;
  Object.assign(part, { additionalProperties: false });
  return true;
}
