import type { Range } from "./source-text.ts";

/** The beginning of a member of a block: `- ` or a key with its colon. */
const member = /^(?:-(?=\s|$)|(?:"[^"]*"|'[^']*'|[^\s#[\]{}"'&*!|>%@,-].*?):(?=\s|$))/;

interface Line {
  readonly start: number;
  readonly indent: number;
  readonly isMember: boolean;
  readonly isItem: boolean;
}

/** The part of a text around a place, and the members of the file that follow on it. */
export interface Parts {
  readonly item: Range;
  readonly later: readonly Range[];
}

/**
 * The item of the outermost list around an offset, else the member of the whole file, by the indentation alone: where a
 * text cannot be read, nothing else tells where its parts begin. It is the whole text when that is no block.
 */
export function partsAt(text: string, at: number): Parts {
  const lines = linesOf(text);
  const found = /^[[{]/.test(text.slice(lines[0]?.start).trimStart()) ? undefined : lineOfItem(lines, at);
  if (!found) return { item: { start: 0, end: text.length }, later: [] };
  const after = lines.filter(
    ({ start, isMember, indent }) => start > found.start && isMember && indent <= found.indent,
  );
  const [item = { start: 0, end: text.length }, ...later] = [found, ...after].map(({ start }, index) => {
    return { start, end: after[index]?.start ?? text.length };
  });
  return { item, later };
}

/** Where the item around an offset begins: the outermost `- ` above it, else the line that is indented least. */
function lineOfItem(lines: readonly Line[], at: number): Line | undefined {
  let least = Number.POSITIVE_INFINITY;
  let found: Line | undefined;
  for (const line of lines.filter(({ start }) => start <= at).toReversed()) {
    if (line.indent >= least) continue;
    least = line.indent;
    if (line.isItem || !found?.isItem) found = line;
  }
  return found;
}

/** The lines that hold something. */
function linesOf(text: string): readonly Line[] {
  const found: Line[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const words = line.trimStart();
    const isItem = /^-(?:\s|$)/.test(words);
    if (words !== "" && !words.startsWith("#"))
      found.push({ start, indent: line.length - words.length, isMember: member.test(words), isItem });
    start += line.length + 1;
  }
  return found;
}
