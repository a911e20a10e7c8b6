import { isObject, type Json } from "../../expression/json.ts";
import { hashOf } from "../hash.ts";

/** Where files for agents lie, below the folder in which they work. */
const folder = ".tutti/context";
/** So much of a file stands in the prompt. */
const previewCharacters = 400;

/** The same for the same text, so that it is put there once. */
export function pathFor(text: string, extension: "txt" | "json"): string {
  return `${folder}/${hashOf(text)}.${extension}`;
}

/** What stands in a prompt for a value that is in a file: of a text its beginning, of anything else what is where in it. */
export function referenceText(
  value: Json,
  { path, text, tokens }: { readonly path: string; readonly text: string; readonly tokens: number },
): string {
  const isText = typeof value === "string";
  const preview = isText ? text.slice(0, previewCharacters) : outlineOf(value).slice(0, previewCharacters);
  const what = isText ? "it begins" : "in short";
  return `[in the file ${path}, about ${tokens} tokens, ${text.length} characters; ${what}:]\n${whole(preview)}…`;
}

/** Longer texts and lists are cut. */
const outlinedCharacters = 40;

function outlineOf(value: Json): string {
  if (Array.isArray(value)) {
    const [first = null] = value;
    const more = value.length > 1 ? `, … ${value.length} items` : "";
    return value.length === 0 ? "[]" : `[${outlineOf(first)}${more}]`;
  }
  if (isObject(value)) {
    const members = Object.entries(value).map(
      ([key, item]) => `${JSON.stringify(key)}: ${outlineOf(item ?? null)}`,
    );
    return `{${members.join(", ")}}`;
  }
  const text = JSON.stringify(value);
  return text.length > outlinedCharacters ? `${whole(text.slice(0, outlinedCharacters))}…` : text;
}

/** What stands in a prompt for a value that is not in it. */
export function leftOutText(source: string, tokens: number): string {
  const name = source.length > 60 ? `${source.slice(0, 59)}…` : source;
  return `[left out: ${name}, about ${tokens} tokens]`;
}

/** Stands in none of the texts, so that it can be told from all that they say. */
export function slotFor(
  source: string,
  { in: texts, at }: { readonly in: readonly string[]; readonly at: number },
): string {
  const name = source.slice(0, 60).replaceAll(/[\u27e8\u27e9]/g, "");
  for (let number = at + 1; ; number += texts.length) {
    const slot = `\u27e8summary ${number} of ${name}\u27e9`;
    if (!texts.some((text) => text.includes(slot))) return slot;
  }
}

/** The beginning and the end of a text, with so many tokens at most. */
export function cutText(text: string, mostTokens: number): string {
  const most = mostTokens * 4;
  if (text.length <= most) return text;
  const note = `\n[… about ${Math.ceil((text.length - most) / 4)} tokens left out …]\n`;
  const room = most - note.length;
  if (room < note.length) return whole(text.slice(0, most));
  const head = Math.ceil(room / 2);
  return whole(text.slice(0, head)) + note + whole(text.slice(text.length - (room - head)));
}

/** Without the halves of characters at its ends. */
function whole(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]/, "").replace(/[\uD800-\uDBFF]$/, "");
}

/** The value with the last items only of the lists in it; lists inside of items stay as they are. */
export function withWindow(
  value: Json,
  most: number | undefined,
): { readonly value: Json; readonly isCut: boolean } {
  if (most === undefined) return { value, isCut: false };
  if (Array.isArray(value)) {
    const out = value.length - most;
    if (out <= 0) return { value, isCut: false };
    const note = `[… ${out} earlier ${out === 1 ? "item" : "items"} left out …]`;
    return { value: [note, ...value.slice(out)], isCut: true };
  }
  if (!isObject(value)) return { value, isCut: false };
  const entries = Object.entries(value).map(([key, item]) => [key, withWindow(item ?? null, most)] as const);
  if (!entries.some(([, { isCut }]) => isCut)) return { value, isCut: false };
  return { value: Object.fromEntries(entries.map(([key, inner]) => [key, inner.value])), isCut: true };
}
