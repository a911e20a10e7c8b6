import { identifier } from "./checks/names.ts";
import { defined } from "./defined.ts";
import type { Target } from "./dialects/builder.ts";
import type { OneLine } from "./one-line.ts";
import { cutAt } from "./one-line-parts.ts";
import type { Range } from "./source-text.ts";
import { literal } from "./swarm/prompts.ts";
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
  /** Empty: it has no letters that a name may have. */
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
  const isRow = (options.topology ?? topologyOf(stages)) === "pipeline";
  for (const stage of stages) reportStage(line, { ...stage, isRow });
  reportSecond(line, stages);
  reportTask(line, stages);
  const agents: Target = {};
  for (const stage of stages) for (const agent of stage.agents) addAgent(agents, stage, agent);
  return {
    name: options.name ?? "swarm",
    ...defined({ save_state: options.saveState }),
    swarm: { topology: topologyOf(stages), ...saidBy(options), agents },
  };
}

function reportStage(
  { text, report }: OneLine,
  { agents, range, isRow }: Stage & { readonly isRow: boolean },
): void {
  const written = text.slice(range.start, range.end);
  const trouble =
    agents.length === 0
      ? "there is no agent at this place"
      : (listTrouble(written) ?? (isRow ? rowTrouble(agents, written) : undefined));
  if (trouble)
    report.add({ code: "USAGE", message: `Cannot read the swarm: ${trouble}`, fix: example, range });
}

/** An arrow leads to one agent; of several it would say that they go on from each other. */
function rowTrouble(agents: Stage["agents"], written: string): string | undefined {
  return agents.length > 1
    ? `nothing says what the agents of "${written}" are: a row without labels has one agent at each place`
    : undefined;
}

const example = 'write such as "coordinator: plan → specialists: [a, b] → aggregator: merge"';

function listTrouble(written: string): string | undefined {
  if (written.includes("[") && !written.includes("]")) return `the list in "${written}" has no "]"`;
  const { label, rest } = /^(?:(?<label>[\w-]+)\s*:)?\s*(?<rest>.*)$/s.exec(written)?.groups ?? {};
  switch (listShape(rest ?? "")) {
    case "broken":
      return `"${written}" is no list such as "[a, b]"`;
    case "list":
      return undefined;
    case "text":
      return textTrouble(written, label);
  }
}

function textTrouble(written: string, label: string | undefined): string | undefined {
  if (label === undefined && /[[\]]/.test(written))
    return `"${written}" has no ":" between what these agents are and their list`;
  return groups.test(label ?? written)
    ? `"${written}" does not say in a list which agents these are`
    : undefined;
}

function listShape(text: string): "list" | "text" | "broken" {
  const isList = text.startsWith("[") && text.endsWith("]");
  const inner = (isList ? text.slice(1, -1) : text).replaceAll(/\[[^[\]]*\]/g, "");
  if (/[[\]]/.test(inner) || (text.startsWith("[") && !isList)) return "broken";
  return isList ? "list" : "text";
}

/** Labels of lists. */
const groups = /^(?:specialists|spokes|peers|workers|members|agents|followers|stages)$/i;

/** Whoever is led works side by side: an arrow between such agents would say otherwise. */
function reportSecond({ report, options }: OneLine, stages: readonly Stage[]): void {
  if (options.topology !== undefined || topologyOf(stages) === "pipeline") return;
  const [, second] = stages.filter(({ label }) => label === undefined || !isPosition(label));
  if (!second) return;
  const { agents, range } = second;
  const names = agents.map(({ name }) => name).join(", ");
  report.add({
    code: "USAGE",
    message: `Cannot read the swarm: nothing says what "${names}" is to the agents before it`,
    fix: "put it into their list, or label it, such as `aggregator: merge`; a pipeline has no labels",
    range,
  });
}

/** What who leads is to do is the task where nothing else is. */
function reportTask({ report, options }: OneLine, stages: readonly Stage[]): void {
  const { task, target } = options;
  if (task !== undefined && target !== undefined)
    report.add({
      code: "USAGE",
      message: "Cannot use both --task and --target: they are two words for what the agents work on",
      fix: "write one of them",
    });
  if ((task ?? target) !== undefined) return;
  if (stages.some(({ label = "" }) => placeOf("hierarchical", { name: label, role: label }) === "leader"))
    return;
  report.add({
    code: "USAGE",
    message: "Cannot use the swarm: nothing says what its agents work on",
    fix: 'add --task "…"',
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
    ...defined({ task: plain(task ?? target), topology, rounds: numberIn(rounds) }),
    ...(communication === undefined ? {} : { coordination: { communication } }),
    ...(parallelLimit === undefined
      ? {}
      : { execution: { parallel_limit: numberIn(parallelLimit) ?? null } }),
  };
}

/** A text in which nothing is filled in. */
function plain(text: string | undefined): string | undefined {
  return text === undefined ? undefined : literal(text);
}

/** What is no number stays as it is typed, so that it is told as such. */
function numberIn(typed: string | number | undefined): number | string | undefined {
  return typed === undefined || Number.isNaN(Number(typed)) ? typed : Number(typed);
}

function addAgent(agents: Target, { label }: Stage, { name, role, command }: Named): void {
  const wanted = name === "" ? `agent_${Object.keys(agents).length + 1}` : name;
  let free = wanted;
  for (let copy = 2; Object.hasOwn(agents, free); copy += 1) free = `${wanted}_${copy}`;
  agents[free] = defined({ role: role ?? (label === undefined ? undefined : wanted), command });
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
  if (!/[\p{L}\p{N}]/u.test(said)) return undefined;
  const name = identifier(said);
  if (said.startsWith("/")) return { name, command: said, ...defined({ role }) };
  // letters that no name can have stay in what it is for
  return { name, ...defined({ role: role ?? (name === "" || /\P{ASCII}/u.test(said) ? said : undefined) }) };
}

/** By what its parts are called. */
function topologyOf(stages: readonly Stage[]): string {
  const labels = stages.map(({ label = "" }) => label.toLowerCase());
  if (labels.includes("hub") || labels.includes("spokes")) return "star";
  if (labels.includes("peers")) return "mesh";
  return labels.some((label) => label !== "") ? "hierarchical" : "pipeline";
}
