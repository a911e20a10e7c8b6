import type { RunOverrides } from "../core/events.ts";
import { callOf, definitionOf } from "../core/definition.ts";
import type { RunState } from "../core/state.ts";
import { type Json, type JsonObject, sameJson, canonicalJson, parseJson } from "../expression/json.ts";
import type { Limits, Step, Workflow } from "../language/workflow.ts";
import { carriedInputs } from "./inputs.ts";
import { placeOf } from "../core/place.ts";
import { laidOutFor } from "./ground.ts";
import { placedSteps } from "./placed-steps.ts";

/** What a changed workflow does to a run, by address. Steps that depend on a changed one may run again too. */
export interface UpdateDifference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Those of them that runs of their own do: these go on with the change, and keep what it does not concern. */
  readonly inside: readonly string[];
  /** Steps that do the same in another way: the order, times and retries; their results are kept. */
  readonly adjusted: readonly AdjustedStep[];
  /** Finished steps whose definition is the same. */
  readonly kept: readonly string[];
  /** What holds for the whole run: values of inputs, environment, caps, agent and the like. */
  readonly settings: readonly ChangedSetting[];
}

export interface AdjustedStep {
  readonly address: string;
  /** The keys, as they are written in a workflow. */
  readonly keys: readonly string[];
}

/** A member of the run's settings, such as `inputs.target`; without `before` it is new, without `after` it is gone. */
export type ChangedSetting =
  | {
      readonly group: "inputs" | "env" | "resources";
      readonly name: string;
      readonly before?: Json;
      readonly after?: Json;
    }
  | {
      readonly group: "limits";
      readonly name: keyof Limits;
      readonly before?: number;
      readonly after?: number;
    }
  | { readonly group: "workflow"; readonly name: string; readonly before?: Json; readonly after?: Json };

/** What goes with the changed workflow. */
export interface UpdateOptions {
  readonly inputs?: JsonObject;
  readonly overrides?: RunOverrides;
}

/** Throws what a resume with these would throw about the inputs. */
export function difference(
  state: RunState,
  written: Workflow,
  options: UpdateOptions = {},
): UpdateDifference {
  const update = laidOutFor(state, written);
  const before = new Map(placedSteps(state.workflow.chain).map(({ address, step }) => [address, step]));
  const after = new Map(placedSteps(update.chain).map(({ address, step }) => [address, step]));
  const both = [...after].flatMap(([address, step]) => {
    const old = before.get(address);
    return old ? [{ address, old, step, same: isSame(old, step) }] : [];
  });
  const others = both.filter(({ same }) => !same);
  const finished = finishedPlaces(state);
  return {
    added: [...after.keys()].filter((address) => !before.has(address)),
    removed: [...before.keys()].filter((address) => !after.has(address)),
    changed: others.map(({ address }) => address),
    inside: others.filter(({ old, step }) => isOwnRun(old) && isOwnRun(step)).map(({ address }) => address),
    adjusted: both
      .filter(({ same }) => same)
      .map(({ address, old, step }) => ({ address, keys: adjustedKeys(old, step) }))
      .filter(({ keys }) => keys.length > 0),
    kept: both.filter(({ address, same }) => same && finished.has(address)).map(({ address }) => address),
    settings: changedSettings(state, update, options),
  };
}

/** What its result is, or those of the steps in it are, when all that they read is the same. */
function isSame(old: Step, step: Step): boolean {
  return sameJson(definitionOf(old), definitionOf(step)) && sameJson(callOf(old), callOf(step));
}

function isOwnRun({ action }: Step): boolean {
  return action.kind === "workflow";
}

/** Where steps stand of which something is finished. */
function finishedPlaces(state: RunState): ReadonlySet<string> {
  const finished = [...state.byAddress.values()].filter(({ end }) => end === "verified" || end === "claimed");
  return new Set(finished.map(({ address }) => placeOf(address)));
}

/** What a step's definition does not hold, by its key in the language. */
const adjustable: Readonly<Record<string, (step: Step) => unknown>> = {
  depends_on: ({ needs }) => needs.map((need) => need.step).toSorted(),
  when: ({ when }) => when,
  timeout: ({ timeoutMs }) => timeoutMs,
  idle: ({ idleMs }) => idleMs,
  retry: ({ retry }) => retry,
  error_strategy: ({ action, errorStrategy }) => [errorStrategy, inGroup(action)?.errorStrategy],
  parallel: ({ action }) => [
    inGroup(action)?.parallelWherePossible,
    inGroup(action)?.parallelAlways,
    action.kind === "chain" && action.join,
  ],
  flow: ({ action }) =>
    action.kind === "branch" && { ...action, ways: action.ways.map(({ chain: _, ...way }) => way) },
  repeat: ({ action }) => action.kind === "loop" && { ...action, chain: undefined },
  workflow: ({ action }) => action.kind === "workflow" && action.workflow,
  pipeline: ({ action }) => action.kind === "pipeline" && action,
  for_each: ({ action }) => action.kind === "each" && { ...action, chain: undefined },
  writes: ({ writes }) => writes,
  uses: ({ uses }) => uses,
  on_interrupt: ({ onInterrupt }) => onInterrupt,
  cache: ({ cacheMs }) => cacheMs,
  expect: ({ expectedMs, expectedUsd, expectedTokens }) => [expectedMs, expectedUsd, expectedTokens],
  limits: ({ limits }) => limits,
  priority: ({ priority }) => priority,
};

function inGroup(action: Step["action"]) {
  return "chain" in action ? action.chain : undefined;
}

function adjustedKeys(old: Step, step: Step): readonly string[] {
  return Object.entries(adjustable)
    .filter(([, part]) => !sameJson(part(old), part(step)))
    .map(([key]) => key);
}

function changedSettings(
  state: RunState,
  update: Workflow,
  { inputs: given = {}, overrides }: UpdateOptions,
): readonly ChangedSetting[] {
  const old = state.workflow;
  const all: RunOverrides = { ...state.overrides, ...overrides };
  const caps = { ...update.limits, ...state.overrides.limits, ...overrides?.limits };
  return [
    ...changed("inputs", state.inputs, carriedInputs(state, { workflow: update, given })),
    ...changed("env", old.env, update.env),
    ...changedCaps(state.limits, caps),
    ...changed("resources", old.resources, update.resources),
    ...changed("workflow", wholeOf(old, state.overrides), wholeOf(update, all)),
  ];
}

function changedCaps(before: Limits, after: Limits): readonly ChangedSetting[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Limits>;
  return [...names]
    .filter((name) => before[name] !== after[name])
    .map((name) => ({
      group: "limits" as const,
      name,
      ...(before[name] === undefined ? {} : { before: before[name] }),
      ...(after[name] === undefined ? {} : { after: after[name] }),
    }));
}

/** What the workflow itself says beside its steps, by its key in the language. */
function wholeOf({ name, workspace, chain, ...workflow }: Workflow, overrides: RunOverrides): JsonObject {
  return {
    name,
    agent: overrides.agent ?? workflow.agent,
    model: overrides.model ?? workflow.model,
    limit_mode: overrides.limitMode ?? workflow.limitRules?.mode,
    on_limit: workflow.limitRules?.onLimit,
    workspace,
    ...treeKeys(workflow),
    error_strategy: chain.errorStrategy,
    parallel_where_possible: chain.parallelWherePossible,
    parallel: chain.parallelAlways,
  };
}

function treeKeys({ trees, merge }: Pick<Workflow, "trees" | "merge">): JsonObject {
  const said = Object.entries({ ...trees, ...(merge ? { merge } : {}) });
  return Object.fromEntries(
    said.map(([key, value]) => [`workspace.${key}`, parseJson(canonicalJson(value))]),
  );
}

function changed<G extends ChangedSetting["group"]>(group: G, before: JsonObject, after: JsonObject) {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const [old, now] = [before, after].map((all) => (Object.hasOwn(all, name) ? all[name] : undefined));
    if (sameJson(old, now)) return [];
    return [
      {
        group,
        name,
        ...(old === undefined ? {} : { before: old }),
        ...(now === undefined ? {} : { after: now }),
      },
    ];
  });
}
