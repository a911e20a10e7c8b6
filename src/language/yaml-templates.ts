import type { Document } from "yaml";
import type { Report } from "./diagnostics/report.ts";
import type { Range } from "./source-text.ts";
import { inQuotes, isOpenedInLine, startOfValue } from "./yaml-bare.ts";
import { type Mistake, mistakesOf, type Parse, reportSyntax } from "./yaml-errors.ts";

/** More rounds than this tell nobody more; of a long text each takes long. */
const mostRounds = 20;
const mostCharacters = 2_000_000;

/**
 * Reports what is wrong with the text. `{run: echo ${{ x }}}` makes the parser stumble over nearly all that follows:
 * each such value is told once, and besides what is left when something else stands in their places. True when there
 * are such values.
 */
export function reportMistakes(text: string, { first, parse, report }: Parsing): boolean {
  const found: Range[] = [];
  let covered = text;
  let mistakes = mistakesOf(covered, first, parse);
  let value = firstBare(covered, mistakes);
  let isBroken = first.errors.length > 0;
  for (let round = 0; value && round < mostRounds && round * text.length <= mostCharacters; round += 1) {
    found.push(value);
    covered = covered.slice(0, value.start) + "x".repeat(value.end - value.start) + covered.slice(value.end);
    const document = parse(covered);
    isBroken = document.errors.length > 0;
    mistakes = mistakesOf(covered, document, parse);
    value = firstBare(covered, mistakes);
  }
  // a bracket that nobody closed makes the lines below look so, too
  const sure = found.filter(({ start }) => !isBroken || isOpenedInLine(text, start));
  for (const range of sure) reportValue(text, range, report);
  if (sure.length === 0) reportSyntax(text, { mistakes: mistakesOf(text, first, parse), parse, report });
  else if (!value) reportSyntax(covered, { mistakes, parse, report });
  return sure.length > 0;
}

interface Parsing {
  readonly first: Document.Parsed;
  readonly parse: Parse;
  readonly report: Report;
}

function reportValue(text: string, range: Range, report: Report): void {
  report.add({
    code: "YAML_SYNTAX",
    message: `Cannot read "${report.excerpt(range)}": inside { } and [ ] a value with a template stands in quotes`,
    fix: `put the whole value into quotes${inQuotes(text, range)}`,
    range,
  });
}

/** The value around the first brace that the parser did not expect because a `$` stands before it. */
function firstBare(text: string, mistakes: readonly Mistake[]): Range | undefined {
  const brace = mistakes.find(({ pos: [at] }) => text[at] === "{" && text[at - 1] === "$");
  if (!brace) return undefined;
  const at = brace.pos[0] - 1;
  return { start: startOfValue(text, at), end: endOfValue(text, at) };
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
