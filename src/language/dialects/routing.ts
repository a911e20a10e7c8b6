import { isObject, type Json } from "../../expression/json.ts";
import { freeName, identifier } from "../checks/names.ts";
import { itemsOf, type Located, memberOf, shown } from "../read/loading.ts";
import type { Builder, Target } from "./builder.ts";
import { translateCommandList } from "./command-list.ts";
import { type Facts, factsOf, factsSchema, withFacts } from "./facts.ts";
import { outputOf } from "./inputs.ts";

export interface Routing {
  /** `routing_logic`: a list of {condition, evaluation, route_to, …}. */
  readonly routes: Located;
  /** `start_command`. */
  readonly start: Located | undefined;
  /** The steps before the routes. */
  readonly steps: readonly Json[];
}

/**
 * The steps of a workflow that routes: the command that finds out what is the case, then a `switch` with a case for
 * each route. Names in conditions are what that command is asked to give; without one they become inputs. What all of
 * it is about is the input `goal`, unless the step before has arguments of its own.
 */
export function translateRouting(
  builder: Builder,
  workflow: Target,
  { routes, start, steps }: Routing,
): Json[] {
  const taken = new Set(steps.map(nameOf));
  const first = start ? startStep(builder, start, taken) : undefined;
  const before = first ?? (steps.at(-1) as Target | undefined);
  if (first) giveGoal(builder, workflow, routes);
  const route: Target = { name: freeName("route", new Set([...taken, before ? nameOf(before) : ""])) };
  const deciding = { before, taken, workflow };
  builder.put(route, "switch", { from: routes, value: routesOf(builder, routes, deciding) });
  return builder.list([
    ...steps.map((value) => ({ value, from: routes })),
    ...(first && start ? [{ value: first, from: start }] : []),
    { value: route, from: routes },
  ]);
}

export interface Routes {
  /** The step that finds out what is the case; it must have a name. */
  readonly before: Target | undefined;
  /** Names of steps, which mean what they say in conditions. */
  readonly taken: Iterable<string>;
  readonly workflow: Target;
}

/** The `switch` of a list of routes; the step before them, or the workflow's inputs, give what its conditions name. */
export function routesOf(builder: Builder, routes: Located, { before, taken, workflow }: Routes): Json {
  if (!before) giveGoal(builder, workflow, routes);
  const giver = before ? nameOf(before) : "";
  const facts = factsOf(giver === "" ? "inputs" : outputPath(giver), { taken });
  const value = switchOf(builder, routes, { facts, giver, goal: goalOf(before) });
  give(workflow, before, facts);
  return value;
}

/** `look.output`, or `steps["look-up"].output`. */
function outputPath(step: string): string {
  return /^\w+$/.test(step) ? `${step}.output` : `steps["${step}"].output`;
}

function goalOf(before: Target | undefined): string {
  const params = before ? before["params"] : goalInput;
  return typeof params === "string" ? params : "";
}

const goalInput = "${ inputs.goal }";

/** What is to be done, said when the run is started. */
function giveGoal(builder: Builder, workflow: Target, from: Located): void {
  const declared = isObject(workflow["inputs"]) ? workflow["inputs"] : {};
  if (Object.hasOwn(declared, "goal")) return;
  const goal = { type: "string", default: "", description: "What is wanted." };
  builder.put(workflow, "inputs", { from, value: { goal, ...declared } });
}

function startStep(builder: Builder, start: Located, taken: Set<string>): Target {
  const step: Target = {};
  const base = typeof start.value === "string" ? identifier(start.value) : "";
  const name = freeName(base || "start", taken);
  taken.add(name);
  builder.put(step, "name", { from: start, value: name });
  builder.put(step, "command", { from: start });
  builder.put(step, "params", { from: start, value: goalInput });
  if (Object.keys(builder.told).length > 0)
    builder.put(step, "context", { from: start, value: { ...builder.told } });
  return step;
}

/** What the conditions ask for: of the step before them, or of whoever starts the run. */
function give(workflow: Target, step: Target | undefined, facts: Facts): void {
  if (facts.asked.size === 0) return;
  if (!step) {
    const declared = isObject(workflow["inputs"]) ? workflow["inputs"] : {};
    workflow["inputs"] = { ...Object.fromEntries(facts.asked), ...declared };
  } else if (step["output"] === undefined) step["output"] = factsSchema(facts);
}

interface Deciding {
  readonly facts: Facts;
  readonly giver: string;
  readonly goal: string;
}

function switchOf(builder: Builder, routes: Located, deciding: Deciding): Json {
  const result: Target = {};
  const cases: Target = {};
  const names = new Set<string>();
  if (!Array.isArray(routes.value)) return routes.value;
  builder.put(result, "cases", { from: routes, value: cases });
  for (const at of itemsOf(routes)) {
    if (isFallback(at)) {
      builder.put(result, "default", { from: at, value: commandOf(builder, at, deciding) });
      continue;
    }
    const name = freeName(caseName(at), names);
    names.add(name);
    builder.put(cases, name, { from: at, value: caseOf(builder, at, deciding) });
  }
  if (result["default"] === undefined && names.size > 0) {
    builder.notes.push(
      "when no route holds, nothing is done; {condition: otherwise, route_to: …} is taken then",
    );
  }
  return result;
}

const fallbackWords = new Set(["default", "else", "otherwise", "fallback"]);

function isFallback(at: Located): boolean {
  const condition = memberOf(at, "condition")?.value;
  if (memberOf(at, "evaluation")) return false;
  return condition === undefined || (typeof condition === "string" && fallbackWords.has(condition));
}

/** What the route is called: its condition, when that is a word, else its command. */
function caseName(at: Located): string {
  const condition = memberOf(at, "condition")?.value;
  const route = memberOf(at, "route_to")?.value;
  if (typeof condition === "string" && /^[A-Za-z_][\w-]*$/.test(condition)) return condition;
  return (typeof route === "string" && identifier(route)) || "route";
}

function caseOf(builder: Builder, at: Located, deciding: Deciding): Json {
  const condition = memberOf(at, "evaluation") ?? memberOf(at, "condition");
  const result: Target = {};
  if (condition) {
    const { value } = condition;
    const when = typeof value === "string" ? withFacts(deciding.facts, value) : value;
    builder.put(result, "when", { from: condition, value: when });
  }
  builder.put(result, "steps", { from: at, value: commandOf(builder, at, deciding) });
  return result;
}

/** The command of a route, its workflow, or both, as steps. */
function commandOf(builder: Builder, at: Located, { giver, goal }: Deciding): Json {
  if (!isObject(at.value) || !(memberOf(at, "route_to") ?? memberOf(at, "next_workflow"))) {
    builder.loading.report.add({
      code: "MISSING_KEY",
      message: `Cannot use the route "${shown(caseName(at))}": it has no "route_to"`,
      fix: 'add "route_to:" with a command',
      at: at.spot,
    });
    // Something in its place, so that this is the only mistake.
    return [{ wait: 1 }];
  }
  const steps = translateCommandList(
    builder,
    { ...at, value: [at.value] },
    { sequential: false, goal, routed: true },
  );
  const [step] = Array.isArray(steps) ? steps : [];
  if (isObject(step) && step["command"] !== undefined && giver !== "") {
    const context = isObject(step["context"]) ? step["context"] : {};
    builder.put(step as Target, "context", { from: at, value: { ...context, previous: outputOf(giver) } });
  }
  return steps;
}

function nameOf(step: Json): string {
  return isObject(step) && typeof step["name"] === "string" ? step["name"] : "";
}
