import type { Problem } from "../errors.ts";
import type { Chain } from "../language/workflow.ts";
import type { CommandCatalog, CommandDoc } from "../ports/command-catalog.ts";
import { ownRunsOf, worksOf } from "./placed-steps.ts";

/** The commands that a chain names, those inside other steps and in the stages of pipelines too. */
export function commandsOf(chain: Chain): Set<string> {
  const actions = worksOf(chain).map(({ action }) => action);
  const staged = actions.flatMap((action) => (action.kind === "pipeline" ? ownRunsOf(action) : []));
  return new Set([
    ...actions.flatMap((action) => (action.kind === "command" ? [action.command] : [])),
    ...staged.flatMap((workflow) => [...commandsOf(workflow.chain)]),
  ]);
}

/** What may be the name of a command in a text that has other mistakes, and so cannot be read as a workflow. */
export function possibleCommands(text: string): Set<string> {
  const keyed = [...text.matchAll(/\bcommand["']?\s*:\s*["']?([^\s"',}\]]+)/g)];
  const slashed = [...text.matchAll(/(?<![\w/.])(\/[\w][\w:./-]*)/g)];
  return new Set([...keyed, ...slashed].flatMap((match) => match[1] ?? []));
}

export interface Resolved {
  /** Names that stand for a command here. */
  readonly good: readonly string[];
  readonly bad: readonly string[];
  /** Of those that name tools: which. */
  readonly tools: ReadonlyMap<string, readonly string[]>;
  readonly complexities: ReadonlyMap<string, CommandDoc["complexity"]>;
  /** Of names that are not exactly those of the command that was taken. */
  readonly warnings: readonly Problem[];
}

/** So many names are looked up at once: they share one look at the folders. */
const atOnce = 1000;

/** Looks every name up. */
export async function resolveAll(catalog: CommandCatalog, names: Iterable<string>): Promise<Resolved> {
  const all = [...names];
  const good: string[] = [];
  const bad: string[] = [];
  const tools = new Map<string, readonly string[]>();
  const complexities = new Map<string, CommandDoc["complexity"]>();
  const warnings: Problem[] = [];
  for (let from = 0; from < all.length; from += atOnce) {
    const some = all.slice(from, from + atOnce);
    const docs = await Promise.all(some.map((name) => catalog.resolve(name).catch(() => undefined)));
    docs.forEach((doc, index) => {
      const name = some[index] ?? "";
      (doc ? good : bad).push(name);
      if (doc) complexities.set(name, doc.complexity);
      if (doc?.allowedTools) tools.set(name, doc.allowedTools);
      warnings.push(...(doc?.problems.filter(({ code }) => code === "UNKNOWN_COMMAND") ?? []));
    });
  }
  return { good, bad, tools, complexities, warnings };
}

/** The exact names of all commands, as a workflow writes them. */
export async function allNames(catalog: CommandCatalog): Promise<readonly string[]> {
  return (await catalog.list()).filter((doc) => doc.kind !== "agent").map((doc) => `/${doc.name}`);
}
