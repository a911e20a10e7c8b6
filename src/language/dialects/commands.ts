import { isObject, type Json } from "../../expression/json.ts";
import { workflowShape } from "../shapes.ts";
import { type Located, shown } from "../read/loading.ts";
import { type Builder, type MemberAt, membersOf, type Target } from "./builder.ts";
import { addCriteria, type Criteria, criteriaOf, toldOf } from "./criteria.ts";
import { snake, translateCommandList } from "./command-list.ts";
import { criteriaKeys as commandCriteria } from "./enforcement.ts";

import { translateRollback } from "./rollback.ts";
import { roundKeys, translateRounds } from "./iteration.ts";
import { translateRouting } from "./routing.ts";

/**
 * Workflows with `workflow_id`, `pattern` and `commands`: names of prose in them become contexts of the commands,
 * criteria of a judge, or notes; outputs that a later command asks for become references.
 */
export function translateCommands(builder: Builder, whole: Located): Json | undefined {
  const members = membersOf(whole);
  const of = (...keys: readonly string[]) => members.find(({ key }) => keys.includes(snake(key)))?.at;
  const pattern = of(...patternKeys);
  const word = typeof pattern?.value === "string" ? pattern.value : "";
  const kind = { members, pattern: word, routes: of("routing_logic"), start: of("start_command") };
  const at = kind.start ?? (/condition|routing|adaptive/i.test(word) ? pattern : undefined);
  return at && !kind.routes ? noRoutes(builder, at, word || "routing") : translateChain(builder, kind);
}

interface Kind {
  readonly members: readonly MemberAt[];
  readonly pattern: string;
  readonly routes: Located | undefined;
  readonly start: Located | undefined;
}

function translateChain(builder: Builder, { members, pattern, routes, start }: Kind): Json {
  const commands = members.find(({ key }) => key === "commands")?.at;
  const criteria = tellCriteria(builder, members);
  const parallel = /parallel/i.test(pattern) && !hasParallelPart(commands);
  const steps = commands ? translateCommandList(builder, commands, { sequential: !parallel }) : [];
  const workflow: Target = {};
  const chain: Target = parallel ? { parallel_where_possible: true } : {};
  const routed = routes !== undefined;
  const parts = members.map(({ key, at }) => {
    return { key: snake(key), written: key, at, workflow, chain, steps, routed };
  });
  for (const part of parts) topLevel(builder, part);
  criteria.forEach((one) => addCriteria(builder, { target: workflow, whole: true, ...one }));
  const from = routes ?? commands;
  if (!from) return workflow;
  const all = routes
    ? translateRouting(builder, workflow, { routes, start, steps: Array.isArray(steps) ? steps : [] })
    : translateRounds(builder, { members, pattern, steps });
  builder.put(chain, "steps", { from, value: all });
  builder.put(workflow, "chain", { from, value: chain });
  return workflow;
}

const patternKeys = ["pattern", "pattern_type", "workflow_type"];

function hasParallelPart(commands: Located | undefined): boolean {
  const list: readonly Json[] = Array.isArray(commands?.value) ? commands.value : [];
  return list.some(
    (command) => isObject(command) && Object.keys(command).some((key) => snake(key) === "parallel_commands"),
  );
}

function noRoutes({ loading }: Builder, at: Located, what: string): undefined {
  loading.report.add({
    code: "MISSING_KEY",
    message: `Cannot run a workflow of the pattern "${what}": it does not say where to go on`,
    fix: 'add "routing_logic:" with a list of {condition, evaluation, route_to}',
    at: at.spot,
    part: "key",
  });
}

interface TopLevel {
  readonly key: string;
  readonly written: string;
  readonly at: Located;
  readonly workflow: Target;
  readonly chain: Target;
  readonly steps: Json;
  readonly routed: boolean;
}

/** Prose about the whole workflow, which no machine can act on. */
const prose = new Set([
  "rollback_strategy",
  "coordination_mechanisms",
  "adaptation_mechanisms",
  "error_recovery_strategy",
  "execution_strategy",
  "purpose",
  "notes",
  "version",
]);

/** Keys that are read by themselves. */
const ownKeys: ReadonlySet<string> = new Set(["commands", "routing_logic", "start_command", ...roundKeys]);

function topLevel(builder: Builder, part: TopLevel): void {
  const { key, written, at, workflow, chain, routed } = part;
  if (ownKeys.has(key) || criteriaKeys.includes(key)) return;
  if (patternKeys.includes(key)) {
    builder.notes.push(
      `pattern "${shown(at.value)}": ${routed ? "the routes say the way" : "the commands and their dependencies say the order"}`,
    );
  } else if (prose.has(key)) addNote(builder, part);
  else if (key === "dependencies") addDependencies(builder, at, part.steps);
  else if (chainKeys.includes(key)) builder.put(chain, key, { from: at });
  else builder.put(workflow, renamed[key] ?? (isKnown(key) ? key : written), { from: at });
}

function addNote(builder: Builder, { key, written, at, steps }: TopLevel): void {
  if (key !== "rollback_strategy")
    return void builder.notes.push(`${written}, kept as a note: ${proseOf(at.value)}`);
  const left = translateRollback(builder, at, steps);
  if (left === undefined) return;
  const how = "give a command an `undo:` to take its work back";
  builder.notes.push(`${written}, kept as a note: ${proseOf(left)} (${how})`);
}

/** Criteria of the whole workflow are gates of its run. */
const criteriaKeys: readonly string[] = [...commandCriteria, "quality_requirements"];
const chainKeys = ["parallel_where_possible", "error_strategy"];
const renamed: Readonly<Record<string, string>> = { workflow_id: "name", id: "name" };

/** The criteria of the whole workflow, of which every command is told. */
function tellCriteria(
  builder: Builder,
  members: readonly MemberAt[],
): readonly Pick<Criteria, "at" | "key">[] {
  const criteria = members
    .map(({ key, at }) => ({ key: snake(key), at }))
    .filter(({ key }) => criteriaKeys.includes(key));
  const told = criteria
    .map(({ key, at }) => [key, toldOf(builder, criteriaOf(at))] as const)
    .filter(([, sentences]) => sentences.length > 0);
  if (told.length > 0) builder.told["workflow"] = Object.fromEntries(told);
  return criteria;
}

function isKnown(key: string): boolean {
  return Object.hasOwn(workflowShape.leaves, key) || workflowShape.parts.some((part) => part === key);
}

function proseOf(value: Json): string {
  if (Array.isArray(value)) return value.map((item: Json) => proseOf(item)).join("; ");
  if (!isObject(value)) return shown(value);
  return Object.entries(value)
    .map(([key, item]) => `${key}: ${proseOf(item ?? null)}`)
    .join("; ");
}

/** `dependencies: {task: [query]}`: a graph over the commands' names. */
function addDependencies(builder: Builder, graph: Located, steps: Json): void {
  const byName = new Map((Array.isArray(steps) ? steps : []).map((step: Json) => [nameOf(step), step]));
  for (const { key, at } of membersOf(graph)) {
    const step = byName.get(key);
    if (isObject(step)) builder.put(step as Target, "depends_on", { from: at });
    else
      builder.loading.report.add({
        code: "UNKNOWN_STEP",
        message: `Cannot give "${shown(key)}" dependencies: there is no command of this name`,
        fix: `use one of ${[...byName.keys()].join(", ")}`,
        at: at.spot,
        part: "key",
      });
  }
}

function nameOf(step: Json): string {
  return isObject(step) && typeof step["name"] === "string" ? step["name"] : "";
}
