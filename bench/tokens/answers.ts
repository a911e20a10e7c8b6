import { synthesize } from "../../src/agents/mock/synthesize.ts";
import { isObject, type Json, type JsonObject } from "../../src/expression/json.ts";

/** Where text of any length may stand, and where a word does; no text of a schema is one of them. */
const slot = "\u0000slot";
const short = "\u0000short";
/** Texts that are a word or two, whatever the answer is. */
const shortNames: ReadonlySet<string> = new Set([
  "id",
  "key",
  "topic",
  "agent",
  "name",
  "title",
  "voter",
  "vote",
]);
/** What would end a conversation before it has begun, or wait for what nobody has named. */
const said: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["done", false],
  ["depends_on", []],
]);
const decided = ["const", "default", "format", "pattern", "maxLength", "$ref", "anyOf", "oneOf", "allOf"];

export interface Wanted {
  readonly tokens: number;
  /** Other answers have other words. */
  readonly seed: number;
}

/** An answer of about so many tokens that fits the schema: they are shared out over the texts that may have any length. */
export function answerOf(schema: JsonObject | undefined, { tokens, seed }: Wanted): Json {
  const shape = schema ? shapeOf(schema, { place: 0, seed }) : slot;
  const slots = countIn(shape);
  let texts = 0;
  const fill = (value: Json): Json => {
    if (value === short) return `item-${seed}-${(texts += 1)}`;
    if (value === slot) return textOf(Math.floor(tokens / slots), seed * 1000 + (texts += 1));
    if (Array.isArray(value)) return value.map(fill);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item ?? null)]));
  };
  return fill(shape);
}

interface Place {
  /** Where it stands in a list: of several answers that there are, another one in each. */
  readonly place: number;
  readonly seed: number;
}

function shapeOf(schema: JsonObject, at: Place): Json {
  if (decided.some((key) => schema[key] !== undefined)) return synthesize(schema);
  const { enum: options, items } = schema;
  if (Array.isArray(options)) return (options[at.place % options.length] as Json | undefined) ?? null;
  switch (schema["type"]) {
    case "string":
      return slot;
    case "object":
      return objectShape(schema["properties"], at);
    case "array":
      return [0, 1, 2].map((place) => (isObject(items) ? shapeOf(items, { ...at, place }) : slot));
    default:
      return synthesize(schema);
  }
}

function objectShape(properties: Json | undefined, at: Place): Json {
  if (!isObject(properties)) return { notes: slot };
  const entries = Object.entries(properties).map(([key, inner]) => {
    // nobody agrees with the one before
    const place = key === "vote" ? at.seed : at.place;
    const shape = isObject(inner) ? shapeOf(inner, { ...at, place }) : slot;
    return [key, said.get(key) ?? (shape === slot && shortNames.has(key) ? short : shape)];
  });
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
