import type { CommandDoc, CommandGraph } from "../../ports/command-catalog.ts";
import type { Pattern } from "../../verbs/parts.ts";
import { problemsLines } from "../render/error.ts";
import type { Shown } from "../render/out.ts";
import { headCells, tableLines } from "../render/table.ts";
import { defineVerb } from "../verb.ts";

interface CommandsFlags {
  readonly graph?: boolean;
}

export const commands = defineVerb<CommandsFlags>({
  examples: ["tutti commands", "tutti commands milestone/plan", "tutti commands --graph --json"],
  define: (command) =>
    command
      .argument("[name]", "one command: /family/name, family:name or name")
      .option("--graph", "what each command needs, and what is missing or circular"),
  run: async ({ out, json, open }, { args: [name], options }) => {
    const tutti = await open();
    const { commands: catalog } = tutti;
    const one = name === undefined ? undefined : await catalog.resolve(name);
    if (options.graph) {
      const graph = partOf(await catalog.graph(), one?.name);
      if (json) out.json(graph);
      else out.say(...graphLines(graph));
    } else if (one) {
      const completed = await catalog.completed(one.name);
      if (json) out.json({ ...one, ...(completed ? { completed } : {}) });
      else out.say(...docLines(one));
    } else {
      const all = await catalog.list();
      const patterns = tutti.patterns();
      if (json) out.json({ commands: all.map(({ body: _, ...rest }) => rest), patterns });
      else out.say(...listLines(all, patterns));
      if (!json) out.note(...problemsLines(all.flatMap((doc) => doc.problems)));
    }
    return 0;
  },
});

function listLines(all: readonly CommandDoc[], patterns: readonly Pattern[]): Shown[] {
  return tableLines([
    headCells("NAME", "KIND", "FROM", "DESCRIPTION"),
    ...all.map((doc) => [
      { text: shownName(doc), bold: true },
      doc.kind === "command" ? doc.class : doc.kind,
      doc.origin,
      doc.description.slice(0, 100),
    ]),
    ...patterns.map(({ name, description }) => [
      { text: `pattern:${name}`, bold: true },
      "workflow",
      "builtin",
      description.slice(0, 100),
    ]),
  ]);
}

function shownName({ kind, name }: CommandDoc): string {
  return kind === "agent" ? name : `/${name}`;
}

function docLines(doc: CommandDoc): Shown[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["file", doc.file],
    ["kind", doc.kind === "command" ? `${doc.class} command` : doc.kind],
    ["from", doc.origin],
    ["arguments", doc.argumentHint ?? (doc.arguments.length > 0 ? doc.arguments.join(" ") : undefined)],
    ["tools", doc.allowedTools === undefined ? "all" : doc.allowedTools.join(", ") || "none"],
    ["model", doc.model],
    ["complexity", doc.complexityReason ? `${doc.complexity} (${doc.complexityReason})` : doc.complexity],
    ["needs", doc.dependencies.length > 0 ? doc.dependencies.join(", ") : undefined],
    ["agents", doc.agents.length > 0 ? doc.agents.join(", ") : undefined],
    ["output", doc.output === undefined ? undefined : "declared (see --json)"],
  ];
  return [
    [{ text: shownName(doc), bold: true }, ` ${doc.description}`],
    ...facts.flatMap(([key, value]) => (value === undefined ? [] : [`  ${key.padEnd(10)} ${value}`])),
    ...problemsLines(doc.problems),
  ];
}

/** The part of the graph that one command can reach; all of it without a name. */
function partOf(graph: CommandGraph, name: string | undefined): CommandGraph {
  if (name === undefined) return graph;
  const reached = new Set([name]);
  for (const each of reached) for (const need of graph.edges[each] ?? []) reached.add(need);
  return {
    edges: Object.fromEntries(Object.entries(graph.edges).filter(([from]) => reached.has(from))),
    missing: graph.missing.filter(({ command }) => reached.has(command)),
    unsatisfied: graph.unsatisfied.filter(({ command }) => reached.has(command)),
    cycles: graph.cycles.filter((cycle) => cycle.some((each) => reached.has(each))),
  };
}

function graphLines({ edges, missing, unsatisfied, cycles }: CommandGraph): Shown[] {
  const connected = Object.entries(edges).filter(([, needs]) => needs.length > 0);
  const lines: Shown[] = [
    ...connected.map(([from, needs]) => `/${from} needs ${needs.map((need) => `/${need}`).join(", ")}`),
    ...missing.map(({ command, dependency }): Shown => [
      { text: "missing", tone: "bad" },
      ` /${command} needs ${dependency}, which is not there`,
    ]),
    ...unsatisfied.map(({ command, dependency }): Shown => [
      { text: "not yet done", tone: "warn" },
      ` /${command} needs /${dependency}`,
    ]),
    ...cycles.map((cycle): Shown => [{ text: "circle", tone: "bad" }, ` ${cycle.join(" → ")}`]),
  ];
  return lines.length > 0 ? lines : ["no command needs another"];
}
