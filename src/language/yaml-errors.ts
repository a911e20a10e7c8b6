import type { Document, YAMLError } from "yaml";
import type { Report } from "./diagnostics/report.ts";
import { bareValue, inQuotes } from "./yaml-bare.ts";
import { partsAt } from "./yaml-items.ts";

/** Mistakes after which the parser still knows what the rest of the text means. */
const recoverable: ReadonlySet<string> = new Set([
  "ALIAS_PROPS",
  "BAD_ALIAS",
  "BAD_DQ_ESCAPE",
  "BAD_SCALAR_START",
  "BLOCK_AS_IMPLICIT_KEY",
  "TAB_AS_INDENT",
  "TAG_RESOLVE_FAILED",
]);

const fixes: Readonly<Record<string, string>> = {
  BAD_ALIAS: "write a plain name after * and &, or quote the value",
  BAD_DQ_ESCAPE: "double the backslash, or use single quotes",
  BAD_INDENT: "indent the members of a block alike, and close every [ and { that was opened",
  BAD_SCALAR_START: "put the value into quotes",
  BLOCK_AS_IMPLICIT_KEY: 'put a value that holds ": " into quotes',
  BLOCK_IN_FLOW: "inside [ ] and { } separate the members by commas",
  MISSING_CHAR: "close the quote or bracket, or put a blank or comma where it is missing",
  MULTILINE_IMPLICIT_KEY: 'put a key on one line, with ": " after it',
  RESOURCE_EXHAUSTION: "nest less deeply",
  TAB_AS_INDENT: "indent with blanks",
  TAG_RESOLVE_FAILED: "take the !tag out, or put the value into quotes",
  UNEXPECTED_TOKEN: "check the indentation of this line and the quotes before it",
};

/** More broken items than this tell nobody more. */
const mostItems = 20;

export type Parse = (text: string) => Document.Parsed;

/** A mistake of the text, with its offsets. */
export type Mistake = Pick<YAMLError, "code" | "message" | "pos">;

/**
 * What is really wrong: of an item that cannot be read its first mistake only, for all that the parser says after that
 * one follows from it; and so of each later item, read for itself.
 */
export function mistakesOf(text: string, document: Document.Parsed, parse: Parse): readonly Mistake[] {
  const all = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  const fatal = all.find(isFatal);
  if (!fatal) return all;
  const found: Mistake[] = [...all.slice(0, all.indexOf(fatal)), fatal];
  for (const { start, end } of partsAt(text, fatal.pos[0]).later) {
    if (found.length >= mostItems) break;
    const item = text.slice(start, end);
    const inside = mistakesOf(item, parse(item), parse);
    found.push(
      ...inside.map(({ code, message, pos: [from, to] }): Mistake => {
        return { code, message, pos: [start + from, start + to] };
      }),
    );
  }
  return found;
}

/** Adds the mistakes that the parser found; a tag nobody knows is one, too. */
export function reportSyntax(
  text: string,
  { mistakes, parse, report }: { mistakes: readonly Mistake[]; parse: Parse; report: Report },
): void {
  for (const mistake of mistakes) {
    if (reportBare(text, { mistake, parse, report })) continue;
    const [start, end] = mistake.pos;
    const range = { start, end };
    report.add({
      code: "YAML_SYNTAX",
      message: `Cannot read "${report.excerpt(range)}": ${whatIs(mistake)}`,
      fix: fixes[mistake.code] ?? "correct the YAML here",
      range,
    });
  }
}

/** `{run: echo '{"id":7}'}`: the quotes of a shell are none for YAML, so the braces and colons in them count. */
function reportBare(
  text: string,
  { mistake, parse, report }: { mistake: Mistake; parse: Parse; report: Report },
): boolean {
  const { item } = partsAt(text, mistake.pos[0]);
  const isRead = (start: number, end: number): boolean => {
    const covered = text.slice(item.start, start) + "x".repeat(end - start) + text.slice(end, item.end);
    return parse(covered).errors.length === 0;
  };
  const range = bareValue(text, { mistake, item, isRead });
  if (!range) return false;
  const isComma = !/["'[{]/.test(text.slice(range.start, range.end));
  report.add({
    code: "YAML_SYNTAX",
    message: `Cannot read "${report.excerpt(range)}": inside { } and [ ] a text with brackets, or with a colon and a blank, stands in quotes`,
    fix: `put the whole text into quotes${inQuotes(text, range)}${isComma ? "; members are separated by commas" : ""}`,
    range,
  });
  return true;
}

/** True for a mistake after which the rest of the text may mean anything. */
export function isFatal(error: Mistake): boolean {
  return !recoverable.has(error.code);
}

function whatIs({ code, message }: Mistake): string {
  if (code === "RESOURCE_EXHAUSTION") return "it is nested too deeply";
  return message.slice(0, 1).toLowerCase() + message.slice(1);
}
