import type { Range } from "./source-text.ts";

/** Ends that are tried, and how long an item may be for that: each try reads it anew. */
const mostTries = 40;
const longestItem = 20_000;
const longestShown = 80;

/**
 * The unquoted text inside { } or [ ] at which a parser stumbled, because something in it means something to YAML. It
 * goes to where the next key follows, else to the first end in its line with which the rest of the item can be read.
 */
export function bareValue(
  text: string,
  {
    mistake,
    item,
    isRead,
  }: { mistake: Stumble; item: Range; isRead: (start: number, end: number) => boolean },
): Range | undefined {
  const [at] = mistake.pos;
  const start = startOfValue(text, at);
  if (item.end - item.start > longestItem || !isOpenedInLine(text, start)) return undefined;
  if (/["'[{}\]]/.test(text.charAt(start))) return undefined;
  for (const index of endsFrom(text, at).slice(0, mostTries)) {
    const end = start + text.slice(start, index).trimEnd().length;
    if (/^,\s*[\w-]+:\s/.test(text.slice(index, index + longestShown)) || isRead(start, end))
      return { start, end };
  }
  return undefined;
}

/** The commas and closing brackets in the rest of a line that are of no bracket opened there. */
function endsFrom(text: string, at: number): readonly number[] {
  const line = text.indexOf("\n", at);
  const found: number[] = [];
  let depth = 0;
  for (const { 0: sign, index } of text.slice(at, line < 0 ? text.length : line).matchAll(/[,[\]{}]/g)) {
    if (sign === "[" || sign === "{") depth += 1;
    else if (depth === 0) found.push(at + index);
    else if (sign !== ",") depth -= 1;
  }
  return found;
}

interface Stumble {
  readonly pos: readonly [number, number];
}

/** `: "…"` in quotes that YAML understands; nothing for what is too long to be shown. */
export function inQuotes(text: string, { start, end }: Range): string {
  const value = text.slice(start, end);
  if (value.length > longestShown) return "";
  return /["\\]/.test(value) ? `: '${value.replaceAll("'", "''")}'` : `: "${value}"`;
}

export function startOfValue(text: string, from: number): number {
  let at = from;
  while (at > 0 && !/[,[{}\]\n]/.test(text.charAt(at - 1)) && !text.startsWith(": ", at - 2)) at -= 1;
  return from - text.slice(at, from).trimStart().length;
}

export function isOpenedInLine(text: string, at: number): boolean {
  return /(?<!\$|\$\{)[[{]/.test(text.slice(text.lastIndexOf("\n", at - 1) + 1, at));
}
