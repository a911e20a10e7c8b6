import type { CommandDoc, CommandNeed } from "../ports/command-catalog.ts";
import type { FoundCommand } from "./discover.ts";
import { isHostile, nameKey } from "./names.ts";
import { exactMatch } from "./resolve.ts";

/** What follows from the files alone; what is unsatisfied follows from the completion markers too. */
export interface StaticGraph {
  readonly edges: Readonly<Record<string, readonly string[]>>;
  readonly missing: readonly CommandNeed[];
  readonly cycles: readonly (readonly string[])[];
}

/**
 * Who needs whom. An entry of `dependencies` is an edge when it names a known command, and missing when it clearly
 * is meant to: it starts with `/`, or its first part is the folder of known commands. Everything else (packages, prose)
 * is neither.
 */
export function buildGraph(docs: readonly CommandDoc[], found: readonly FoundCommand[]): StaticGraph {
  const commands = found.filter((each) => each.kind !== "agent");
  const families = new Set(commands.flatMap((each) => nameKey(each.name).match(/^[^:]+(?=:)/)?.[0] ?? []));
  const edges: [string, readonly string[]][] = [];
  const missing: CommandNeed[] = [];
  for (const doc of docs) {
    if (doc.kind === "agent") continue;
    const needs = new Set<string>();
    for (const name of doc.dependencies.flatMap((entry) => namesIn(entry, commands))) {
      const target = exactMatch(name, commands);
      if (target) needs.add(target.name);
      else if (isMeant(name, families))
        missing.push({ command: doc.name, dependency: name.replace(/^\//, "") });
    }
    edges.push([doc.name, [...needs]]);
  }
  return { edges: Object.fromEntries(edges), missing, cycles: cyclesOf(new Map(edges)) };
}

/** An entry is one name; several when each of its words is one (`quality/verify test/unit`). */
function namesIn(entry: string, commands: readonly FoundCommand[]): string[] {
  const words = entry.trim().split(/\s+/);
  if (words.length < 2 || isHostile(entry) || exactMatch(entry, commands)) return [entry.trim()];
  const each = words.every((word) => word.startsWith("/") || exactMatch(word, commands) !== undefined);
  return each ? words : [entry.trim()];
}

function isMeant(name: string, families: ReadonlySet<string>): boolean {
  if (!/^\/?[\p{L}\p{N}_-][\p{L}\p{N}_.-]*(?:[:/][\p{L}\p{N}_-][\p{L}\p{N}_.-]*)*$/u.test(name)) return false;
  if (name.startsWith("/")) return true;
  const [first, ...rest] = nameKey(name).split(":");
  return rest.length > 0 && families.has(first ?? "");
}

/**
 * The circles, each with its first name again at the end and starting with its smallest name. Every name is looked at
 * once, so of circles that share commands not each is listed, but at least one.
 */
export function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const cycles = new Map<string, string[]>();
  for (const start of edges.keys()) {
    if (!done.has(start)) follow(start, { edges, done, found: (circle) => keep(cycles, circle) });
  }
  return [...cycles.values()];
}

interface Search {
  readonly edges: ReadonlyMap<string, readonly string[]>;
  readonly done: Set<string>;
  readonly found: (circle: readonly string[]) => void;
}

/** Depth first without recursion, so that a chain of any length fits. */
function follow(start: string, { edges, done, found }: Search): void {
  const path: string[] = [];
  const onPath = new Set<string>();
  const ways: Iterator<string>[] = [];
  const enter = (name: string) => {
    path.push(name);
    onPath.add(name);
    ways.push((edges.get(name) ?? []).values());
  };
  const leave = () => {
    ways.pop();
    const name = path.pop() ?? "";
    onPath.delete(name);
    done.add(name);
  };
  enter(start);
  for (let way = ways.at(-1); way; way = ways.at(-1)) {
    const next = way.next();
    if (next.done === true) leave();
    else if (onPath.has(next.value)) found(path.slice(path.indexOf(next.value)));
    else if (!done.has(next.value)) enter(next.value);
  }
}

function keep(cycles: Map<string, string[]>, circle: readonly string[]): void {
  const least = circle.reduce((a, b) => (b < a ? b : a));
  const at = circle.indexOf(least);
  const turned = [...circle.slice(at), ...circle.slice(0, at), least];
  cycles.set(JSON.stringify(turned), turned);
}
