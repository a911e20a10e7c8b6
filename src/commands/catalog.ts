import { join } from "node:path";
import { TuttiError } from "../errors.ts";
import type { Problem } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { CommandCatalog, CommandDoc, CommandGraph, CommandNeed } from "../ports/command-catalog.ts";
import { readMarker, removeMarker, writeMarker } from "./completion.ts";
import { discover } from "./discover.ts";
import type { FoundCommand, Places } from "./discover.ts";
import { expandCommand } from "./expand.ts";
import { fingerprint, keepGraph, readCachedGraph, stampOf } from "./graph-cache.ts";
import { buildGraph } from "./graph.ts";
import { nameKey, shown } from "./names.ts";
import { readCommand } from "./read.ts";
import { exactMatch, resolveName } from "./resolve.ts";
import type { Resolved } from "./resolve.ts";

export interface CatalogOptions extends Places {
  /** Where completion markers and the cached graph lie. */
  readonly stateDir: string;
  readonly clock: Clock;
}

/**
 * The commands of a project, its user, the plugins and tutti's library. Files are looked at anew at every call; names
 * that are resolved at once share one look.
 */
export function createCommandCatalog(options: CatalogOptions): CommandCatalog {
  const look = shared(() => discover(options));
  const load = documentCache();
  const markers = join(options.stateDir, "completed");
  const list = async (): Promise<readonly CommandDoc[]> => {
    const found = await discover(options);
    return Promise.all(visible(found).map(async (each) => withShadow(await load(each), each, found)));
  };
  return {
    list,
    resolve: async (name) => resolveDoc(name, await look(), load),
    expand: expandCommand,
    graph: async () => {
      const found = await discover(options);
      const file = join(options.stateDir, "command-graph.json");
      const key = await fingerprint(found);
      let graph = await readCachedGraph(file, key);
      if (!graph) {
        graph = buildGraph(await Promise.all(visible(found).map(load)), found);
        await keepGraph(file, key, graph);
      }
      return { ...graph, unsatisfied: await unsatisfiedIn(graph.edges, markers) };
    },
    complete: (command, evidence) => writeMarker(markers, { command, at: options.clock.now(), evidence }),
    completed: (command) => readMarker(markers, command),
    uncomplete: (command) => removeMarker(markers, command),
  };
}

/** Callers get the result of the call that is under way, if one is that began in the same turn. */
function shared<T>(call: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return () => {
    if (current) return current;
    current = call();
    // what begins later may have to see what was changed since
    queueMicrotask(() => {
      current = undefined;
    });
    return current;
  };
}

type Load = (found: FoundCommand) => Promise<CommandDoc>;

/** Reads a file again only when it changed. */
function documentCache(): Load {
  const kept = new Map<string, { readonly stamp: string; readonly doc: CommandDoc }>();
  return async ({ scope, ...identity }) => {
    const key = `${scope} ${identity.kind} ${identity.file}`;
    const stamp = await stampOf(identity.file);
    const known = kept.get(key);
    if (known?.stamp === stamp && known.doc.name === identity.name && known.doc.class === identity.class)
      return known.doc;
    const doc = await readCommand(identity);
    kept.set(key, { stamp, doc });
    return doc;
  };
}

/** Without the files that one of the same kind and name hides from a nearer place. */
function visible(found: readonly FoundCommand[]): FoundCommand[] {
  const seen = new Set<string>();
  return found.filter((each) => {
    const key = `${each.kind} ${each.name}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

async function resolveDoc(name: string, found: readonly FoundCommand[], load: Load): Promise<CommandDoc> {
  const resolved = await resolveFound(name, found, load);
  const doc = withShadow(await load(resolved.found), resolved.found, found);
  const error = doc.problems.find((problem) => problem.severity === "error");
  if (error) throw new TuttiError(error.code, error.message, { fix: error.fix });
  return resolved.fuzzy ? withProblem(doc, fuzzyNote(name, doc)) : doc;
}

/** A skill may also be called by the name that it gives itself; the files are read for that only when needed. */
async function resolveFound(name: string, found: readonly FoundCommand[], load: Load): Promise<Resolved> {
  if (exactMatch(name, found)?.kind !== undefined) return resolveName(name, found);
  const skills = found.filter((each) => each.kind === "skill");
  const names = new Map<FoundCommand, string>();
  for (const skill of skills) {
    const own = (await load(skill)).extra.name;
    if (typeof own === "string") names.set(skill, own);
  }
  return resolveName(name, found, (each) => names.get(each));
}

function fuzzyNote(name: string, doc: CommandDoc): Problem {
  return {
    severity: "warning",
    code: "UNKNOWN_COMMAND",
    message: `Cannot find command "${shown(name)}" exactly: "/${shown(doc.name)}" is the only one that fits and was taken`,
    fix: `write /${shown(doc.name)}`,
  };
}

/** Claude Code lets the user's file win over the project's; tutti says so where that changes what runs. */
function withShadow(doc: CommandDoc, found: FoundCommand, all: readonly FoundCommand[]): CommandDoc {
  if (found.origin !== "project") return doc;
  const twin = all.find(
    (each) =>
      each.origin === "user" && each.kind === found.kind && nameKey(each.name) === nameKey(found.name),
  );
  if (!twin) return doc;
  return withProblem(doc, {
    severity: "warning",
    code: "COMMAND_AMBIGUOUS",
    message: `Cannot be sure of "/${shown(doc.name)}": "${shown(twin.file)}" has the same name, and Claude Code by itself takes the user's`,
    fix: "rename one of them, or run Claude Code with --setting-sources project",
  });
}

function withProblem(doc: CommandDoc, problem: Problem): CommandDoc {
  return { ...doc, problems: [...doc.problems, problem] };
}

async function unsatisfiedIn(edges: CommandGraph["edges"], folder: string): Promise<CommandNeed[]> {
  const needed = [...new Set(Object.values(edges).flat())];
  const markers = await Promise.all(needed.map((name) => readMarker(folder, name)));
  const open = new Set(needed.filter((_, index) => markers[index] === undefined));
  return Object.entries(edges).flatMap(([command, needs]) =>
    needs.filter((need) => open.has(need)).map((dependency) => ({ command, dependency })),
  );
}
