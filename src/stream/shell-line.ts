import type { Request } from "../core/effects.ts";
import type { Scope } from "../expression/expression.ts";
import { compileShellTemplate } from "../expression/shell-template.ts";
import { compileTemplate } from "../expression/template.ts";
import { parseRecord } from "./processors/records.ts";

/** A shell line that is run for each batch. */
interface ShellLine {
  readonly line: string;
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
}

interface ShellBatch {
  /** JSON of each record. */
  readonly texts: readonly string[];
  readonly stdin: string;
}

export interface ShellCall {
  readonly request: Extract<Request, { readonly kind: "run" }>;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The line and its environment are templates over `record` (the first of the batch), `batch` and the run's data; values reach
 * the line as environment. What is made of them throws EXPRESSION_FAILED when a template has no value.
 */
export function compileShellLine(
  { line, cwd, env }: ShellLine,
  outer: Scope,
): (batch: ShellBatch) => ShellCall {
  const shell = compileShellTemplate(line);
  const variables = Object.entries(env).map(([name, text]) => ({ name, template: compileTemplate(text) }));
  return ({ texts, stdin }) => {
    const scope = batchScope(outer, texts);
    const place = cwd === undefined ? {} : { cwd };
    return {
      request: { kind: "run", shell: shell.render(scope), ...place, stdin },
      env: Object.fromEntries(variables.map(({ name, template }) => [name, template.renderText(scope)])),
    };
  };
}

/** What the texts for a batch see; its records are read when one of them asks. */
export function batchScope(outer: Scope, texts: readonly string[]): Scope {
  return (root) => {
    if (root === "record") return parseRecord(texts[0] ?? "null");
    return root === "batch" ? texts.map((text) => parseRecord(text)) : outer(root);
  };
}
