import { messageOf } from "../errors.ts";
import { type Analysis, analyse, type Comparison, maxDepth, type Reference } from "./analysis.ts";
import { bind, bindingOf, follow, type Scope } from "./binding.ts";
import { type Parsed, parseCel, regexOf } from "./cel.ts";
import { evaluationFailure, missing, syntaxFailure, tooCostly, typeFailure } from "./failures.ts";
import { wholeNumber } from "./exact.ts";
import type { Json } from "./json.ts";
import { evaluationBudget, type Meter } from "./meter.ts";
import { excerpt, mistake, type Site, sourceOf } from "./places.ts";
import { fromCel, type Result, safeInteger } from "./values.ts";
import { replaceWords } from "./words.ts";

export type { Comparison, Reference } from "./analysis.ts";
export type { Scope } from "./binding.ts";

/** Characters of one expression. */
export const maxExpressionLength = 4096;
/** Loops (map, filter, all, exists …) inside loops. */
const maxLoopDepth = 2;

/**
 * A compiled CEL expression. `evaluate` gives JSON or throws EXPRESSION_FAILED, or EXPRESSION_TOO_COSTLY when it
 * would take more than about half a second. Whole numbers of JSON are integers (`5 / 2` is 2), all others doubles;
 * the two may be mixed. An expression that is only a path gives the very value, unchanged.
 */
export interface Expression {
  readonly source: string;
  readonly references: readonly Reference[];
  /** comparisons found, for load checks */
  readonly comparisons: readonly Comparison[];
  /** What its value always is, as CEL names the type; "dyn" when that depends on the values. */
  readonly type: string;
  evaluate(scope: Scope): Json;
  /** As `evaluate`, but integers beyond 2^53, which fail there, are given as a `RawNumber`. */
  evaluateExact(scope: Scope): Json;
}

/**
 * Compiles CEL, in which `AND`, `OR`, `NOT` may stand for `&&`, `||`, `!`. Throws EXPRESSION_SYNTAX, EXPRESSION_TYPE
 * or EXPRESSION_TOO_COSTLY with the place in `source`.
 */
export function compileExpression(source: string): Expression {
  return compileAt({ text: source, range: { start: 0, end: source.length } });
}

/** Compiles the part of a text that is an expression; places and offsets are those of the whole text. */
export function compileAt(site: Site): Expression {
  const source = sourceOf(site);
  checkLength(site, source);
  const parsed = parse(site);
  const meter: Meter = { left: 0 };
  const analysis = analyse(parsed.root, { offset: site.range.start, meter });
  checkCost(site, analysis);
  const type = checkTypes(site, parsed);
  checkPatterns(site, analysis);
  const { references, comparisons, only } = analysis;
  const about = { source, references, comparisons, type };
  if (only) {
    const evaluate = pathEvaluator(site, only);
    return { ...about, evaluate, evaluateExact: evaluate };
  }
  const evaluatorFor = (integer: Result["integer"]) =>
    evaluator(site, { parsed, references, meter, integer });
  return { ...about, evaluate: evaluatorFor(safeInteger), evaluateExact: evaluatorFor(wholeNumber) };
}

function checkLength(site: Site, source: string): void {
  if (source.length > maxExpressionLength)
    throw tooCostly(site, { reason: `it has more than ${maxExpressionLength} characters` });
  if (source.trim() === "")
    throw mistake("EXPRESSION_SYNTAX", {
      message: "Cannot read the expression: it is empty",
      fix: "write a CEL expression, such as scan.output",
      ...site,
    });
}

function parse(site: Site): Parsed {
  const text = replaceWords(site);
  try {
    return parseCel(text);
  } catch (error) {
    throw syntaxFailure(error, site);
  }
}

function checkCost(site: Site, { depth, loopDepth }: Analysis): void {
  if (depth > maxDepth) throw tooCostly(site, { reason: `it is nested deeper than ${maxDepth} levels` });
  if (loopDepth > maxLoopDepth)
    throw tooCostly(site, { reason: `it has loops more than ${maxLoopDepth} deep inside each other` });
}

function checkTypes(site: Site, { check }: Parsed): string {
  const { error, type } = check();
  if (error !== undefined) throw typeFailure(error, site);
  return type;
}

function checkPatterns(site: Site, { patterns }: Analysis): void {
  for (const { pattern, start, end } of patterns) {
    try {
      regexOf(pattern);
    } catch (error) {
      throw mistake("EXPRESSION_SYNTAX", {
        message: `Cannot use the pattern "${excerpt(pattern)}": ${messageOf(error)}`,
        fix: "write it as RE2: https://github.com/google/re2/wiki/Syntax",
        text: site.text,
        range: { start, end },
        cause: error,
      });
    }
  }
}

type Evaluate = Expression["evaluate"];

function pathEvaluator(site: Site, reference: Reference): Evaluate {
  return (scope) => {
    const value = scope(reference.root);
    const found = value === undefined ? undefined : follow(value, reference.path).value;
    if (found === undefined) throw missing({ site, reference, value });
    return found as Json;
  };
}

interface EvaluatorOptions extends Result {
  readonly parsed: Parsed;
  readonly references: readonly Reference[];
}

function evaluator(site: Site, { parsed, references, ...result }: EvaluatorOptions): Evaluate {
  const { meter } = result;
  const binding = bindingOf(references);
  return (scope) => {
    const values = binding.map(({ root }) => scope(root));
    try {
      meter.left = evaluationBudget;
      // `||` and exists() pass over an error on one side, also that of the meter; fromCel() throws it again.
      return fromCel(parsed.run(bind(binding, values)), result);
    } catch (error) {
      throw evaluationFailure(error, { site, references, scope });
    }
  };
}
