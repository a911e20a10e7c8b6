import { isObject, type Json } from "../../expression/json.ts";
import { itemsOf, type Loading, type Located, memberOf, shown } from "../read/loading.ts";
import { Builder, type Dialect, membersOf, type Target, type Translated } from "./builder.ts";
import { translateCommands } from "./commands.ts";
import { translateFlow, translateTypedFlow } from "./flow.ts";
import { translatePipeline, translateTypedPipeline } from "./pipeline.ts";
import { translateSteps } from "./steps.ts";
import { swarmShape } from "../swarm-shapes.ts";

export type { Dialect } from "./builder.ts";

/** Turns a tree of any known dialect into canonical form; a canonical one comes back as it is. */
export function translate(loading: Loading, whole: Located): Translated {
  const builder = new Builder(loading);
  const dialect = dialectOf(whole);
  const value = dialect === "canonical" ? whole.value : translators[dialect](builder, whole);
  if (value === undefined) return { dialect, notes: builder.notes };
  const mixed = translateSteps(builder, { value, spot: whole.spot });
  return { value, dialect: mixed && dialect === "canonical" ? "mixed" : dialect, notes: builder.notes };
}

const kinds = ["chain", "flow", "swarm", "pipeline"];

type Old = Exclude<Dialect, "canonical" | "mixed" | "one-line">;

const translators: Readonly<Record<Old, (builder: Builder, whole: Located) => Json | undefined>> = {
  slash: translateSlash,
  typed: translateTyped,
  commands: translateCommands,
};

function dialectOf({ value }: Located): Old | "canonical" {
  if (!isObject(value)) return "canonical";
  const has = (key: string) => Object.hasOwn(value, key);
  if (Object.keys(value).some((key) => key.startsWith("/"))) return "slash";
  if (has("type") && !kinds.some(has)) return "typed";
  if (["commands", "workflow_id", "workflowId", "start_command"].some(has)) return "commands";
  // beside a chain or a flow the routes are one step more
  if (has("routing_logic") && !has("chain") && !has("flow")) return "commands";
  return "canonical";
}

/** `/chain:` with `steps` and `options`, or `/flow:` with `conditions`. */
function translateSlash(builder: Builder, whole: Located): Json | undefined {
  const workflow: Target = {};
  // What the kind gives the workflow comes last, so that it adds to what the file says.
  const members = membersOf(whole).toSorted((a, b) => Number(isKind(a.key)) - Number(isKind(b.key)));
  for (const { key, at } of members) {
    if (!isKind(key)) builder.put(workflow, key, { from: at });
    else if (key === "/flow") {
      const value = translateFlow(builder, workflow, { at, inputs: memberOf(whole, "inputs") });
      builder.put(workflow, "flow", { from: at, value });
    } else if (key === "/swarm") builder.put(workflow, "swarm", { from: at });
    else if (key === "/pipeline")
      builder.put(workflow, "pipeline", { from: at, value: translatePipeline(builder, workflow, at) });
    else if (key !== "/chain") return otherKind(builder, at, key);
    else
      builder.put(workflow, "chain", {
        from: at,
        value: hoist(builder, workflow, { at, options: "options" }),
      });
  }
  return workflow;
}

function isKind(key: string): boolean {
  return key.startsWith("/");
}

function otherKind({ loading }: Builder, at: Located, key: string): undefined {
  loading.report.add({
    code: "UNKNOWN_KEY",
    message: `Cannot read "${shown(key)}": there is no such kind of workflow`,
    fix: "write `chain:`, `flow:`, `swarm:` or `pipeline:`",
    at: at.spot,
    part: "key",
  });
}

/** `{"type": "swarm", "topology": …, "agents": …, "coordination": …}`. */
function translateTypedSwarm(builder: Builder, whole: Located): Json {
  const workflow: Target = {};
  const swarm: Target = {};
  const own = new Set<string>([...Object.keys(swarmShape.leaves), ...swarmShape.parts]);
  for (const { key, at } of membersOf(whole))
    if (key !== "type") builder.put(own.has(key) ? swarm : workflow, key, { from: at });
  builder.put(workflow, "swarm", { from: memberOf(whole, "agents") ?? whole, value: swarm });
  return workflow;
}

function translateTyped(builder: Builder, whole: Located): Json | undefined {
  const type = memberOf(whole, "type");
  switch (type?.value) {
    case undefined:
    case "chain":
      return translateTypedChain(builder, whole);
    case "flow":
      return translateTypedFlow(builder, whole);
    case "swarm":
      return translateTypedSwarm(builder, whole);
    case "pipeline":
      return translateTypedPipeline(builder, whole);
    default:
      return type && otherType(builder, type);
  }
}

/** `{"type": "chain", "steps": [{id, command, args}], "optimization": {…}}`. */
function translateTypedChain(builder: Builder, whole: Located): Json {
  const workflow: Target = {};
  const chain: Target = {};
  for (const { key, at } of membersOf(whole)) typedMember(builder, { key, at, workflow, chain });
  const steps = memberOf(whole, "steps");
  builder.put(workflow, "chain", { from: steps ?? whole, value: chain });
  return workflow;
}

interface TypedMember extends Spread {
  readonly key: string;
}

function typedMember(builder: Builder, { key, at, workflow, chain }: TypedMember): void {
  switch (key) {
    case "type":
      return;
    case "steps":
      return builder.put(chain, "steps", { from: at, value: typedSteps(builder, at) });
    case "error_strategy":
    case "parallel_where_possible":
      return builder.put(chain, key, { from: at });
    case "optimization":
    case "options":
      return spread(builder, { workflow, chain, at });
    default:
      return builder.put(workflow, key, { from: at });
  }
}

function otherType({ loading }: Builder, at: Located): undefined {
  const guess = typeof at.value === "string" ? loading.report.nearest(at.value, kinds) : undefined;
  loading.report.add({
    code: "BAD_VALUE",
    message: `Cannot use "${shown(at.value)}" as the type of a workflow: there is no such kind`,
    fix: guess ? `write "${guess}"` : "write chain, flow, swarm or pipeline",
    at: at.spot,
  });
}

function typedSteps(builder: Builder, steps: Located): Json {
  if (!Array.isArray(steps.value)) return steps.value;
  const items = itemsOf(steps).map((item) => {
    if (!isObject(item.value)) return { value: item.value, from: item };
    const step: Target = {};
    builder.copy(step, item, { id: "name", args: "params" });
    return { value: step, from: item };
  });
  return builder.list(items);
}

interface Hoist {
  readonly at: Located;
  readonly options: string;
}

/** The chain without its options, which go where the canonical form has them. */
function hoist(builder: Builder, workflow: Target, { at, options }: Hoist): Json {
  if (!isObject(at.value)) return at.value;
  const chain: Target = {};
  for (const { key, at: member } of membersOf(at)) {
    if (key === options) spread(builder, { workflow, chain, at: member });
    else builder.put(chain, key, { from: member });
  }
  return chain;
}

interface Spread {
  readonly workflow: Target;
  readonly chain: Target;
  readonly at: Located;
}

function spread(builder: Builder, { workflow, chain, at }: Spread): void {
  for (const { key, at: member } of membersOf(at)) {
    if (key === "save_state" || key === "state_persistence")
      builder.put(workflow, "save_state", { from: member });
    else if (key !== "adaptive_thinking") builder.put(chain, key, { from: member });
    else if (member.value === false) {
      builder.warn(member, { key, fix: "take it out; say how long with `effort:` on the steps" });
    } else builder.notes.push(`${key}: agents think as long as each command is complex, as always`);
  }
}
