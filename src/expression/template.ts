import { isTuttiError, TuttiError } from "../errors.ts";
import { compileAt, type Comparison, type Expression, type Reference, type Scope } from "./expression.ts";
import { isObject, type Json } from "./json.ts";
import { excerpt, mistake, type Range } from "./places.ts";
import { endOfExpression } from "./tokens.ts";

/**
 * A text with `${ CEL }` and `${{ CEL }}` in it. `$${` stands for the characters `${`. Values become text as JSON has
 * them, strings without quotes; null is `null`.
 */
export interface Template {
  readonly source: string;
  readonly references: readonly Reference[];
  readonly comparisons: readonly Comparison[];
  /** no expression inside */
  readonly constant: boolean;
  /** What stands in it besides its expressions. */
  readonly fixed: string;
  readonly expressions: readonly Expression[];
  /** The text, with these in the places of its expressions. */
  renderTextWith(values: readonly Json[]): string;
  /** A template that is exactly one `${ }` gives its value; otherwise text (objects and lists as JSON). */
  render(scope: Scope): Json;
  renderText(scope: Scope): string;
  renderWith(values: readonly Json[]): Json;
}

type Part = string | Expression;

/** Throws what `compileExpression` throws, and EXPRESSION_SYNTAX for a `${` that is not closed. */
export function compileTemplate(source: string): Template {
  const parts = partsOf(source);
  const expressions = parts.filter((part) => typeof part !== "string");
  const only = parts.length === 1 ? expressions[0] : undefined;
  const renderTextWith = (values: readonly Json[]): string => {
    let at = 0;
    return parts.map((part) => (typeof part === "string" ? part : textOf(values[at++] ?? null))).join("");
  };
  const renderText = (scope: Scope): string =>
    renderTextWith(expressions.map((part) => part.evaluate(scope)));
  return {
    source,
    ...foundIn(expressions),
    constant: expressions.length === 0,
    fixed: parts.filter((part) => typeof part === "string").join(""),
    expressions,
    renderWith: only ? ([value = null]) => value : renderTextWith,
    renderTextWith,
    render: only ? (scope) => only.evaluate(scope) : renderText,
    renderText,
  };
}

/** A JSON value whose strings are templates. Offsets of references are those in the string that holds them. */
export interface JsonTemplate {
  readonly references: readonly Reference[];
  readonly comparisons: readonly Comparison[];
  /** What stands in its strings besides their expressions, and these, in the order in which they stand. */
  readonly fixed: string;
  readonly expressions: readonly Expression[];
  render(scope: Scope): Json;
  /** The value, with these in the places of its expressions. */
  renderWith(values: readonly Json[]): Json;
}

/** Strings at any depth are templates; keys are not. */
export function compileJsonTemplate(value: Json): JsonTemplate {
  if (typeof value === "string") return compileTemplate(value);
  if (Array.isArray(value)) return listTemplate(value);
  if (isObject(value)) return objectTemplate(value);
  return { ...foundIn([]), fixed: "", expressions: [], render: () => value, renderWith: () => value };
}

function listTemplate(items: readonly Json[]): JsonTemplate {
  const templates = items.map((item) => compileJsonTemplate(item));
  return {
    ...foundIn(templates),
    ...insideOf(templates),
    render: (scope) => templates.map((template) => template.render(scope)),
    renderWith: (values) => filled(templates, values),
  };
}

function objectTemplate(value: { readonly [key: string]: Json | undefined }): JsonTemplate {
  const entries = Object.entries(value).flatMap(([key, item]) =>
    item === undefined ? [] : [{ key, template: compileJsonTemplate(item) }],
  );
  const templates = entries.map(({ template }) => template);
  return {
    ...foundIn(templates),
    ...insideOf(templates),
    render: (scope) => Object.fromEntries(entries.map(({ key, template }) => [key, template.render(scope)])),
    renderWith: (values) => {
      const items = filled(templates, values);
      return Object.fromEntries(entries.map(({ key }, index) => [key, items[index] ?? null]));
    },
  };
}

function insideOf(templates: readonly JsonTemplate[]): Pick<JsonTemplate, "fixed" | "expressions"> {
  return {
    fixed: templates.map(({ fixed }) => fixed).join(" "),
    expressions: templates.flatMap(({ expressions }) => expressions),
  };
}

function filled(templates: readonly JsonTemplate[], values: readonly Json[]): Json[] {
  let at = 0;
  return templates.map((template) => {
    const from = at;
    at += template.expressions.length;
    return template.renderWith(values.slice(from, at));
  });
}

interface Found {
  readonly references: readonly Reference[];
  readonly comparisons: readonly Comparison[];
}

function foundIn(parts: readonly Found[]): Found {
  return {
    references: parts.flatMap(({ references }) => references),
    comparisons: parts.flatMap(({ comparisons }) => comparisons),
  };
}

/** A value as text: strings as they are, everything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function partsOf(source: string): readonly Part[] {
  const parts: Part[] = [];
  let literal = "";
  let done = 0;
  for (let at = source.indexOf("${"); at !== -1; at = source.indexOf("${", done)) {
    if (at > done && source[at - 1] === "$") {
      literal += `${source.slice(done, at - 1)}\${`;
      done = at + 2;
      continue;
    }
    const hole = holeAt(source, at);
    literal += source.slice(done, at);
    if (literal !== "") parts.push(literal);
    parts.push(compileHole(source, hole.inside));
    literal = "";
    done = hole.end;
  }
  literal += source.slice(done);
  return literal === "" && parts.length > 0 ? parts : [...parts, literal];
}

/** `${ CEL }` or `${{ CEL }}` in a text. */
interface Hole {
  readonly start: number;
  readonly end: number;
  /** The expression. */
  readonly inside: Range;
}

/** The hole that begins at `start`. */
function holeAt(text: string, start: number): Hole {
  const double = text.startsWith("${{", start);
  const open = double ? "${{" : "${";
  const close = double ? "}}" : "}";
  const inside = start + open.length;
  const end = endOfExpression(text, inside, close);
  if (end !== undefined) return { start, end: end + close.length, inside: { start: inside, end } };
  const map = double ? 'or, when the expression begins with a map, put a blank after "${"; ' : "";
  throw mistake("EXPRESSION_SYNTAX", {
    message: `Cannot read "${excerpt(text.slice(start))}": "${open}" is not closed by "${close}"`,
    fix: `add "${close}", ${map}for the characters "\${" write "$\${"`,
    text,
    range: { start, end: inside },
  });
}

function compileHole(text: string, range: Range): Expression {
  try {
    return compileAt({ text, range });
  } catch (error) {
    if (!isTuttiError(error, "EXPRESSION_SYNTAX")) throw error;
    const { message, source, cause } = error;
    const fix = `${error.fix}; for the characters "\${" write "$\${"`;
    throw new TuttiError("EXPRESSION_SYNTAX", message, { fix, cause, ...(source && { source }) });
  }
}
