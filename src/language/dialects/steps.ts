import { isObject, type Json } from "../../expression/json.ts";
import { freeName, identifier } from "../checks/names.ts";
import { itemsOf, type Located, memberOf } from "../read/loading.ts";
import { type Builder, membersOf, type Target } from "./builder.ts";
import { routesOf } from "./routing.ts";

/**
 * Turns steps of older dialects, wherever they stand in a workflow, into canonical ones: `routing_logic` (also beside
 * `chain` or `steps`) into `switch`, `conditions` and `if` with `then` into `flow`, `if` beside work into `when`. The
 * tree is changed in place; true when there was such a step.
 */
export function translateSteps(builder: Builder, whole: Located): boolean {
  if (!isObject(whole.value)) return false;
  const work: Work = { builder, workflow: whole.value as Target, names: undefined, changed: false };
  const chain = memberOf(whole, "chain");
  if (chain) {
    appendRoutes(work, whole, chain);
    block(work, chain);
  }
  const flow = memberOf(whole, "flow");
  if (flow) decisions(work, flow);
  each(work, memberOf(whole, "pipeline"), stages);
  const routes = flow && !chain ? memberOf(whole, "routing_logic") : undefined;
  if (routes) {
    delete work.workflow["routing_logic"];
    const fix = 'write "chain:" with the flow and the routes as its steps';
    taken(work, { key: "routing_logic", by: "flow", at: routes, fix });
  }
  return work.changed;
}

interface Work {
  readonly builder: Builder;
  readonly workflow: Target;
  /** Every name in the workflow; gathered when it is needed first. */
  names: ReadonlySet<string> | undefined;
  changed: boolean;
}

interface Taken {
  readonly key: string;
  /** What it would become, which is there already. */
  readonly by: string;
  readonly at: Located;
  readonly fix: string;
}

function taken({ builder }: Work, { key, by, at, fix }: Taken): void {
  const message = `Cannot use "${key}" here: "${by}" is there already`;
  builder.loading.report.add({ code: "BAD_VALUE", message, fix, at: at.spot, part: "key" });
}

/** Routes beside the steps come after them. */
function appendRoutes(work: Work, whole: Located, chain: Located): void {
  for (const holder of [whole, chain]) {
    const routes = memberOf(holder, "routing_logic");
    const steps = memberOf(chain, "steps") ?? chain;
    if (!routes || !Array.isArray(steps.value)) continue;
    const step: Target = {};
    work.builder.put(step, "routing_logic", { from: routes });
    work.builder.append(steps.value, { value: step, from: routes });
    delete (holder.value as Target)["routing_logic"];
    work.changed = true;
  }
}

/** A list of steps, or an object that holds one. */
function block(work: Work, at: Located): void {
  const list = Array.isArray(at.value) ? at : memberOf(at, "steps");
  if (!list) return;
  const items = itemsOf(list);
  for (const [index, item] of items.entries()) {
    if (!isObject(item.value)) continue;
    holders(work, item);
    step(work, item, items[index - 1]);
  }
}

/** The blocks inside a step. */
function holders(work: Work, at: Located): void {
  each(work, memberOf(at, "chain") ?? memberOf(at, "steps"), block);
  each(work, memberOf(at, "flow") ?? memberOf(at, "conditions"), decisions);
  each(work, memberOf(at, "switch"), routes);
  each(work, memberOf(at, "pipeline"), stages);
  ways(work, at);
}

function each(work: Work, at: Located | undefined, reader: (work: Work, at: Located) => void): void {
  if (at) reader(work, at);
}

function stages(work: Work, at: Located): void {
  const list = memberOf(at, "stages");
  for (const stage of list ? itemsOf(list) : []) if (isObject(stage.value)) holders(work, stage);
}

function routes(work: Work, at: Located): void {
  const cases = memberOf(at, "cases");
  for (const { at: way } of cases ? membersOf(cases) : []) block(work, way);
  each(work, memberOf(at, "default"), block);
}

function decisions(work: Work, at: Located): void {
  const list = Array.isArray(at.value) ? at : memberOf(at, "conditions");
  for (const item of list ? itemsOf(list) : []) ways(work, item);
}

function ways(work: Work, at: Located): void {
  for (const key of ["then", "else"]) each(work, memberOf(at, key), block);
}

function step(work: Work, at: Located, before: Located | undefined): void {
  const target = at.value as Target;
  const routes = memberOf(at, "routing_logic");
  if (routes) routed(work, target, { routes, before });
  const conditions = memberOf(at, "conditions");
  if (conditions && target["flow"] === undefined) {
    replace(work, target, { key: "conditions", by: "flow", from: conditions, value: conditions.value });
  } else if (conditions) {
    delete target["conditions"];
    taken(work, { key: "conditions", by: "flow", at: conditions, fix: "write one list of conditions" });
  }
  const condition = memberOf(at, "if");
  if (condition) conditional(work, target, condition);
}

interface Replaced {
  readonly key: string;
  readonly by: string;
  readonly from: Located;
  readonly value: Json;
}

function replace(work: Work, target: Target, { key, by, from, value }: Replaced): void {
  delete target[key];
  work.builder.put(target, by, { from, value });
  work.changed = true;
}

/** `if` with `then` or `else` is a decision of its own; beside work it says when that is done. */
function conditional(work: Work, target: Target, from: Located): void {
  const at: Located = { value: target, spot: from.spot.parent ?? {} };
  const then = memberOf(at, "then");
  const otherwise = memberOf(at, "else");
  const by = then || otherwise ? "flow" : "when";
  if (target[by] !== undefined) {
    for (const key of ["if", "then", "else"]) delete target[key];
    const fix = by === "when" ? 'join the two with AND in "when:"' : "write it as a condition of the flow";
    return taken(work, { key: "if", by, at: from, fix });
  }
  if (by === "when") return replace(work, target, { key: "if", by, from, value: from.value });
  const decision: Target = {};
  for (const [key, member] of [
    ["if", from],
    ["then", then],
    ["else", otherwise],
  ] as const) {
    if (!member) continue;
    work.builder.put(decision, key, { from: member });
    delete target[key];
  }
  replace(work, target, {
    key: "if",
    by: "flow",
    from,
    value: work.builder.list([{ value: decision, from }]),
  });
}

interface Routed {
  readonly routes: Located;
  readonly before: Located | undefined;
}

function routed(work: Work, target: Target, { routes, before }: Routed): void {
  work.names ??= new Set(namesIn(work.workflow));
  const giver = before && isObject(before.value) ? (before.value as Target) : undefined;
  if (giver && giver["name"] === undefined) name(work, giver, before);
  const { workflow, names } = work;
  const value = routesOf(work.builder, routes, { before: giver, taken: names, workflow });
  replace(work, target, { key: "routing_logic", by: "switch", from: routes, value });
}

/** A step that conditions refer to needs a name. */
function name(work: Work, giver: Target, from: Located | undefined): void {
  const { command } = giver;
  const base = typeof command === "string" ? identifier(command) : "";
  const own = freeName(base || "before", work.names ?? new Set());
  work.names = new Set([...(work.names ?? []), own]);
  if (from) work.builder.put(giver, "name", { from, value: own });
}

/** Every `name` in a tree. */
function namesIn(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => namesIn(item));
  if (!isObject(value)) return [];
  const own = typeof value["name"] === "string" ? [value["name"]] : [];
  return [...own, ...Object.values(value).flatMap((item) => namesIn(item ?? null))];
}
