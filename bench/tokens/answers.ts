import { synthesize } from "../../src/agents/mock/synthesize.ts";
import { isObject, type Json, type JsonObject } from "../../src/expression/json.ts";

/** Where text of any length may stand; no text of a schema is it. */
const slot = "\u0000slot";
const decided = [
  "enum",
  "const",
  "default",
  "format",
  "pattern",
  "maxLength",
  "$ref",
  "anyOf",
  "oneOf",
  "allOf",
];

export interface Wanted {
  readonly tokens: number;
  /** Other answers have other words. */
  readonly seed: number;
}

/** An answer of about so many tokens that fits the schema: they are shared out over the texts that may have any length. */
export function answerOf(schema: JsonObject | undefined, { tokens, seed }: Wanted): Json {
  const shape = schema ? shapeOf(schema) : slot;
  const slots = countIn(shape);
  let texts = 0;
  const fill = (value: Json): Json => {
    if (value === slot) return textOf(Math.floor(tokens / slots), seed * 1000 + (texts += 1));
    if (Array.isArray(value)) return value.map(fill);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item ?? null)]));
  };
  return fill(shape);
}

function shapeOf(schema: JsonObject): Json {
  if (decided.some((key) => schema[key] !== undefined)) return synthesize(schema);
  switch (schema["type"]) {
    case "string":
      return slot;
    case "object":
      return objectShape(schema["properties"]);
    case "array":
      return isObject(schema["items"]) ? Array<Json>(3).fill(shapeOf(schema["items"])) : [slot, slot, slot];
    default:
      return synthesize(schema);
  }
}

function objectShape(properties: Json | undefined): Json {
  if (!isObject(properties)) return { notes: slot };
  const entries = Object.entries(properties).map(([key, inner]) => [
    key,
    isObject(inner) ? shapeOf(inner) : slot,
  ]);
  return Object.fromEntries(entries) as JsonObject;
}

function countIn(value: Json): number {
  if (value === slot) return 1;
  const items: Json[] = Array.isArray(value)
    ? value
    : isObject(value)
      ? Object.values(value).map((item) => item ?? null)
      : [];
  return items.reduce((sum: number, item) => sum + countIn(item), 0);
}

const words =
  "the importer reads every record before it is checked and keeps what was found in memory until all of them are done so a long file needs more than there is which the test of the parser shows when run alone with a small heap".split(
    " ",
  );

/** Words in no particular order, without chance. */
function textOf(tokens: number, seed: number): string {
  let state = seed;
  let text = "";
  while (text.length < tokens * 4) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    text += `${words[state % words.length] ?? ""} `;
  }
  return text.slice(0, tokens * 4).trim();
}
