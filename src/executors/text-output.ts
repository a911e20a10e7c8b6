import type { Failure, Outcome } from "../core/outcome.ts";
import { type Json, type JsonObject, parseJson } from "../expression/json.ts";

export interface ReadTextOptions {
  /** Part of the text is missing. */
  readonly capped: boolean;
  readonly schema: JsonObject | undefined;
}

export interface ReadText {
  readonly fields: Pick<Outcome, "stdout" | "output">;
  readonly failure?: Failure;
}

/**
 * What a program or server said, as `stdout` (without the newlines at its end) and as `output`: the value, when the
 * text is a JSON object or list, or any JSON where a schema asks for more than text; else the text. A text that is
 * not all there has no value, so where a schema asks for one that is a failure. No digit of a number is lost: see
 * `parseJson`.
 */
export function readText(text: string, { capped, schema }: ReadTextOptions): ReadText {
  const stdout = text.replace(/(?:\r?\n)+$/, "");
  if (!capped) return { fields: { stdout, output: valueOf(stdout, schema) } };
  const fields = { stdout, output: stdout };
  if (schema === undefined || schema["type"] === "string") return { fields };
  return { fields, failure: tooLarge };
}

const maxDepth = 1000;

const tooLarge: Failure = {
  code: "OUTPUT_TOO_LARGE",
  message: 'Cannot read the "output": it is larger than the cap, so its value is not all there',
  fix: "print less, or raise `limits: {output: …}`; the whole output is kept as an artifact",
  class: "failure",
};

function valueOf(text: string, schema: JsonObject | undefined): Json {
  if (schema?.["type"] === "string") return text;
  if (schema === undefined && !/^\s*[[{]/.test(text)) return text;
  try {
    const value = parseJson(text);
    return isTooDeep(value) ? text : value;
  } catch {
    return text;
  }
}

/** JSON.parse takes any depth, but nothing that reads the value afterwards does. */
function isTooDeep(value: Json): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth < maxDepth; depth += 1) {
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
    if (level.length === 0) return false;
  }
  return true;
}
