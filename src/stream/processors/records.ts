import { parseExactJson, parseJson, type Json } from "../../expression/json.ts";

/** The value of a record, in which whole numbers beyond 2^53 are exact. Throws for what is no JSON. */
export const parseRecord: (text: string) => Json = parseExactJson;

/** The text of a record that was made: JSON without line breaks. */
export function textOf(value: Json): string {
  return JSON.stringify(value);
}

/** A value for who knows nothing of exact numbers: those beyond 2^53 are texts, as everywhere outside of records. */
export function plainOf(value: Json): Json {
  return parseJson(textOf(value));
}
