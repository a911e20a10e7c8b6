import { TuttiError } from "../errors.ts";
import { compileAt, type Comparison, type Expression, type Reference, type Scope } from "./expression.ts";
import type { Json } from "./json.ts";
import { excerpt, placeOf } from "./places.ts";
import { scanShell } from "./shell-scan.ts";
import type { ShellHole } from "./shell-state.ts";
import { textOf } from "./template.ts";

/**
 * A shell text (POSIX sh or bash) with `${{ CEL }}` in it. Each becomes a reference to an environment variable, quoted
 * for the place where it stands, so that the value is exactly one word (or part of one) and never text that the shell
 * reads. `line` is always the same; only `values` change. Strings are as they are, everything else as JSON.
 *
 * A value is refused where a builtin reads it as a name or as code (`read`, `let`, `declare`, `printf -v`, `test -v`,
 * `trap`, …). What is then done with it is the author's business: `eval`, `sh -c "… ${{ x }}"` and `ssh` read it as code
 * once more, as does bash when it calculates with a variable; and a value may begin with `-`.
 */
export interface ShellTemplate {
  readonly references: readonly Reference[];
  readonly comparisons: readonly Comparison[];
  render(scope: Scope): { readonly line: string; readonly values: Readonly<Record<string, string>> };
}

/** Linux takes no more than 128 KiB for one variable, its name included. */
const maxValueBytes = 131_000;

interface Variable {
  readonly name: string;
  readonly expression: Expression;
  readonly hole: ShellHole;
}

/** Throws SHELL_TEMPLATE where a value cannot stand, and what `compileExpression` throws. */
export function compileShellTemplate(source: string): ShellTemplate {
  if (!source.includes("${")) return withoutHoles(source);
  const names = new Map<string, string>();
  const variables = scanShell(source).map((hole): Variable => {
    const expression = compileAt({ text: source, range: hole.inside });
    const key = expression.source.trim();
    const name = names.get(key) ?? `TUTTI_V${names.size + 1}`;
    names.set(key, name);
    return { name, expression, hole };
  });
  const line = lineOf(source, variables);
  return {
    references: variables.flatMap(({ expression }) => expression.references),
    comparisons: variables.flatMap(({ expression }) => expression.comparisons),
    render: (scope) => ({
      line,
      values: Object.fromEntries(
        variables.map((variable) => [variable.name, valueOf(source, variable, scope)]),
      ),
    }),
  };
}

function withoutHoles(line: string): ShellTemplate {
  return { references: [], comparisons: [], render: () => ({ line, values: {} }) };
}

function lineOf(source: string, variables: readonly Variable[]): string {
  let line = "";
  let done = 0;
  for (const { name, hole } of variables) {
    line += source.slice(done, hole.start) + shellReference(name, hole);
    done = hole.end;
  }
  return line + source.slice(done);
}

function shellReference(name: string, { quoting, arithmetic }: ShellHole): string {
  if (quoting === "double" || (quoting === "bare" && arithmetic)) return `\${${name}}`;
  return quoting === "bare" ? `"\${${name}}"` : `'"\${${name}}"'`;
}

function valueOf(source: string, { expression, hole }: Variable, scope: Scope): string {
  const value = expression.evaluate(scope);
  const text = textOf(value);
  const problem = problemOf(value, text) ?? (hole.arithmetic ? arithmeticProblem(text) : undefined);
  if (!problem) return text;
  const message = `Cannot give "${excerpt(expression.source)}" to the shell: ${problem.what}`;
  throw new TuttiError("EXPRESSION_FAILED", message, { fix: problem.fix, source: placeOf(source, hole) });
}

interface Problem {
  readonly what: string;
  readonly fix: string;
}

function problemOf(value: Json, text: string): Problem | undefined {
  if (text.includes("\0"))
    return {
      what: "it holds a NUL character, which no program can be given",
      fix: "remove it in a step before",
    };
  if (!text.isWellFormed())
    return { what: "it holds half of a character", fix: "cut texts between whole characters" };
  if (new TextEncoder().encode(text).length <= maxValueBytes) return undefined;
  const kind = typeof value === "string" ? "text" : "value";
  return { what: `the ${kind} is larger than 128 KiB`, fix: "hand it over in a file, or pass a part of it" };
}

function arithmeticProblem(text: string): Problem | undefined {
  if (/^-?\d{1,18}$/.test(text)) return undefined;
  return {
    what: "the shell calculates with it there, and it is not a whole number",
    fix: "calculate in the expression, as in ${{ a + 1 }}, or compare texts with = and !=",
  };
}
