import { messageOf } from "../../errors.ts";

/** What reads records recurses; this is far beyond any real record and far from the end of the stack. */
const maxDepth = 1000;

/** Why a text is no JSON that can be a record; undefined when it is. */
export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    return messageOf(error);
  }
  return text.length > 2 * maxDepth && depthOf(text) > maxDepth
    ? `it is nested more than ${maxDepth} levels deep`
    : undefined;
}

/** The JSON in a line: as it stands, but for white space around it and line breaks between its parts; "" for a blank line. */
export function bareJson(line: string): string {
  let start = 0;
  let end = line.length;
  while (start < end && isSpace(line.charCodeAt(start))) start += 1;
  while (end > start && isSpace(line.charCodeAt(end - 1))) end -= 1;
  const text = line.slice(start, end);
  // inside a string a line break is written \n; a bare one is white space
  return /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, " ") : text;
}

/** White space of JSON: that of other languages is none. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** The members of a JSON object, with their values as they are written, so that no digit is lost. The last of a name counts. */
export function membersOf(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let from = 0;
  let name = "";
  forEachMark(text, ({ mark, at, depth }) => {
    if (depth !== 1) return;
    const part = text.slice(from, at).trim();
    from = at + 1;
    if (mark === ":") name = String(JSON.parse(part));
    else if (part !== "" && mark !== "{") members.set(name, part);
  });
  return members;
}

function depthOf(text: string): number {
  let deepest = 0;
  forEachMark(text, ({ depth }) => (deepest = Math.max(deepest, depth)));
  return deepest;
}

interface Mark {
  readonly mark: string;
  readonly at: number;
  /** Of a bracket: that of what it encloses. */
  readonly depth: number;
}

/** Tells of each of `[]{}:,` in a valid JSON text that is in no string. */
function forEachMark(text: string, tell: (mark: Mark) => void): void {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const mark = text[at] ?? "";
    if (mark === '"') at = stringEnd(text, at);
    else if (mark === "[" || mark === "{") tell({ mark, at, depth: (depth += 1) });
    else if (mark === "]" || mark === "}") tell({ mark, at, depth: depth-- });
    else if (mark === ":" || mark === ",") tell({ mark, at, depth });
  }
}

/** The index of the quote that closes the string which begins at `start`. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === "\\") escapes += 1;
    if (escapes % 2 === 0) return end;
  }
}
