import { TuttiError } from "../../errors.ts";
import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import type { Source } from "../../language/pipeline.ts";
import type { DecoderPlace } from "../records/decode.ts";

/** How the position of each kind of source is read back; undefined: it is not one of this kind. */
export type ParsePosition<T> = (position: JsonObject) => T | undefined;

/**
 * What a reader said where it stood; undefined when there was none. Throws SOURCE_UNREADABLE for the position of another kind of
 * source: the workflow was changed, and to begin anew would read records twice.
 */
export function readPosition<T>(
  position: Json | undefined,
  { kind, parse }: { readonly kind: Source["kind"]; readonly parse: ParsePosition<T> },
): T | undefined {
  if (position === undefined || position === null) return undefined;
  const found = isObject(position) && position["kind"] === kind ? parse(position) : undefined;
  if (found !== undefined) return found;
  throw new TuttiError(
    "SOURCE_UNREADABLE",
    `Cannot go on with the source "${kind}": what was read before was of another source`,
    { fix: "set the source back to what it was, or start a new run" },
  );
}

export function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

export function parsePlace({ offset, line, columns }: JsonObject): DecoderPlace | undefined {
  if (!isCount(offset) || !isCount(line)) return undefined;
  if (columns === undefined) return { offset, line };
  return isTexts(columns) ? { offset, line, columns } : undefined;
}

function isTexts(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
