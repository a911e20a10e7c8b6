import { identifier } from "./checks/names.ts";
import { defined } from "./defined.ts";
import type { Target } from "./dialects/builder.ts";
import type { OneLine } from "./one-line.ts";
import { cutAt } from "./one-line-parts.ts";
import type { Range } from "./source-text.ts";
import { placeOf } from "./swarm/roles.ts";

const arrow = /→|->|=>/y;
const comma = /,/y;

/** One part between arrows: `coordinator: task breakdown`, `specialists: [a, b]`, or just `a`. */
interface Stage {
  readonly label?: string;
  readonly agents: readonly Named[];
  readonly range: Range;
}

interface Named {
  readonly name: string;
  readonly role?: string;
  readonly command?: string;
}

/**
 * `coordinator: plan → specialists: [a, b, c] → aggregator: merge`, `hub: ask → spokes: [a, b]`, `peers: [a, b, c]`, or
 * `a → b → c` for a pipeline. An agent in a list may say its role, `[sec: looks for holes, /task]`, or be a slash command.
 */
export function swarmOf(line: OneLine): Target {
  const { text, options } = line;
  const stages = cutAt(text, { start: 0, end: text.length }, arrow).map((range) => stageOf(text, range));
  for (const stage of stages) reportEmpty(line, stage);
  const agents: Target = {};
  for (const stage of stages) for (const agent of stage.agents) addAgent(agents, stage, agent);
  return {
    name: options.name ?? "swarm",
    ...defined({ save_state: options.saveState }),
    swarm: { topology: topologyOf(stages), ...saidBy(options), agents },
  };
}

function reportEmpty({ report }: OneLine, { agents, range }: Stage): void {
  if (agents.length > 0) return;
  report.add({
    code: "USAGE",
    message: "Cannot read the swarm: there is no agent at this place",
    fix: 'write such as "coordinator: plan → specialists: [a, b] → aggregator: merge"',
    range,
  });
}

function saidBy({
  task,
  target,
  topology,
  rounds,
  communication,
  parallelLimit,
}: OneLine["options"]): Target {
  return {
    ...defined({ task: task ?? target, topology, rounds: numberIn(rounds) }),
    ...(communication === undefined ? {} : { coordination: { communication } }),
    ...(parallelLimit === undefined
      ? {}
      : { execution: { parallel_limit: numberIn(parallelLimit) ?? null } }),
  };
}

/** What is no number stays as it is typed, so that it is told as such. */
function numberIn(typed: string | number | undefined): number | string | undefined {
  return typed === undefined || Number.isNaN(Number(typed)) ? typed : Number(typed);
}

function addAgent(agents: Target, { label }: Stage, { name, role, command }: Named): void {
  let free = name;
  for (let copy = 2; Object.hasOwn(agents, free); copy += 1) free = `${name}_${copy}`;
  agents[free] = defined({ role: role ?? (label === undefined ? undefined : name), command });
}

function stageOf(text: string, range: Range): Stage {
  const written = text.slice(range.start, range.end);
  const [, label, rest = ""] = /^([\w-]+)\s*:\s*(.*)$/s.exec(written) ?? [];
  if (label === undefined) return { agents: agentsIn(text, range), range };
  const from = range.end - rest.length;
  if (rest.startsWith("[")) return { label, agents: agentsIn(text, { start: from, end: range.end }), range };
  const agents = rest === "" ? [] : [labelled(label, rest)];
  return isPosition(label) ? { label, agents, range } : { agents, range };
}

/** `coordinator: plan`, or `coordinator: /plan`. */
function labelled(label: string, rest: string): Named {
  const name = identifier(label);
  return rest.startsWith("/") ? { name, role: label, command: rest } : { name, role: rest };
}

function isPosition(label: string): boolean {
  return placeOf("hierarchical", { name: label, role: label }) !== "member";
}

function agentsIn(text: string, { start, end }: Range): readonly Named[] {
  const listed = text[start] === "[" && text[end - 1] === "]";
  const inner = listed ? { start: start + 1, end: end - 1 } : { start, end };
  return cutAt(text, inner, comma).flatMap(
    (range) => agentOf(text.slice(range.start, range.end).trim()) ?? [],
  );
}

function agentOf(written: string): Named | undefined {
  const plain = written.replace(/^(["'])(.*)\1$/s, "$2").trim();
  const [, said = plain, role] = /^([^:]+):\s*(.+)$/s.exec(plain) ?? [];
  const name = identifier(said);
  if (name === "") return undefined;
  return said.startsWith("/")
    ? { name, command: said, ...defined({ role }) }
    : { name, ...defined({ role }) };
}

/** By what its parts are called. */
function topologyOf(stages: readonly Stage[]): string {
  const labels = stages.map(({ label = "" }) => label.toLowerCase());
  if (labels.includes("hub") || labels.includes("spokes")) return "star";
  if (labels.includes("peers")) return "mesh";
  return labels.some((label) => label !== "") ? "hierarchical" : "pipeline";
}
