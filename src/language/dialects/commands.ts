import { isObject, type Json } from "../../expression/json.ts";
import { workflowShape } from "../shapes.ts";
import { type Located, shown } from "../read/loading.ts";
import { type Builder, type MemberAt, membersOf, type Target } from "./builder.ts";
import { addCriteria, lastWork } from "./criteria.ts";
import { snake, translateCommandList } from "./command-list.ts";

/**
 * Workflows with `workflow_id`, `pattern` and `commands`: names of prose in them become contexts of the commands,
 * claims or notes; outputs that a later command asks for become references.
 */
export function translateCommands(builder: Builder, whole: Located): Json | undefined {
  const members = membersOf(whole);
  const pattern = members.find(({ key }) => patternKeys.includes(snake(key)))?.at;
  const word = typeof pattern?.value === "string" ? pattern.value : "";
  const other =
    members.find(({ key }) => ["routing_logic", "start_command"].includes(snake(key)))?.at ?? pattern;
  const isOther = other && (other !== pattern || /condition|routing|iterat|adaptive/i.test(word));
  return isOther ? unsupported(builder, other, word || "routing") : translateChain(builder, members, word);
}

function translateChain(builder: Builder, members: readonly MemberAt[], pattern: string): Json {
  const commands = members.find(({ key }) => key === "commands")?.at;
  const parallel = /parallel/i.test(pattern) && !hasParallelPart(commands);
  const steps = commands ? translateCommandList(builder, commands, { sequential: !parallel }) : [];
  const workflow: Target = {};
  const chain: Target = parallel ? { parallel_where_possible: true } : {};
  for (const { key, at } of members)
    topLevel(builder, { key: snake(key), written: key, at, workflow, chain, steps });
  if (!commands) return workflow;
  builder.put(chain, "steps", { from: commands, value: steps });
  builder.put(workflow, "chain", { from: commands, value: chain });
  return workflow;
}

const patternKeys = ["pattern", "pattern_type", "workflow_type"];

function hasParallelPart(commands: Located | undefined): boolean {
  const list: readonly Json[] = Array.isArray(commands?.value) ? commands.value : [];
  return list.some(
    (command) => isObject(command) && Object.keys(command).some((key) => snake(key) === "parallel_commands"),
  );
}

function unsupported({ loading }: Builder, at: Located, what: string): undefined {
  loading.report.add({
    code: "NOT_SUPPORTED",
    message: `Cannot run a workflow of the pattern "${what}": this version of tutti runs chains only`,
    fix: "write a `chain:` whose steps have `when:` conditions",
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

function topLevel(builder: Builder, part: TopLevel): void {
  const { key, written, at, workflow, chain } = part;
  if (key === "commands") return;
  if (patternKeys.includes(key)) {
    builder.notes.push(`pattern "${shown(at.value)}": the commands and their dependencies say the order`);
  } else if (prose.has(key)) builder.notes.push(`${written}, kept as a note: ${proseOf(at.value)}`);
  else if (criteriaKeys.includes(key)) addToLast(builder, part);
  else if (key === "dependencies") addDependencies(builder, at, part.steps);
  else if (chainKeys.includes(key)) builder.put(chain, key, { from: at });
  else builder.put(workflow, renamed[key] ?? (isKnown(key) ? key : written), { from: at });
}

const criteriaKeys = ["success_criteria", "quality_requirements", "quality_gates"];
const chainKeys = ["parallel_where_possible", "error_strategy"];
const renamed: Readonly<Record<string, string>> = { workflow_id: "name", id: "name" };

/** Criteria of the whole workflow are asked of its last command. */
function addToLast(builder: Builder, { steps, at, key }: TopLevel): void {
  const last = lastWork(steps);
  if (last) addCriteria(builder, { step: last, at, key });
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
