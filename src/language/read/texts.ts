import { isObject, type Json } from "../../expression/json.ts";
import type { TextUse } from "../drafts.ts";
import { below, type Spot } from "../places.ts";
import type { Located } from "./loading.ts";

type Where = TextUse["where"];

/** A text and where it stands. */
export interface WrittenText {
  readonly value: string;
  readonly spot: Spot;
}

export function templateUse({ value, spot }: WrittenText, where: Where): TextUse {
  return { text: value, value, offset: 0, spot, language: "template", where };
}

export function shellUse({ value, spot }: WrittenText, where: Where): TextUse {
  return { text: value, value, offset: 0, spot, language: "shell", where };
}

/** An expression, which may also be wrapped as a template: `${ a == b }`. */
export function expressionUse({ value, spot }: WrittenText, where: Where): TextUse {
  const { text, offset } = unwrapped(value);
  return { text, value, offset, spot, language: "expression", where };
}

function unwrapped(value: string): { text: string; offset: number } {
  const lead = value.length - value.trimStart().length;
  const trimmed = value.trim();
  for (const [open, close] of [
    ["${{", "}}"],
    ["${", "}"],
  ] as const) {
    if (!trimmed.startsWith(open) || !trimmed.endsWith(close)) continue;
    const inner = trimmed.slice(open.length, -close.length);
    if (inner.includes("${")) break;
    return { text: inner, offset: lead + open.length };
  }
  return { text: value, offset: 0 };
}

/** A use for every text inside a JSON value; keys are no templates. */
export function templateUsesIn({ value, spot }: Located, where: Where): TextUse[] {
  if (typeof value === "string") return [templateUse({ value, spot }, where)];
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, index) =>
      templateUsesIn({ value: item, spot: below(spot, value, index) }, where),
    );
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    templateUsesIn({ value: item ?? null, spot: below(spot, value, key) }, where),
  );
}
