import { keyOfLine } from "./repair.ts";

/** A Markdown file in its two parts. Lines count from 1 in the file; ends of line are `\n`. */
export interface Parts {
  /** The text between the marks; undefined: the file has no front matter. */
  readonly matter: string | undefined;
  readonly matterLine: number;
  readonly body: string;
  /** What was not as it should be around the front matter. */
  readonly oddities: readonly Oddity[];
}

export interface Oddity {
  readonly line: number;
  /** What is the case. */
  readonly what: string;
  /** What was done about it. */
  readonly repair: string;
  readonly fix: string;
}

/** No front matter of a prompt is longer; more is only work for the parser. */
const maxMatterLength = 65_536;

/** Splits a file; never throws. A first `---` that no key follows is a line drawn in the text, not a front matter. */
export function splitFrontMatter(text: string): Parts {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const open = lines.findIndex((line) => line.trim() !== "");
  const found = open >= 0 && isMark(lines[open]) ? matterFrom(lines, open) : undefined;
  if (!found)
    return { matter: undefined, matterLine: 1, body: lines.join("\n"), oddities: bomOddity(text, false) };
  const matter = lines.slice(open + 1, found.end).join("\n");
  const long = matter.length > maxMatterLength;
  return {
    matter: long ? matter.slice(0, matter.lastIndexOf("\n", maxMatterLength) + 1) : matter,
    matterLine: open + 2,
    body: lines.slice(found.bodyStart).join("\n"),
    oddities: [
      ...bomOddity(text, true),
      ...blankOddity(open),
      ...found.oddities,
      ...(long ? [longOddity(open)] : []),
    ],
  };
}

function longOddity(open: number): Oddity {
  return {
    line: open + 1,
    what: `the front matter is longer than ${maxMatterLength} characters`,
    repair: "the rest of it was left out",
    fix: "move text from the front matter to the body",
  };
}

function isMark(line: string | undefined): boolean {
  return line !== undefined && /^---[ \t]*$/.test(line);
}

function matterFrom(lines: readonly string[], open: number) {
  const close = lines.findIndex((line, index) => index > open && isMark(line));
  if (close > 0) {
    const inner = lines.slice(open + 1, close);
    const empty = inner.every((line) => line.trim() === "");
    const keyed = inner.some((line) => keyOfLine(line) !== undefined);
    return empty || keyed ? { end: close, bodyStart: close + 1, oddities: [] } : undefined;
  }
  return withoutEnd(lines, open);
}

/** A front matter that is never closed ends where its keys end: at the first blank line or heading. */
function withoutEnd(lines: readonly string[], open: number) {
  if (keyOfLine(lines[open + 1] ?? "") === undefined) return undefined;
  let end = lines.findIndex((line, index) => index > open && (/^(\s*$|#)/.test(line) || isOtherMark(line)));
  if (end < 0) end = lines.length;
  const oddity: Oddity = {
    line: open + 1,
    what: "the front matter has no closing ---",
    repair: `it was taken to end at line ${end}`,
    fix: "put a line with --- after the last key",
  };
  const bodyStart = isOtherMark(lines[end] ?? "") ? end + 1 : end;
  return { end, bodyStart, oddities: [oddity] };
}

/** What people close with by mistake. */
function isOtherMark(line: string): boolean {
  return /^(\.{3}|-{4,}|[–—]+)\s*$/.test(line);
}

function bomOddity(text: string, hasMatter: boolean): Oddity[] {
  if (!hasMatter || !text.startsWith("\uFEFF")) return [];
  return [
    {
      line: 1,
      what: "the file starts with a byte order mark",
      repair: "the mark was left out",
      fix: "save the file as UTF-8 without BOM",
    },
  ];
}

function blankOddity(open: number): Oddity[] {
  if (open === 0) return [];
  return [
    {
      line: 1,
      what: "blank lines stand before the front matter",
      repair: "they were skipped",
      fix: "start the file with ---",
    },
  ];
}
