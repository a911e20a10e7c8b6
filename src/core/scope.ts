import type { Scope } from "../expression/expression.ts";
import { isObject, type Json, type JsonObject } from "../expression/json.ts";
import { compileJsonTemplate, type JsonTemplate } from "../expression/template.ts";
import type { Workflow } from "../language/workflow.ts";
import { boardSeenBy } from "./board.ts";
import { compiledStep } from "./compiled.ts";
import { contractOf } from "./contract.ts";
import { durationOf } from "./duration.ts";
import { type ListedItem } from "./events.ts";
import { type Outcome } from "./outcome.ts";
import type { PlanNode } from "./plan.ts";
import { secretMarker } from "./effects.ts";
import { isHolder, sibling, wayOf, type NodeState } from "./node.ts";
import { type RunState } from "./state.ts";
import { triedOf } from "./tried.ts";

/** What a step's expressions can see: the run, its own block's steps, and those of the blocks around it. */
export function scopeOf(state: RunState, node: NodeState): Scope {
  const from = viewpointOf(node);
  return (root) => {
    switch (root) {
      case "board":
        return boardSeenBy(from);
      case "inputs":
        return inputsAround(from) ?? state.inputs;
      case "env":
        return runEnv(state);
      case "secrets":
        return secretsOf(state, node);
      case "run":
        return { id: state.runId, name: state.workflow.name, started_at: state.createdAt };
      case "feedback":
        return node.feedback ?? "";
      case "steps":
        return referredSteps(state, node);
      default:
        return namedAround(state, from, root);
    }
  };
}

/** An undo sees what its step saw, and the step itself; that of a workflow what the workflow's steps saw. */
function viewpointOf(node: NodeState): NodeState {
  const { undoes = node } = node;
  return isHolder(undoes) && undoes !== node ? (undoes.children[0] ?? undoes) : undoes;
}

/** The workflow's `env:` with its templates filled in, secrets as markers. */
export function runEnv(state: RunState): Readonly<Record<string, string>> {
  if (isEmpty(state.workflow.env)) return {};
  const template = runEnvTemplate(state.workflow);
  const secrets = secretMarkers(
    state,
    template.references.map((reference) => reference.root === "secrets" && reference.path[0]),
  );
  const scope: Scope = (root) => {
    if (root === "inputs") return state.inputs;
    if (root === "secrets") return secrets;
    return root === "run"
      ? { id: state.runId, name: state.workflow.name, started_at: state.createdAt }
      : undefined;
  };
  return asStrings(template.render(scope));
}

const envTemplates = new WeakMap<Workflow, JsonTemplate>();

/** The workflow's `env:`, compiled once. */
export function runEnvTemplate(workflow: Workflow): JsonTemplate {
  let template = envTemplates.get(workflow);
  if (!template) envTemplates.set(workflow, (template = compileJsonTemplate(workflow.env)));
  return template;
}

/** The environment of one step, secrets as markers. */
export function stepEnv(state: RunState, node: NodeState): Readonly<Record<string, string>> {
  const own = compiledStep(node.plan.step).env;
  const shared = runEnv(state);
  return own ? { ...shared, ...asStrings(own.render(scopeOf(state, node))) } : shared;
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

function asStrings(value: Json): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      typeof item === "string" ? item : JSON.stringify(item ?? null),
    ]),
  );
}

function secretsOf(state: RunState, node: NodeState): Json {
  const { references } = compiledStep(node.plan.step);
  return secretMarkers(
    state,
    references.map((reference) => reference.root === "secrets" && reference.path[0]),
  );
}

function secretMarkers(
  state: RunState,
  names: readonly (string | false | undefined)[],
): Record<string, string> {
  const wanted = names.filter((name) => typeof name === "string");
  return Object.fromEntries(wanted.map((name) => [name, secretMarker(state.seed, name)]));
}

function stepNamed(state: RunState, node: NodeState, name: string): Json | undefined {
  for (let at: NodeState | undefined = node; at?.parent; at = at.parent) {
    const index = indexOfName(at.parent, name);
    const found = index === undefined ? undefined : sibling(at, index);
    if (found) {
      const round = found === at ? partAround(node, found) : undefined;
      return stepView(state, found, { round, onlyGood: node.plan.kind === "tally" });
    }
    if (at.parent.inputs) return undefined;
  }
  return inputNamed(state, name);
}

/** An input that goes by a name of its own. */
function inputNamed({ workflow, inputs }: RunState, name: string): Json | undefined {
  const { names } = workflow;
  return names && Object.hasOwn(names, name) ? inputs[names[name] ?? name] : undefined;
}

/** The inputs of the called workflow in which a node lies; undefined in the run's own. */
function inputsAround(node: NodeState): JsonObject | undefined {
  for (let at = node.parent; at; at = at.parent) if (at.inputs) return at.inputs;
  return undefined;
}

/** The part of a holder in which a node lies. */
function partAround(node: NodeState, holder: NodeState): NodeState | undefined {
  let at: NodeState | undefined = node;
  while (at && at.parent !== holder) at = at.parent;
  return at;
}

/** An item may be null. */
function namedAround(state: RunState, from: NodeState, name: string): Json | undefined {
  const item = itemNamed(from, name);
  return item === undefined ? stepNamed(state, from, name) : item;
}

/** The item of the innermost `for_each` around the node that calls its items so. */
function itemNamed(node: NodeState, name: string): Json | undefined {
  for (let at: NodeState | undefined = node; at; at = at.parent) {
    const action = at.parent?.plan.step.action;
    if (action?.kind === "each" && action.as === name) return at.item;
    if (at.parent?.inputs) return undefined;
  }
  return undefined;
}

const indexes = new WeakMap<NodeState["plan"], Map<string, number>>();

function indexOfName(group: NodeState, name: string): number | undefined {
  let index = indexes.get(group.plan);
  if (!index) {
    index = new Map(group.plan.block?.nodes.map((plan) => [plan.step.name, plan.index]));
    indexes.set(group.plan, index);
  }
  return index.get(name);
}

/** `steps["name"]`: only those that the step refers to, because a block may have very many. */
function referredSteps(state: RunState, node: NodeState): Json {
  const view: Record<string, Json> = {};
  for (const { root, path } of compiledStep(node.plan.step).references) {
    const [name] = path;
    const found =
      root === "steps" && name !== undefined ? stepNamed(state, viewpointOf(node), name) : undefined;
    if (name !== undefined && found !== undefined) view[name] = found;
  }
  return view;
}

/** A step as expressions see it, also from inside one of its rounds; the language documents these fields. */
export function stepView(state: RunState, node: NodeState, asked: Asked = {}): Json {
  // Only what an expression names is worked out: the output of a list or a loop may be very long.
  const output = (): Json => outputOf(state, node, asked);
  const view = {
    ...outcomeView(node.outcome),
    get output() {
      return output();
    },
    get results() {
      return output();
    },
    get result() {
      return contractOf(node, { output: output(), at: state.at });
    },
    status: node.end ?? node.phase,
    error: errorOf(node),
    cost_usd: node.costUnknown ? null : node.costUsd,
    duration_ms: durationOf(node, state.at),
    attempts: node.attempt,
    get quality_metrics() {
      const given = output();
      return (isObject(given) ? given["quality_metrics"] : undefined) ?? {};
    },
  };
  return Object.defineProperties(view, Object.getOwnPropertyDescriptors(partsView(state, node, asked)));
}

/** What a branch and a loop tell besides. */
function partsView(state: RunState, node: NodeState, { round, ...how }: Asked): JsonObject {
  switch (node.plan.kind) {
    case "branch":
      return {
        way: wayOf(node) ?? null,
        get tried() {
          return triedOf(node, (way) => outputOf(state, way)) as unknown as Json;
        },
      };
    case "loop": {
      const now = round ?? node.children.at(-1);
      const last = round || now?.phase !== "ended" ? roundBefore(node, now) : now;
      return {
        get last() {
          return roundView(state, { loop: node, round: last, how });
        },
        round: now ? now.place + 1 : 0,
      };
    }
    default:
      return {};
  }
}

/**
 * What a round gave: the outputs of its steps by name, and as `output` that of the step that it gives, else of its last. All of it is null before
 * the first round has ended, so that the same text serves every round.
 */
export function roundView(
  state: RunState,
  {
    loop,
    round,
    how = {},
  }: { readonly loop: NodeState; readonly round: NodeState | undefined; readonly how?: Giving },
): JsonObject {
  const steps = (loop.plan.bodies[0]?.block?.nodes ?? []).filter(givesOutput);
  const given = round ? outputsByName(state, round, how) : {};
  const outputs = steps.map(({ step: { name } }): [string, Json] => [name, given[name] ?? null]);
  return { output: given[givenBy(loop.plan.bodies[0], steps)] ?? null, ...Object.fromEntries(outputs) };
}

/** Name of the step whose output is that of a round. */
function givenBy(body: PlanNode | undefined, steps: readonly PlanNode[]): string {
  return body?.block?.chain.gives ?? steps.at(-1)?.step.name ?? "";
}

/** Undefined for the first of those that are kept. */
function roundBefore({ children }: NodeState, round: NodeState | undefined): NodeState | undefined {
  return round && children[round.place - 1 - (children[0]?.place ?? 0)];
}

function outcomeView(outcome: Outcome | undefined): JsonObject {
  return {
    changed_files: outcome?.changedFiles ?? [],
    exit_code: outcome?.exitCode ?? null,
    stdout: outcome?.stdout ?? "",
  };
}

function errorOf(node: NodeState): string | null {
  return node.failure?.message ?? node.outcome?.failure?.message ?? null;
}

interface Giving {
  /** A step that did not end well gives nothing, whatever it answered: what it left behind is no vote. */
  readonly onlyGood?: boolean;
}

interface Asked extends Giving {
  /** The round from inside of which it is asked. */
  readonly round?: NodeState | undefined;
}

/** What a node gives to others: what it answered, or what the nodes in it did. */
export function outputOf(state: RunState, node: NodeState, how: Giving = {}): Json {
  if (node.standIn) return outputOf(state, node.standIn, how);
  if (how.onlyGood && !node.satisfied) return null;
  switch (node.plan.kind) {
    case "group":
      return groupOutput(state, node, how);
    case "branch":
    case "loop": {
      const last = node.children.at(-1);
      return last ? outputOf(state, last, how) : null;
    }
    case "each":
      return (node.items ?? []).map((listed, place) =>
        slotOf(state, { listed, part: node.children[place], how }),
      );
    default:
      return node.outcome?.output ?? null;
  }
}

/** What came of one item; none is missing, whatever happened to it. */
function slotOf(
  state: RunState,
  {
    listed,
    part,
    how,
  }: { readonly listed: ListedItem; readonly part: NodeState | undefined; readonly how: Giving },
): Json {
  const { key, item } = listed;
  if (part?.satisfied) return { key, item, ok: true, output: outputOf(state, part, how), error: null };
  const { failure } = part ?? {};
  const why = failure ?? { code: "CANCELLED", message: "It was not done" };
  return { key, item, ok: false, output: null, error: { code: why.code, message: why.message } };
}

/** What a run gives to the step that it does, as a called workflow does inside its run. */
export function runOutput(state: RunState): Json {
  return groupOutput(state, state.root);
}

/** A group's output: that of the step that it gives, else the outputs of its steps by name. */
function groupOutput(state: RunState, node: NodeState, how: Giving = {}): Json {
  const gives = node.plan.block?.chain.gives;
  const given = gives === undefined ? undefined : node.children.find(({ plan }) => plan.step.name === gives);
  return given ? outputOf(state, given, how) : outputsByName(state, node, how);
}

function outputsByName(state: RunState, node: NodeState, how: Giving = {}): JsonObject {
  const outputs: Record<string, Json> = {};
  for (const child of node.children) {
    if (givesOutput(child.plan)) outputs[child.plan.step.name] = outputOf(state, child, how);
  }
  return outputs;
}

/** A step that only lands what the others did is none of the author's. */
function givesOutput({ step }: Pick<PlanNode, "step">): boolean {
  return step.action.kind !== "land";
}
