import type { JsonObject } from "../../../expression/json.ts";

/** What a model is told of one call, at most. */
export const maxCharacters = 64 * 1024;

/** The beginning and the end of a text that is too long. */
export function capped(text: string): string {
  if (text.length <= maxCharacters) return text;
  const half = maxCharacters / 2;
  return `${text.slice(0, half)}\n… ${text.length - maxCharacters} characters left out …\n${text.slice(-half)}`;
}

export function textOf(input: JsonObject, key: string): string {
  const value = input[key];
  return typeof value === "string" ? value : "";
}

/** A JSON Schema of arguments: the first `required` of the properties must be there. */
export function argumentsOf(properties: JsonObject, required: readonly string[]): JsonObject {
  return { type: "object", properties, required, additionalProperties: false };
}

export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8000).includes(0);
}
