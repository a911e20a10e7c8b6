import { Optional } from "@marcbachmann/cel-js";
import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { timestampText } from "./cel.ts";
import { isRawNumber, valueOfRaw } from "./exact.ts";
import { isObject, type Json } from "./json.ts";
import { type Meter, TooCostly, spend } from "./meter.ts";

/** Values nested deeper than this cannot be looked at by an expression (they can be passed on whole). */
const maxDepth = 100;

/** Why a result is no JSON value; the fix says what to write. */
export class NotJson extends Error {
  readonly fix: string;
  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

/**
 * A JSON value as CEL has it. Whole numbers become integers, as JSON does not tell `2` from `2.0`; objects become
 * maps, so that no key can reach a prototype.
 */
export function toCel(value: unknown, depth = 0): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (depth === maxDepth) throw new TooCostly(`a value is nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) return value.map((item) => toCel(item ?? null, depth + 1));
  return isRawNumber(value) ? valueOfRaw(value) : mapOf(value, depth);
}

function mapOf(value: object, depth: number): Map<string, unknown> {
  const map = new Map<string, unknown>();
  for (const [key, item] of Object.entries(value))
    if (item !== undefined) map.set(key, toCel(item, depth + 1));
  return map;
}

export interface Result {
  readonly meter: Meter;
  /** An integer as JSON. */
  readonly integer: (value: bigint) => Json;
}

/**
 * A result of CEL as JSON: timestamps and durations are texts, bytes base64. Throws `NotJson` for what JSON does not have.
 */
export function fromCel(value: unknown, result: Result): Json {
  spend(result.meter, 1);
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw new NotJson(`the result is ${value}, which is no JSON number`, "test the operands first");
    case "bigint":
      return result.integer(value);
    default:
      return fromObject(value, result);
  }
}

function fromObject(value: unknown, result: Result): Json {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item) => fromCel(item, result));
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [String(key), fromCel(item, result)]));
  return fromSpecial(value, result);
}

function fromSpecial(value: unknown, result: Result): Json {
  if (value instanceof UnsignedInt) return result.integer(value.value);
  if (value instanceof Duration) return String(value);
  if (value instanceof Date) return timestampText(value);
  if (value instanceof Uint8Array)
    return btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(""));
  if (value instanceof Optional)
    throw new NotJson("the result is an optional, not a value", "end the expression with .orValue(...)");
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromCel(item, result)]));
  throw new NotJson("the result is a type, not a value", "compare the type: type(x) == string");
}

/** Throws `NotJson` for what a JSON number does not hold exactly. */
export function safeInteger(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new NotJson(
    `the result ${value} is beyond 2^53, where JSON numbers are not exact`,
    "write string(...) for its digits or double(...) for about its size",
  );
}
