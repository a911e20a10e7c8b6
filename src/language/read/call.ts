import { isObject, type JsonObject } from "../../expression/json.ts";
import type { Action, Chain, InputSpec, Workflow } from "../workflow.ts";
import type { ReadAction, ReadStep } from "./action.ts";
import { type Loading, type Located, memberOf, shown } from "./loading.ts";
import { wrongType } from "./read-object.ts";
import { templateUsesIn } from "./texts.ts";

const nothing: Workflow = {
  name: "",
  inputs: {},
  env: {},
  limits: { costUsd: 0, tokens: 0, agents: 0, timeMs: 0, parallel: 1, outputBytes: 0 },
  workspace: "auto",
  saveState: true,
  resources: {},
  chain: { steps: [], parallelWherePossible: false, errorStrategy: "stop" },
};

/** Reads `workflow:`, another workflow whose steps run inside this run, and `with:`, the values of its inputs. */
export function readCall(loading: Loading, read: ReadStep): ReadAction {
  const at = read.part("workflow") ?? read.whole;
  const given = read.part("with");
  const workflow = typeof at.value === "string" ? calledWorkflow(loading, at, at.value) : noName(loading, at);
  const values = valuesOf(loading, given);
  if (workflow) checkInputs(loading, { read, workflow, given });
  const apart = read.leaves.mode === "child";
  if (apart && workflow) checkDepth(loading, { at, workflow });
  return {
    action: {
      kind: "call",
      workflow: workflow ?? nothing,
      with: values,
      at: at.spot,
      ...(apart ? { apart } : {}),
    },
    texts: given ? templateUsesIn(given, "step") : [],
    callees: [],
  };
}

/** Runs inside runs: nobody reads a tree that is deeper. */
const mostDepth = 8;

function checkDepth(
  { report }: Loading,
  { at, workflow }: { readonly at: Located; readonly workflow: Workflow },
): void {
  const depth = 1 + depthOf(workflow.chain);
  if (depth <= mostDepth) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot run "${workflow.name}" as a run of its own: runs would lie ${depth} deep in each other, at most ${mostDepth} may`,
    fix: "call some of them inline",
    at: at.spot,
  });
}

/** How deep runs lie in each other below a chain. */
function depthOf(chain: Chain): number {
  return Math.max(0, ...chain.steps.map(({ action }) => depthIn(action)));
}

function depthIn(action: Action): number {
  if (action.kind === "workflow") return 1 + depthOf(action.workflow.chain);
  if (action.kind === "branch") return Math.max(0, ...action.ways.map(({ chain }) => depthOf(chain)));
  return "chain" in action ? depthOf(action.chain) : 0;
}

function noName(loading: Loading, at: Located): undefined {
  wrongType(loading, { at, what: '"workflow"', wanted: "a file such as ./other.yaml, or pattern:NAME" });
  return undefined;
}

/** Undefined where it cannot be used, which is reported. */
function calledWorkflow({ report, known, called }: Loading, at: Located, name: string): Workflow | undefined {
  called.add(name);
  const { workflows } = known;
  const found = workflows && Object.hasOwn(workflows, name) ? workflows[name] : undefined;
  if (found !== undefined && typeof found !== "string") return found;
  const why = found ?? (workflows ? "there is no such file" : "other workflows are not read here");
  report.add({
    code: "BAD_VALUE",
    message: `Cannot use the workflow "${shown(name)}": ${why}`,
    fix: "name a workflow file, relative to this one, or a pattern that comes with tutti (pattern:NAME)",
    at: at.spot,
  });
  return undefined;
}

function valuesOf(loading: Loading, given: Located | undefined): JsonObject {
  if (!given) return {};
  if (isObject(given.value)) return given.value;
  wrongType(loading, { at: given, what: '"with"', wanted: "an object of the other workflow's inputs" });
  return {};
}

interface Checking {
  readonly read: ReadStep;
  readonly workflow: Workflow;
  readonly given: Located | undefined;
}

function checkInputs(loading: Loading, checking: Checking): void {
  const { workflow, given } = checking;
  const names = given && isObject(given.value) ? Object.keys(given.value) : [];
  for (const name of names) {
    if (!Object.hasOwn(workflow.inputs, name)) unknownInput(loading, checking, name);
  }
  for (const [name, spec] of Object.entries(workflow.inputs)) {
    if (isMissing(spec) && !names.includes(name)) missingInput(loading, checking, name);
  }
}

function unknownInput({ report }: Loading, { read, workflow, given }: Checking, name: string): void {
  const names = Object.keys(workflow.inputs);
  const guess = report.nearest(name, names);
  report.add({
    code: "INPUT_UNKNOWN",
    message: `Cannot give "${shown(name)}": the workflow "${workflow.name}" has no such input`,
    fix: guess ? `write "${guess}"` : `its inputs are: ${names.join(", ") || "(none)"}`,
    at: (given && memberOf(given, name)?.spot) ?? read.whole.spot,
    part: "key",
  });
}

function missingInput({ report }: Loading, { read, workflow }: Checking, name: string): void {
  report.add({
    code: "INPUT_MISSING",
    message: `Cannot call "${workflow.name}": its input "${name}" has no value`,
    fix: `add "with: {${name}: …}"`,
    at: read.spotOf("workflow"),
  });
}

function isMissing(spec: InputSpec): boolean {
  return spec.required && spec.default === undefined;
}
