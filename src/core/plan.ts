import { TuttiError } from "../errors.ts";
import type { Chain, ErrorStrategy, Limits, Step, Workflow } from "../language/workflow.ts";
import { groupsOf } from "./tools.ts";
import { type Estimate, noEstimate } from "./spending.ts";
import type { PlanHints } from "./events.ts";
import { estimateOf, judgesMs, type Judging, judgingPart } from "./plan-estimates.ts";
import { timesOf } from "./plan-times.ts";
import { type DraftNode, type Schedule, scheduleBlock } from "./schedule.ts";

/** What a workflow compiles to: blocks of nodes. A node that holds a block (a group) opens it when it starts. */
export interface Plan {
  readonly workflow: Workflow;
  readonly root: Block;
  /** Nodes in all blocks. */
  readonly size: number;
}

export interface Block {
  readonly nodes: readonly PlanNode[];
  readonly chain: Chain;
  /** How its nodes were ordered, and why. */
  readonly schedule: Schedule;
}

export type NodeKind = "step" | "group" | "wait" | "branch" | "loop" | "each" | "ask" | "value" | "tally";

export interface PlanNode {
  readonly kind: NodeKind;
  readonly step: Step;
  /** Position in its block. */
  readonly index: number;
  /** Position of the first step of its block that works with the same agent, command or server: such steps begin together. */
  readonly group: number;
  /** Positions in the same block that must have ended before. */
  readonly needs: readonly number[];
  readonly dependents: readonly number[];
  /** Predicted duration of the node itself; ms. */
  readonly expectedMs: number;
  /** Predicted time from its start to the end of its block: the length of the longest path; ms. */
  readonly pathMs: number;
  /** What one attempt of it will probably use, as far as other runs tell. */
  readonly estimate: Estimate;
  /** The same of each of its gates that an agent judges, by place. */
  readonly judging?: Judging;
  /** Runs only when another step fails. */
  readonly dormant: boolean;
  /** It waits for a person, a time, a signal or another run, or something in it does: nobody knows how long. */
  readonly outside: boolean;
  readonly block: Block | undefined;
  /** Groups that its parts are made of: the ways of a branch, the round of a loop, the item of an each. */
  readonly bodies: readonly PlanNode[];
}

/** The plan that was last made of a workflow: a thousand runs of one share it. */
const latest = new WeakMap<Workflow, { readonly parts: PlanParts; readonly plan: Plan }>();

interface PlanParts {
  /** Caps in the place of the workflow's own. */
  readonly limits: Partial<Limits> | undefined;
  readonly hints: PlanHints;
}

/** The plan of a workflow under these caps; the same one again for the same objects. */
export function planFor(workflow: Workflow, parts: PlanParts): Plan {
  const known = latest.get(workflow);
  if (known && known.parts.limits === parts.limits && known.parts.hints === parts.hints) return known.plan;
  const limits = { ...workflow.limits, ...parts.limits };
  const plan = buildPlan({ ...workflow, limits }, parts.hints);
  latest.set(workflow, { parts, plan });
  return plan;
}

/** What is known when a workflow is looked at before it runs. */
export interface PlanKnown extends PlanHints {
  /** How many items there are, by the address of the list, where the file does not say it. */
  readonly counts?: Readonly<Record<string, number>>;
}

/**
 * Compiles a workflow that was loaded without errors. Total time is linear in steps and needs.
 * Throws INTERNAL when a need names no step or the needs form a circle: the loader reports both before.
 */
export function buildPlan(workflow: Workflow, hints: PlanKnown): Plan {
  const counter = { size: 0 };
  const root = buildBlock(workflow.chain, { prefix: "", hints, counter, parallel: workflow.limits.parallel });
  return { workflow, root, size: counter.size };
}

interface Context {
  readonly prefix: string;
  readonly hints: PlanKnown;
  readonly counter: { size: number };
  /** Steps at once, for predicting the makespan. */
  readonly parallel: number;
}

function buildBlock(chain: Chain, context: Context): Block {
  context.counter.size += chain.steps.length;
  const dormant = dormantNames(chain);
  const groups = groupsOf(chain.steps);
  const nodes = chain.steps.map((step, index) =>
    draftNode({ step, index, group: groups[index] ?? index, dormant: dormant.has(step.name) }, context),
  );
  connect(nodes);
  const schedule = scheduleBlock(nodes, { chain, parallel: context.parallel });
  return { nodes, chain, schedule };
}

function draftNode(
  { step, index, group, dormant }: Pick<PlanNode, "step" | "index" | "group" | "dormant">,
  context: Context,
): DraftNode & Pick<PlanNode, "kind" | "group" | "block" | "bodies" | "estimate" | "judging"> {
  const address = context.prefix + step.name;
  const { action } = step;
  const block =
    action.kind === "chain" ? buildBlock(action.chain, { ...context, prefix: `${address}/` }) : undefined;
  const bodies = bodiesOf(step, { address, context });
  const told =
    context.hints.expectedMs[address] ?? step.expectedMs ?? partsMs(action, { address, bodies, context });
  // A step that took no time at all would make every order look the same.
  const predicted = Math.max(1, told ?? defaultMs(step)) + judgesMs(step, { address, hints: context.hints });
  return {
    kind: kindOf(action),
    step,
    index,
    group,
    needs: [],
    dependents: [],
    expectedMs: block?.schedule.makespanMs ?? predicted,
    pathMs: 0,
    dormant,
    outside: waitsOutside(step) || (block?.nodes ?? bodies).some(({ outside }) => outside),
    block,
    bodies,
    estimate: estimateOf({ address, hints: context.hints }),
    ...judgingPart(step, { address, hints: context.hints }),
  };
}

function waitsOutside({ action, before, gates }: Step): boolean {
  if (action.kind === "wait") return action.for !== "board";
  if (action.kind === "ask" || action.kind === "workflow" || action.kind === "pipeline") return true;
  return [before, gates].some((all) => all.some(({ kind }) => kind === "human"));
}

function kindOf(action: Step["action"]): NodeKind {
  switch (action.kind) {
    case "chain":
      return "group";
    case "wait":
    case "branch":
    case "loop":
    case "each":
    case "ask":
    case "value":
    case "tally":
      return action.kind;
    default:
      return "step";
  }
}

interface Place {
  readonly address: string;
  readonly context: Context;
}

/** What the parts of a node are made of. */
function bodiesOf(
  { name, action, errorStrategy }: Step,
  { address: at, context }: Place,
): readonly PlanNode[] {
  switch (action.kind) {
    case "branch":
      return action.ways.map((way, index) =>
        bodyOf(way, { index, context: { ...context, prefix: `${at}/${way.name}/` } }),
      );
    case "loop":
      return [
        bodyOf(
          { name: `${name}#`, chain: action.chain },
          { index: 0, context: { ...context, prefix: `${at}#/` } },
        ),
      ];
    case "each": {
      const item = { name: `${name}[]`, chain: action.chain, ...(errorStrategy ? { errorStrategy } : {}) };
      return [bodyOf(item, { index: 0, context: { ...context, prefix: `${at}[]/` } })];
    }
    default:
      return nothing;
  }
}

interface Body {
  readonly name: string;
  readonly chain: Chain;
  readonly errorStrategy?: ErrorStrategy;
}

function bodyOf(
  { name, chain, errorStrategy }: Body,
  { index, context }: { readonly index: number; readonly context: Context },
): PlanNode {
  const block = buildBlock(chain, context);
  const { makespanMs } = block.schedule;
  // a fallback is a step of a block, and parts are in none
  const step = holderStep(name, chain);
  return {
    kind: "group",
    step: errorStrategy === "continue_on_failure" ? { ...step, errorStrategy } : step,
    index,
    group: index,
    needs: nothing,
    dependents: nothing,
    expectedMs: makespanMs,
    pathMs: makespanMs,
    dormant: false,
    outside: block.nodes.some(({ outside }) => outside),
    block,
    bodies: nothing,
    estimate: noEstimate,
  };
}

/** Shared by all: a workflow may have very many bodies. */
const nothing: readonly never[] = [];
/** A step that says nothing but its name and what it does. */
export const bareStep: Omit<Step, "name" | "action"> = {
  needs: nothing,
  retry: { max: 0, on: nothing, backoff: "none", baseMs: 0 },
  before: nothing,
  gates: nothing,
  reads: nothing,
  writes: nothing,
  uses: nothing,
  env: {},
  onInterrupt: "rerun",
};

/** A step that only holds a block, and was not written as one. */
export function holderStep(name: string, chain: Chain): Step {
  return { ...bareStep, name, action: { kind: "chain", chain } };
}

interface PartsOf {
  readonly address: string;
  readonly bodies: readonly PlanNode[];
  readonly context: Context;
}

/** The longest way, one round or one item, as often as the file says. */
function partsMs(action: Step["action"], { address, bodies, context }: PartsOf): number | undefined {
  if (bodies.length === 0) return undefined;
  const { hints, parallel } = context;
  const times = timesOf(action, { parallel, count: hints.counts?.[address] });
  return Math.max(...bodies.map(({ expectedMs }) => expectedMs)) * times;
}

const noHints = { limits: undefined, hints: { expectedMs: {} } };

/** Before there is history: what a step of this kind usually takes. Only ratios matter. */
function defaultMs(step: Step): number {
  const { action } = step;
  switch (action.kind) {
    case "command":
    case "agent":
    case "pipeline":
      return 60_000;
    case "run":
      return 5000;
    case "http":
    case "mcp":
      return 1000;
    case "function":
      return 100;
    case "wait":
      return action.for === "duration" ? action.durationMs : 0;
    case "workflow":
      return planFor(action.workflow, noHints).root.schedule.makespanMs;
    default:
      return 0;
  }
}

const none: ReadonlySet<string> = new Set();

function dormantNames(chain: Chain): ReadonlySet<string> {
  if (!hasFallback(chain) && !chain.steps.some(hasFallback)) return none;
  const strategies = [chain.errorStrategy, ...chain.steps.map((step) => step.errorStrategy)];
  return new Set(strategies.flatMap((strategy) => (typeof strategy === "object" ? [strategy.fallback] : [])));
}

function hasFallback({ errorStrategy }: Pick<Step, "errorStrategy">): boolean {
  return typeof errorStrategy === "object";
}

function connect(nodes: readonly DraftNode[]): void {
  if (nodes.every(({ step }) => step.needs.length === 0)) return;
  const byName = new Map(nodes.map((node) => [node.step.name, node]));
  for (const node of nodes) {
    if (node.step.needs.length === 0) continue;
    const needed = new Set<number>();
    for (const need of node.step.needs) {
      const target = byName.get(need.step);
      if (!target) throw unknownNeed(node.step.name, need.step);
      if (target !== node) needed.add(target.index);
    }
    node.needs = [...needed];
    for (const index of needed) nodes[index]?.dependents.push(node.index);
  }
}

function unknownNeed(step: string, need: string): TuttiError {
  return new TuttiError(
    "INTERNAL",
    `Cannot plan "${step}": it needs "${need}", which is no step of its block`,
    {
      fix: "load the workflow with loadWorkflow or loadObject, which report this with its place",
    },
  );
}
