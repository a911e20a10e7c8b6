import { EvaluationError, ParseError, TypeError as CelTypeError } from "@marcbachmann/cel-js";
import { messageOf, type TuttiError } from "../errors.ts";
import type { Reference } from "./analysis.ts";
import { follow, type Scope } from "./binding.ts";
import { celSummary } from "./cel.ts";
import { isRawNumber } from "./exact.ts";
import { Said } from "./functions.ts";
import { isObject } from "./json.ts";
import { TooCostly } from "./meter.ts";
import { nearest } from "./nearest.ts";
import { excerpt, mistake, type Range, type Site, sourceOf } from "./places.ts";
import { tokenAt } from "./tokens.ts";
import { NotJson } from "./values.ts";

const tokenNames: Readonly<Record<string, string>> = {
  EOF: "the end",
  NUMBER: "a number",
  STRING: "a text",
  BOOLEAN: "a truth value",
  NULL: "null",
  IDENTIFIER: "a name",
  PLUS: '"+"',
  MINUS: '"-"',
  MULTIPLY: '"*"',
  DIVIDE: '"/"',
  MODULO: '"%"',
  EQ: '"=="',
  NE: '"!="',
  LT: '"<"',
  LE: '"<="',
  GT: '">"',
  GE: '">="',
  AND: '"&&"',
  OR: '"||"',
  NOT: '"!"',
  IN: '"in"',
  LPAREN: '"("',
  RPAREN: '")"',
  LBRACKET: '"["',
  RBRACKET: '"]"',
  LBRACE: '"{"',
  RBRACE: '"}"',
  DOT: '"."',
  COMMA: '","',
  COLON: '":"',
  QUESTION: '"?"',
  BYTES: "bytes",
};

const tokenName = new RegExp(String.raw`\b(?:${Object.keys(tokenNames).join("|")})\b`, "g");

/** What people write who come from other languages. */
const habits: Readonly<Record<string, string>> = {
  "=": 'compare with "=="',
  and: 'write "AND" or "&&"',
  or: 'write "OR" or "||"',
  not: 'write "NOT" or "!"',
  "&": 'write "AND" or "&&"',
  "|": 'write "OR" or "||"',
};

/** The error for a text that the library does not parse. */
export function syntaxFailure(error: unknown, site: Site): unknown {
  if (!(error instanceof ParseError)) return error;
  const range = shifted(error.range, site);
  const options = { text: site.text, range };
  if (error.code === "limit_exceeded") return tooCostly(site, { reason: "it is too large", ...options });
  const wrong = tokenAt(site.text, range.start)?.text ?? "";
  if (error.code === "reserved_identifier") return reservedWord(wrong, { text: site.text, range });
  const what = celSummary(error.summary).replaceAll(tokenName, (name) => String(tokenNames[name]));
  return mistake("EXPRESSION_SYNTAX", {
    message: `Cannot read the expression "${excerpt(sourceOf(site))}": ${lowerFirst(what)}`,
    fix: (Object.hasOwn(habits, wrong) ? habits[wrong] : undefined) ?? "write it as CEL: https://cel.dev",
    ...options,
  });
}

function reservedWord(word: string, at: Pick<Parameters<typeof mistake>[1], "text" | "range">): unknown {
  return mistake("EXPRESSION_SYNTAX", {
    message: `Cannot use "${word}" as a name: the word is kept for CEL`,
    fix: `write steps['${word}'] when a step of this name is meant`,
    ...at,
  });
}

/** The error for an expression whose parts cannot fit, whatever the values are. */
export function typeFailure(error: unknown, site: Site): unknown {
  if (!(error instanceof CelTypeError)) return error;
  const syntax = error.code === "invalid_macro_argument";
  return mistake(syntax ? "EXPRESSION_SYNTAX" : "EXPRESSION_TYPE", {
    message: `Cannot use the expression "${excerpt(sourceOf(site))}": ${lowerFirst(celSummary(error.summary))}`,
    fix: typeFix(error.code),
    text: site.text,
    range: shifted(error.range, site),
  });
}

function typeFix(code: string): string {
  switch (code) {
    case "invalid_macro_argument":
      return 'give has() a field such as has(scan.output.issues); for other keys write "key" in scan.output';
    case "incompatible_ternary_branches":
      return "wrap one branch in dyn(...)";
    case "no_matching_overload":
      return "check the function's name and arguments";
    default:
      return "convert one side: string(...), int(...) or double(...)";
  }
}

export function tooCostly(
  site: Site,
  { reason, range = site.range }: { readonly reason: string; readonly range?: Range },
): TuttiError {
  return mistake("EXPRESSION_TOO_COSTLY", {
    message: `Cannot evaluate the expression "${excerpt(sourceOf(site))}": ${reason}`,
    fix: "make it smaller, or do the work in a step",
    text: site.text,
    range,
  });
}

/** What is needed to explain a failed evaluation. */
export interface Attempt {
  readonly site: Site;
  readonly references: readonly Reference[];
  readonly scope: Scope;
}

/** The error for an evaluation that ended with `error`. */
export function evaluationFailure(error: unknown, attempt: Attempt): unknown {
  const { site } = attempt;
  if (error instanceof Said) {
    const fix = "see what the expression looked at";
    return mistake("EXPRESSION_FAILED", { message: error.message, fix, text: site.text, range: site.range });
  }
  if (error instanceof TooCostly) return tooCostly(site, { reason: error.message });
  if (error instanceof NotJson)
    return failed(site, { what: error.message, fix: error.fix, range: site.range });
  if (error instanceof EvaluationError) return celFailure(error, attempt);
  return failed(site, {
    what: lowerFirst(messageOf(error)),
    fix: "check the arguments of its functions",
    range: site.range,
    cause: error,
  });
}

function celFailure(error: EvaluationError, { site, references, scope }: Attempt): TuttiError {
  const range = shifted(error.node ? wholeOf(error.node) : error.range, site);
  const reference = references.find(({ start, end }) => start === range.start && range.end <= end);
  if (reference) {
    const value = scope(reference.root);
    if (value === undefined || follow(value, reference.path).value === undefined)
      return missing({ site, reference, value });
  }
  const named = error.code === "no_such_key" ? ` in "${site.text.slice(range.start, range.end)}"` : "";
  return failed(site, {
    what: lowerFirst(celSummary(error.summary)) + named,
    fix: evaluationFix(error.code),
    range,
  });
}

/** All of a node; its own range is only that of the last field. */
function wholeOf({ start, end }: Range): Range {
  return { start, end };
}

function evaluationFix(code: string): string {
  switch (code) {
    case "no_such_key":
      return "guard it with has(...) or .?key.orValue(...)";
    case "index_out_of_bounds":
      return "test size(...) first";
    case "no_such_overload":
    case "no_matching_overload":
      return "convert one side: string(...), int(...) or double(...)";
    default:
      return "check the values this run gives it";
  }
}

export interface Missing {
  readonly site: Site;
  readonly reference: Reference;
  /** The value of the root. */
  readonly value: unknown;
}

/** The error for a path that leads nowhere; names the first key that is missing and the nearest one there is. */
export function missing({ site, reference, value }: Missing): TuttiError {
  const { root, path } = reference;
  if (value === undefined)
    return failed(site, {
      what: `"${root}" has no value yet`,
      fix: "check the name; a step has a value once it has run",
      range: reference,
    });
  const { found, last } = follow(value, path);
  const where = [root, ...path.slice(0, found)].join(".");
  const key = String(path[found]);
  if (!isObject(last))
    return failed(site, {
      what: `"${where}" is ${kindOf(last)} and has no key "${key}"`,
      fix: `guard it with has(${where}.${key})`,
      range: reference,
    });
  return failed(site, {
    what: `"${where}" has no key "${key}"`,
    fix: keyFix(key, Object.keys(last)),
    range: reference,
  });
}

function keyFix(key: string, keys: readonly string[]): string {
  const near = nearest(key, keys);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (keys.length === 0) return "it is empty; guard it with has(...)";
  const more = keys.length > 8 ? ", ..." : "";
  return `its keys are ${keys.slice(0, 8).map(excerpt).join(", ")}${more}; guard it with has(...)`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isRawNumber(value)) return "a number";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}

interface Failed {
  readonly what: string;
  readonly fix: string;
  readonly range: Range;
  /** Not the library's own errors: they hold the whole syntax tree. */
  readonly cause?: unknown;
}

function failed(site: Site, { what, fix, range, cause }: Failed): TuttiError {
  const message = `Cannot evaluate "${excerpt(sourceOf(site))}": ${what}`;
  return mistake("EXPRESSION_FAILED", { message, fix, text: site.text, range, cause });
}

function shifted(range: Range | undefined, site: Site): Range {
  if (!range) return site.range;
  return { start: range.start + site.range.start, end: range.end + site.range.start };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
