import { isRawNumber, rawNumber } from "./exact.ts";

/** JSON values: all that crosses a boundary of tutti is one of these. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** True for a JSON object (not null, not a list, not a number that is kept as it was written). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** Equality by content; the order of keys does not matter, an undefined key counts as absent. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (isObject(a) && isObject(b)) return sameObject(a, b);
  if (isRawNumber(a) && isRawNumber(b)) return a.rawJSON === b.rawJSON;
  return Number.isNaN(a) && Number.isNaN(b);
}

function sameObject(a: JsonObject, b: JsonObject): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) {
    if (!sameJson(Object.hasOwn(a, key) ? a[key] : undefined, Object.hasOwn(b, key) ? b[key] : undefined))
      return false;
  }
  return true;
}

/** JSON text with sorted keys: equal values give equal text, so it can be hashed. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const entries = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${entries.join(",")}}`;
}

const inText = keeping((source) => source);
const inDigits = keeping(rawNumber);

/** What may hold a number that JSON.parse would change. Digits after a point are none: they are rounded in any case. */
const suspicious = /(?<![.\d])\d{16}|\d[eE]\+?\d{3}/;

/**
 * The value of a JSON text. A number that would lose digits is kept as it was written, as a text: a whole number beyond
 * 2^53, such as an id, and one beyond the largest number there is. Throws what JSON.parse throws.
 */
export function parseJson(text: string): Json {
  return JSON.parse(text, suspicious.test(text) ? inText : undefined) as Json;
}

/** As `parseJson`, but such a number stays one: a `RawNumber`. */
export function parseExactJson(text: string): Json {
  return JSON.parse(text, suspicious.test(text) ? inDigits : undefined) as Json;
}

type Reviver = (key: string, value: unknown, written?: { readonly source?: string }) => unknown;

function keeping(beyond: (source: string) => Json): Reviver {
  return (_key, value, { source } = {}) =>
    typeof value === "number" && source !== undefined && isBeyond(value, source) ? beyond(source) : value;
}

function isBeyond(value: number, source: string): boolean {
  return !Number.isFinite(value) || (!Number.isSafeInteger(value) && /^-?\d+$/.test(source));
}

/** A value as text: strings as they are, nothing as "", everything else as JSON. */
export function asText(value: Json | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}
