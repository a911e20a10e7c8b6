import { isObject, type Json } from "../../expression/json.ts";
import { freeName, identifier } from "../checks/names.ts";
import { notSupportedInStep } from "../not-supported.ts";
import { itemsOf, type Located } from "../read/loading.ts";
import { stepShape } from "../shapes.ts";
import { type Builder, type MemberAt, membersOf, type Target } from "./builder.ts";
import { addGates, criteriaKeys } from "./enforcement.ts";
import { addInputs, type Earlier, outputOf } from "./inputs.ts";
import { nextWorkflow } from "./next-workflow.ts";

/** `nextCommands` → `next_commands`. */
export function snake(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

export interface ListOptions {
  /** Each command is told what came before it. */
  readonly sequential: boolean;
  /** What commands without arguments work on: a template. */
  readonly goal?: string;
  /** Each is a route, whose condition is read elsewhere. */
  readonly routed?: boolean;
}

/**
 * The steps of a list of commands. One with `parallel_commands` becomes two: itself, and a group after it; one with
 * `next_workflow` is followed by that.
 */
export function translateCommandList(
  builder: Builder,
  list: Located,
  { sequential, goal = "", routed = false }: ListOptions,
): Json {
  if (!Array.isArray(list.value)) return list.value;
  const commands = named(itemsOf(list));
  const earlier: Earlier[] = [];
  const taken = new Set(commands.map(({ name }) => name));
  const steps = commands.flatMap((command) => {
    const made = translateCommand(builder, {
      command,
      all: commands,
      earlier: sequential ? earlier : [],
      goal,
      routed,
      taken,
    });
    earlier.push(...made.earlier);
    return made.steps;
  });
  return builder.list(steps);
}

interface Command {
  readonly at: Located;
  readonly members: ReadonlyMap<string, MemberAt>;
  readonly name: string;
  /** Other words by which a dependency may mean it. */
  readonly aliases: readonly string[];
}

const commandKeys = ["command", "command_type", "route_to"];

/** Every command with a name of its own: `id`, else role and command (`frontend_task`), else the command. */
function named(items: readonly Located[]): readonly Command[] {
  const taken = new Set<string>();
  const rounds = new Map<string, number>();
  return items.map((at) => {
    const members = new Map(membersOf(at).map((member) => [snake(member.key), member]));
    const given = textOf(members, ["name", "id", "command_id"]);
    const role = textOf(members, ["agent", "agent_id", "role"]) ?? "";
    const stem = identifier(role).replace(/_(specialist|agent|expert|developer)$/, "");
    const base = identifier(textOf(members, commandKeys) ?? "") || "command";
    const wanted = stem ? `${stem}_${base}` : base;
    const name = given ?? freeName(wanted, taken, rounds);
    taken.add(name);
    return { at, members, name, aliases: [role, stem, `${stem}_${base}`, base, `/${base}`] };
  });
}

function textOf(members: ReadonlyMap<string, MemberAt>, keys: readonly string[]): string | undefined {
  const value = keys
    .map((key) => members.get(key)?.at.value)
    .find((one) => typeof one === "string" && one !== "");
  return typeof value === "string" ? value : undefined;
}

interface OneCommand {
  readonly command: Command;
  readonly all: readonly Command[];
  readonly earlier: readonly Earlier[];
  readonly goal: string;
  readonly routed: boolean;
  readonly taken: Set<string>;
}

interface Made {
  readonly steps: readonly { readonly value: Json; readonly from: Located }[];
  readonly earlier: readonly Earlier[];
}

function translateCommand(builder: Builder, one: OneCommand): Made {
  const { command, all, earlier } = one;
  const { at, members, name } = command;
  if (!isObject(at.value)) return { steps: [{ value: at.value, from: at }], earlier: [] };
  const step: Target = {};
  builder.put(step, "name", { from: nameOrigin(command), value: name });
  const context: Target = {};
  const followed = members.has("next_workflow");
  for (const [key, member] of members) translateKey(builder, { key, member, step, context, all, followed });
  setArguments(builder, { step, context, members });
  setDefaults(builder, step, one);
  // what decides or holds others has no context of its own
  const isWork = step["command"] !== undefined && ![...stepKeys].some((key) => members.has(key));
  if (isWork) addInputs(context, { members, earlier });
  if (isWork) Object.assign(context, builder.told);
  if (Object.keys(context).length > 0) {
    const given = isObject(step["context"]) ? step["context"] : {};
    builder.put(step, "context", { from: at, value: { ...given, ...context } });
  }
  addGates(builder, step, members);
  return withFollowers(builder, step, one);
}

/** What a command does when it does not say so itself, and when: its condition, which a route has for its way. */
function setDefaults(builder: Builder, step: Target, { command, goal, routed }: OneCommand): void {
  const { at, members } = command;
  const condition = first(members, ["evaluation", "condition"]);
  if (condition && !routed) builder.put(step, "when", { from: condition });
  if (step["params"] === undefined && goal !== "") builder.put(step, "params", { from: at, value: goal });
}

/** The step, and what its command brings with it: a group, another workflow, which may stand for itself. */
function withFollowers(builder: Builder, step: Target, { command, taken }: OneCommand): Made {
  const { at, members, name } = command;
  const steps: { value: Json; from: Located }[] = [];
  const earlier: Earlier[] = [];
  const next = members.get("next_workflow");
  const works = !next || step["command"] !== undefined;
  if (works) {
    steps.push({ value: step, from: at });
    earlier.push({ name, outputs: outputsOf(members) });
  } else taken.delete(name);
  const parallel = members.get("parallel_commands");
  if (parallel) {
    steps.push({ value: parallelGroup(builder, { after: name, at: parallel.at }), from: parallel.at });
    earlier.push({ name: `${name}_parallel`, outputs: [] });
  }
  const params = step["params"];
  const call =
    next &&
    nextWorkflow(builder, {
      at: next.at,
      given: members.get("with")?.at,
      after: works ? step : undefined,
      goal: typeof params === "string" ? params : "",
      taken,
    });
  if (!call) return { steps, earlier };
  return {
    steps: [...steps, { value: call.step, from: next.at }],
    earlier: [...earlier, { name: call.name, outputs: [] }],
  };
}

function nameOrigin({ at, members }: Command): Located {
  return first(members, ["name", "id", "command_id", "agent", "agent_id", ...commandKeys]) ?? at;
}

function parallelGroup(
  builder: Builder,
  { after, at }: { readonly after: string; readonly at: Located },
): Target {
  const steps = translateCommandList(builder, at, { sequential: false });
  for (const step of Array.isArray(steps) ? steps : []) {
    if (!isObject(step)) continue;
    const context = isObject(step["context"]) ? step["context"] : {};
    const told = { ...context, coordination: outputOf(after) };
    builder.put(step as Target, "context", { from: at, value: told });
  }
  const group: Target = { name: `${after}_parallel`, depends_on: [after], parallel: { join: "all" } };
  builder.put(group, "steps", { from: at, value: steps });
  return group;
}

/** Keys that another function reads. */
const elsewhere: ReadonlySet<string> = new Set(
  (
    "name id command_id arguments args params purpose parallel_commands " +
    "inputs inputs_from_previous inputs_from_parallel condition evaluation next_workflow enforcement_level"
  )
    .split(" ")
    .concat(criteriaKeys),
);

interface OneKey {
  readonly key: string;
  readonly member: MemberAt;
  readonly step: Target;
  readonly context: Target;
  readonly all: readonly Command[];
  /** Another workflow comes after it. */
  readonly followed: boolean;
}

function translateKey(builder: Builder, one: OneKey): void {
  const { key, member, step } = one;
  if (elsewhere.has(key) || (key === "with" && one.followed)) return;
  const renamed = renames[key];
  if (renamed) return builder.put(step, renamed, { from: member.at });
  switch (key) {
    case "agent":
    case "agent_id":
      return translateAgent(builder, one);
    case "dependencies":
    case "depends_on":
      return translateDependencies(builder, one);
    case "outputs":
    case "expected_outputs":
      return translateOutputs(builder, one);
    case "rollback_point":
      if (member.at.value === false) return;
      return builder.warn(member.at, {
        key,
        fix: "write an `undo:` that takes the command's work back when the run fails, and commit before the run",
      });
    default:
      return translateOther(builder, one);
  }
}

const renames: Readonly<Record<string, string>> = {
  command: "command",
  command_type: "command",
  route_to: "command",
  timeouts: "timeout",
  retry_policy: "retry",
};

/** An agent here is a role; it is the one who does the work only when an agent of this name exists. */
function translateAgent(builder: Builder, { member, step, context }: OneKey): void {
  const { value } = member.at;
  const exists = typeof value === "string" && builder.loading.known.agents?.includes(value) === true;
  if (exists) builder.put(step, "agent", { from: member.at });
  else builder.put(context, "role", { from: member.at });
}

function translateDependencies(builder: Builder, { member, step, all }: OneKey): void {
  const { at } = member;
  if (!Array.isArray(at.value)) return builder.put(step, "depends_on", { from: at });
  if (at.value.length === 0) return;
  const items = itemsOf(at).map((item) => ({ value: resolved(item.value, all), from: item }));
  builder.put(step, "depends_on", { from: at, value: builder.list(items) });
}

function resolved(value: Json, all: readonly Command[]): Json {
  if (typeof value !== "string" || all.some((command) => command.name === value)) return value;
  return all.find((command) => command.aliases.includes(value))?.name ?? value;
}

function outputsOf(members: ReadonlyMap<string, MemberAt>): readonly string[] {
  const value = (members.get("expected_outputs") ?? members.get("outputs"))?.at.value;
  return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
}

/** A list of names becomes a schema that requires them; anything else is taken for a schema. */
function translateOutputs(builder: Builder, { member, step }: OneKey): void {
  const { at } = member;
  if (!Array.isArray(at.value)) return builder.put(step, "output", { from: at });
  const names = at.value.filter((name) => typeof name === "string");
  const properties = Object.fromEntries(names.map((name) => [name, {}]));
  builder.put(step, "output", { from: at, value: { type: "object", properties, required: names } });
}

/** Keys of the canonical form, and those nobody may overlook, go on; the rest is told to the command as context. */
function translateOther(builder: Builder, { key, member, step, context }: OneKey): void {
  const canonical = Object.hasOwn(stepShape.leaves, key) || stepShape.parts.some((part) => part === key);
  if (canonical || key === "if" || stepKeys.has(key) || Object.hasOwn(notSupportedInStep, key))
    return builder.put(step, key, { from: member.at });
  const guess = toldKeys.includes(key) ? undefined : builder.loading.report.nearest(key, dialectKeys);
  if (guess === undefined) return builder.put(context, key, { from: member.at });
  if (guess === "command") return builder.put(step, member.key, { from: member.at });
  builder.loading.report.add({
    code: "UNKNOWN_KEY",
    message: `Cannot read "${member.key}": a command has no such key`,
    fix: `write "${guess}"`,
    at: member.at.spot,
    part: "key",
  });
}

/** Keys of a decision, which is read when all steps are there. */
const stepKeys: ReadonlySet<string> = new Set(["then", "else", "conditions", "routing_logic"]);

const toldKeys =
  "scope role coordination_strategy next_command_context final_context integration_tasks agent_role description goal context".split(
    " ",
  );
const dialectKeys = [
  ...elsewhere,
  ...Object.keys(renames),
  ..."agent agent_id dependencies outputs expected_outputs scope timeout retry depends_on".split(" "),
];

interface Arguments {
  readonly step: Target;
  readonly context: Target;
  readonly members: ReadonlyMap<string, MemberAt>;
}

/** The arguments of a command are what it was given, else its purpose, else its scope. */
function setArguments(builder: Builder, { step, context, members }: Arguments): void {
  const given = first(members, ["params", "arguments", "args"]);
  const purpose = first(members, ["purpose"]);
  const scope = first(members, ["scope"]);
  const source = given ?? purpose ?? (typeof scope?.value === "string" ? scope : undefined);
  if (!source) return;
  builder.put(step, "params", { from: source, value: lineOf(source.value) });
  if (isObject(source.value)) builder.put(context, "arguments", { from: source });
  if (given && purpose) builder.put(context, "purpose", { from: purpose });
  if (source === scope) delete context["scope"];
}

function first(members: ReadonlyMap<string, MemberAt>, keys: readonly string[]): Located | undefined {
  return keys.map((key) => members.get(key)?.at).find((at) => at !== undefined);
}

function lineOf(value: Json): Json {
  if (Array.isArray(value)) return value.map(String).join(" ");
  return isObject(value) ? "" : value;
}
