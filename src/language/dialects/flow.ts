import { isObject, type Json } from "../../expression/json.ts";
import { flowShape } from "../container-shapes.ts";
import { itemsOf, type Located, memberOf } from "../read/loading.ts";
import { type Builder, membersOf, type Target } from "./builder.ts";
import { type Facts, factsOf, withFacts } from "./facts.ts";

/** The conditions of a flow in canonical form; names in them that nobody gives become inputs of the workflow. */
export function translateFlow(
  builder: Builder,
  workflow: Target,
  { at, inputs }: { readonly at: Located; readonly inputs: Located | undefined },
): Json {
  const facts = factsOf("inputs", { taken: namesIn(at.value) });
  const flow = translated(builder, at, facts);
  addInputs(builder, workflow, { facts, at, inputs });
  return flow;
}

/** `{"type": "flow", "conditions": […], …}`: the flow is what its keys are, all else is the workflow's. */
export function translateTypedFlow(builder: Builder, whole: Located): Json {
  const workflow: Target = {};
  const flow: Target = {};
  for (const { key, at } of membersOf(whole)) {
    if (key === "type" || key === "conditions") continue;
    if (Object.hasOwn(flowShape.leaves, key)) builder.put(flow, key, { from: at });
    else builder.put(workflow, key, { from: at });
  }
  const conditions = memberOf(whole, "conditions");
  if (conditions) {
    const list = translateFlow(builder, workflow, { at: conditions, inputs: memberOf(whole, "inputs") });
    builder.put(flow, "conditions", { from: conditions, value: list });
  }
  builder.put(workflow, "flow", { from: conditions ?? whole, value: flow });
  return workflow;
}

function translated(builder: Builder, at: Located, facts: Facts): Json {
  if (Array.isArray(at.value)) return conditionsOf(builder, at, facts);
  if (!isObject(at.value)) return at.value;
  const flow: Target = {};
  for (const { key, at: member } of membersOf(at)) {
    const value = key === "conditions" ? conditionsOf(builder, member, facts) : member.value;
    builder.put(flow, key, { from: member, value });
  }
  return flow;
}

function conditionsOf(builder: Builder, at: Located, facts: Facts): Json {
  if (!Array.isArray(at.value)) return at.value;
  const items = itemsOf(at).map((item) => ({ value: conditionOf(builder, item, facts), from: item }));
  return builder.list(items);
}

function conditionOf(builder: Builder, at: Located, facts: Facts): Json {
  if (!isObject(at.value)) return at.value;
  const condition: Target = {};
  for (const { key, at: member } of membersOf(at)) {
    const { value } = member;
    if (key === "if" && typeof value === "string") {
      builder.put(condition, key, { from: member, value: withFacts(facts, value) });
    } else builder.put(condition, key, { from: member, value: wayOf(builder, member, facts) });
  }
  return condition;
}

/** The steps of a way, of which some may be flows again. */
function wayOf(builder: Builder, at: Located, facts: Facts): Json {
  if (!Array.isArray(at.value)) return at.value;
  const items = itemsOf(at).map((item) => {
    const inner = memberOf(item, "flow");
    if (!inner) return { value: item.value, from: item };
    const step: Target = {};
    builder.copy(step, item);
    builder.put(step, "flow", { from: inner, value: translated(builder, inner, facts) });
    return { value: step, from: item };
  });
  return builder.list(items);
}

/** Every name that a step in it has, and those of its decisions. */
function namesIn(value: Json): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, index) => [`c${index + 1}`, ...namesIn(item)]);
  }
  if (!isObject(value)) return [];
  const own = typeof value["name"] === "string" ? [value["name"]] : [];
  return [...own, ...Object.values(value).flatMap((item) => namesIn(item ?? null))];
}

interface Inputs {
  readonly facts: Facts;
  readonly at: Located;
  /** Those that the file declares itself. */
  readonly inputs: Located | undefined;
}

function addInputs(builder: Builder, workflow: Target, { facts, at, inputs }: Inputs): void {
  if (facts.asked.size === 0 || (inputs && !isObject(inputs.value))) return;
  const all: Target = {};
  if (inputs) builder.copy(all, inputs);
  const missing = [...facts.asked].filter(([name]) => !Object.hasOwn(all, name));
  for (const [name, schema] of missing) builder.put(all, name, { from: at, value: schema });
  builder.put(workflow, "inputs", { from: inputs ?? at, value: all });
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name).join(", ");
  builder.notes.push(`conditions name ${names}, which nobody gives: now inputs of the workflow`);
}
