import { isObject, type Json, type JsonObject, parseJson } from "../expression/json.ts";

/** Readers for JSON that others wrote: a field of another type counts as absent. */
export function textField(from: JsonObject | undefined, key: string): string | undefined {
  const value = from?.[key];
  return typeof value === "string" ? value : undefined;
}

export function numberField(from: JsonObject | undefined, key: string): number | undefined {
  const value = from?.[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function objectField(from: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = from?.[key];
  return isObject(value) ? value : undefined;
}

export function listField(from: JsonObject | undefined, key: string): readonly Json[] {
  const value = from?.[key];
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

export function textListField(from: JsonObject | undefined, key: string): readonly string[] {
  return listField(from, key).filter((item) => typeof item === "string");
}

export function objectListField(from: JsonObject | undefined, key: string): readonly JsonObject[] {
  return listField(from, key).filter((item) => isObject(item));
}

/** The JSON object a line holds; undefined when it is anything else. */
export function parseObject(line: string): JsonObject | undefined {
  if (!line.trimStart().startsWith("{")) return undefined;
  try {
    const value = parseJson(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
