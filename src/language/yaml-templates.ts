import type { Document } from "yaml";
import type { Report } from "./diagnostics/report.ts";
import type { Range } from "./source-text.ts";
import { reportSyntax } from "./yaml-errors.ts";

/** More rounds than this tell nobody more; of a long text each takes long. */
const mostRounds = 20;
const mostCharacters = 2_000_000;

/**
 * `{run: echo ${{ x }}}` makes the parser stumble over nearly all that follows. Reports each such value once, and
 * besides what is left when something else stands in their places; false when there is none.
 */
export function reportBareTemplates(text: string, { first, parse, report }: Parsing): boolean {
  const found: Range[] = [];
  let document = first;
  let covered = text;
  let value = firstBare(covered, document);
  for (let round = 0; value && round < mostRounds && round * text.length <= mostCharacters; round += 1) {
    found.push(value);
    covered = covered.slice(0, value.start) + "x".repeat(value.end - value.start) + covered.slice(value.end);
    document = parse(covered);
    value = firstBare(covered, document);
  }
  // a bracket that nobody closed makes the lines below look so, too
  const sure = found.filter(({ start }) => document.errors.length === 0 || isOpenedInLine(text, start));
  if (sure.length === 0) return false;
  for (const range of sure) reportValue(text, range, report);
  if (!value) reportSyntax(document, report);
  return true;
}

interface Parsing {
  readonly first: Document.Parsed;
  readonly parse: (text: string) => Document.Parsed;
  readonly report: Report;
}

function reportValue(text: string, range: Range, report: Report): void {
  const value = text.slice(range.start, range.end);
  const quote = ['"', "'"].find((sign) => !value.includes(sign) && !value.includes("\\"));
  const how = quote === undefined || value.length > 80 ? "" : `: ${quote}${value}${quote}`;
  report.add({
    code: "YAML_SYNTAX",
    message: `Cannot read "${report.excerpt(range)}": inside { } and [ ] a value with a template stands in quotes`,
    fix: `put the whole value into quotes${how}`,
    range,
  });
}

/** The value around the first brace that the parser did not expect because a `$` stands before it. */
function firstBare(text: string, { errors }: Document.Parsed): Range | undefined {
  const brace = errors.find(({ pos: [at] }) => text[at] === "{" && text[at - 1] === "$");
  if (!brace) return undefined;
  const at = brace.pos[0] - 1;
  return { start: startOfValue(text, at), end: endOfValue(text, at) };
}

function startOfValue(text: string, from: number): number {
  let at = from;
  while (at > 0 && !/[,[{}\]\n]/.test(text.charAt(at - 1)) && !text.startsWith(": ", at - 2)) at -= 1;
  return from - text.slice(at, from).trimStart().length;
}

function endOfValue(text: string, from: number): number {
  let at = from;
  while (at < text.length && !/[,}\]\n]/.test(text.charAt(at)))
    at = text.startsWith("${", at) ? endOfTemplate(text, at) : at + 1;
  return from + text.slice(from, at).trimEnd().length;
}

function endOfTemplate(text: string, from: number): number {
  const close = text.startsWith("${{", from) ? "}}" : "}";
  const end = text.indexOf(close, from);
  const line = text.indexOf("\n", from);
  if (end >= 0 && (line < 0 || end < line)) return end + close.length;
  return line < 0 ? text.length : line;
}

function isOpenedInLine(text: string, at: number): boolean {
  return /(?<!\$|\$\{)[[{]/.test(text.slice(text.lastIndexOf("\n", at - 1) + 1, at));
}
