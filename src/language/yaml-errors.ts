import type { Document, YAMLError } from "yaml";
import type { Report } from "./diagnostics/report.ts";

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

/** Adds every mistake the parser found; a tag nobody knows is one, too. */
export function reportSyntax(document: Document.Parsed, report: Report): void {
  for (const error of [...document.errors, ...document.warnings]) {
    const [start, end] = error.pos;
    const range = { start, end };
    report.add({
      code: "YAML_SYNTAX",
      message: `Cannot read "${report.excerpt(range)}": ${whatIs(error)}`,
      fix: fixes[error.code] ?? "correct the YAML here",
      range,
    });
  }
}

/** True for a mistake after which the rest of the text may mean anything. */
export function isFatal(error: YAMLError): boolean {
  return !recoverable.has(error.code);
}

function whatIs({ code, message }: YAMLError): string {
  if (code === "RESOURCE_EXHAUSTION") return "it is nested too deeply";
  return message.slice(0, 1).toLowerCase() + message.slice(1);
}
