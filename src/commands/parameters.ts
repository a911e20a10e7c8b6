import { isObject } from "../expression/json.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import type { CommandParameter } from "../ports/command-catalog.ts";

const types = ["string", "integer", "number", "boolean"] as const;

/**
 * The declared arguments of a command: `[issue, branch?]`, `issue branch`, or a list of
 * `{name, type, enum, default, required, description}`. A name with `?`, a default or `required: false` may be absent.
 */
export function readParameters(value: Json | undefined): readonly CommandParameter[] {
  if (typeof value === "string") return value.split(/[\s,]+/).flatMap(fromText);
  if (Array.isArray(value))
    return value.flatMap((item) => (isObject(item) ? fromObject(item) : fromText(item)));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    fromObject(isObject(item) ? { name, ...item } : { name }),
  );
}

function fromText(value: Json | undefined): CommandParameter[] {
  const text = typeof value === "string" ? value.trim() : "";
  const name = text.replace(/^[$[<]+/, "").replace(/[\]>?]+$/, "");
  return isName(name) ? [{ name, required: !text.endsWith("?") }] : [];
}

function isName(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(name);
}

function fromObject(value: JsonObject): CommandParameter[] {
  const { name, description, required } = value;
  if (typeof name !== "string" || !isName(name)) return [];
  const type = types.find((candidate) => candidate === value.type);
  const absent = value.default === undefined || value.default === null;
  return [
    {
      name,
      required: required === undefined ? absent : required === true,
      ...(type && { type }),
      ...(Array.isArray(value.enum) && { enum: value.enum.map(textOfJson) }),
      ...(!absent && { default: textOfJson(value.default) }),
      ...(typeof description === "string" && { description }),
    },
  ];
}

function textOfJson(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
