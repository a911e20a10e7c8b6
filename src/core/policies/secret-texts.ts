import { isObject, type Json } from "../../expression/json.ts";
import { isLikely, secretPatterns } from "./secret-patterns.ts";

export interface SecretHit {
  readonly index: number;
  readonly what: string;
  readonly secret: string;
}

export interface Sought {
  /** True for a text that is no secret. */
  readonly isAllowed: (text: string) => boolean;
  /** Most findings. */
  readonly most: number;
}

/** What looks like a secret in a text. Of several readings of a place the first form of the table counts. */
export function secretsIn(text: string, { isAllowed, most }: Sought): readonly SecretHit[] {
  const lower = text.toLowerCase();
  const hits: SecretHit[] = [];
  for (const form of secretPatterns) {
    if (!form.hints.some((hint) => lower.includes(hint.toLowerCase()))) continue;
    for (const match of text.matchAll(form.pattern)) {
      const secret = match.groups?.["secret"] ?? match[0];
      const hit = { index: match.index + match[0].lastIndexOf(secret), what: form.name, secret };
      if (!isLikely(secret, form) || isAllowed(secret) || hits.some((other) => overlaps(other, hit)))
        continue;
      if (hits.push(hit) >= most) return hits;
    }
  }
  return hits.sort((a, b) => a.index - b.index);
}

function overlaps(one: SecretHit, other: SecretHit): boolean {
  return one.index < other.index + other.secret.length && other.index < one.index + one.secret.length;
}

export interface Hidden {
  readonly value: Json;
  /** How many were taken out. */
  readonly hidden: number;
}

/** What stands in the place of one. */
const hiddenText = "***";
/** So many are looked for at a time. */
const mostAtOnce = 1000;
/** A whole key: its first line alone is what tells it. */
const keyBlock =
  /-----BEGIN (?:[A-Z0-9 ]{0,60})PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=:,\s.]|-(?!-)|\\[nr])*-----END (?:[A-Z0-9 ]{0,60})PRIVATE KEY(?: BLOCK)?-----/g;

/** A value without what looks like a secret in its texts, or by the name it is under. */
export function hideSecrets(value: Json): Hidden {
  let hidden = 0;
  const hide = (item: Json, name?: string): Json => {
    if (typeof item === "string") {
      const found = withoutSecrets(item);
      const isOne = name !== undefined && found.hidden === 0 && hitsIn(`${name}="${item}"`).length > 0;
      hidden += isOne ? 1 : found.hidden;
      return isOne ? hiddenText : found.text;
    }
    if (Array.isArray(item)) return item.map((one: Json) => hide(one));
    if (!isObject(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([key, one]) => [key, hide(one ?? null, key)]));
  };
  const rest = hide(value);
  return { value: hidden === 0 ? value : rest, hidden };
}

function hitsIn(text: string): readonly SecretHit[] {
  return secretsIn(text, { isAllowed: () => false, most: mostAtOnce });
}

function withoutSecrets(text: string): { readonly text: string; readonly hidden: number } {
  let hidden = 0;
  const hideKey = (): string => {
    hidden += 1;
    return hiddenText;
  };
  let rest = text.includes("PRIVATE KEY") ? text.replaceAll(keyBlock, hideKey) : text;
  for (;;) {
    const hits = hitsIn(rest);
    if (hits.length === 0) return { text: rest, hidden };
    hidden += hits.length;
    rest = replaced(rest, hits);
  }
}

function replaced(text: string, hits: readonly SecretHit[]): string {
  let at = 0;
  let rest = "";
  for (const { index, secret } of hits) {
    rest += text.slice(at, index) + hiddenText;
    at = index + secret.length;
  }
  return rest + text.slice(at);
}
