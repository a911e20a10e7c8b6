import type { PlanHints, RunOverrides } from "../core/events.ts";
import { type NodeKind, buildPlan, type Block, type Plan } from "../core/plan.ts";
import type { Limits, Step, Workflow } from "../language/workflow.ts";
import { fallbacksOf } from "./fallbacks.ts";
import { predictions } from "./hints.ts";
import type { Parts } from "./parts.ts";
import { placedSteps, workflowsIn, worksOf } from "./placed-steps.ts";
import { blocksIn, holds, type PartReport, partReports } from "./plan-parts.ts";

/** What will happen, before anything is spent. Durations in ms, money in US dollars. */
export interface PlanReport {
  readonly name: string;
  /** Steps and waits that run unless something fails; groups are not counted. */
  readonly steps: number;
  /** Steps and waits that run only when others fail. */
  readonly fallbacks: number;
  /** The outermost block and every group, outermost first. */
  readonly blocks: readonly BlockReport[];
  /** Branches, loops, items of lists, and blocks that need only some of their steps; outermost first. */
  readonly parts: readonly PartReport[];
  /** With the longest way of each branch; rounds and items count once where the file does not say how many there are. */
  readonly predictedMs: number;
  /** The same without what its waits take: only this counts against the cap on time. */
  readonly workMs: number;
  /** Of `steps` those whose time is predicted; that of a wait is given. */
  readonly timed: number;
  /** How many of these have a history; the others' time is what the file expects, or a guess by their kind. */
  readonly known: number;
  readonly cost: CostEstimate;
  readonly limits: Limits;
  /** Steps that are undone, as far as they ended well, when the run fails; absent: none. */
  readonly undoable?: readonly string[];
}

export interface BlockReport {
  /** Address of the group, way (`a/then`), round (`a#`) or item (`a[]`); "" for the whole workflow. */
  readonly address: string;
  readonly strategy: string;
  readonly why: string;
  readonly sequentialMs: number;
  readonly makespanMs: number;
  readonly criticalMs: number;
  readonly gain: number;
  readonly criticalPath: readonly string[];
  readonly levels: readonly (readonly string[])[];
  readonly needs: readonly {
    readonly step: string;
    readonly needs: readonly { readonly step: string; readonly because: string; readonly detail?: string }[];
  }[];
  /** Steps that run only when one of `of` fails; they are on no level. */
  readonly fallbacks: readonly { readonly step: string; readonly of: readonly string[] }[];
}

export interface CostEstimate {
  /** Sum of the predictions that are known. */
  readonly knownUsd: number;
  /** Agent steps whose price cannot be predicted. */
  readonly unknownSteps: number;
  /** Steps that ask an agent. */
  readonly agentSteps: number;
  /** How many of these lie in rounds or items, and so may ask more than once. */
  readonly repeatedSteps: number;
  /** The money cap: no more than this is spent, whatever the estimate. */
  readonly capUsd: number;
}

/** Plans a workflow with what history knows. */
export async function plan(
  parts: Parts,
  written: Workflow,
  overrides: RunOverrides = {},
): Promise<PlanReport> {
  const workflow = { ...written, limits: { ...written.limits, ...overrides.limits } };
  const found = await predictions(parts, { workflow, overrides });
  const expectedMs = Object.fromEntries([...found].map(([address, { durationMs }]) => [address, durationMs]));
  const built = buildPlan(workflow, { expectedMs });
  const agentSteps = placedSteps(workflow.chain).filter(({ step }) => isAgentStep(step));
  const costs = agentSteps.map(
    ({ address, step }) => found.get(address)?.costUsd ?? step.expectedUsd ?? null,
  );
  const known = costs.filter((cost) => cost !== null);
  const inside = agentStepsInside(workflow);
  return {
    name: workflow.name,
    ...countsOf(built.root, found),
    blocks: blockReports(built.root, ""),
    parts: partReports(built.root, { prefix: "", parallel: workflow.limits.parallel }),
    predictedMs: built.root.schedule.makespanMs,
    workMs: workMsOf(workflow, { built, expectedMs }),
    cost: {
      knownUsd: known.reduce((sum, cost) => sum + cost, 0),
      unknownSteps: costs.length + inside - known.length,
      agentSteps: agentSteps.length + inside,
      repeatedSteps: agentSteps.filter(({ address }) => /#\/|\[\]\//.test(address)).length,
      capUsd: workflow.limits.costUsd,
    },
    limits: workflow.limits,
    ...undoPart(workflow),
  };
}

function undoPart({ chain }: Workflow): Pick<PlanReport, "undoable"> {
  const undoable = placedSteps(chain).flatMap(({ address, step }) => (step.undo ? [address] : []));
  return undoable.length > 0 ? { undoable } : {};
}

/** Steps that ask an agent in the runs of their own that its steps are; what those cost is not predicted. */
function agentStepsInside(workflow: Workflow): number {
  const [, ...others] = workflowsIn(workflow);
  return others.reduce((sum, { chain }) => sum + worksOf(chain).filter(isAgentStep).length, 0);
}

function isAgentStep({ action }: Step): boolean {
  return action.kind === "command" || action.kind === "agent";
}

function workMsOf(
  workflow: Workflow,
  { built, expectedMs }: { readonly built: Plan; readonly expectedMs: PlanHints["expectedMs"] },
): number {
  const waits = placedSteps(workflow.chain).filter(({ step }) => step.action.kind === "wait");
  if (waits.length === 0) return built.root.schedule.makespanMs;
  const none = Object.fromEntries(waits.map(({ address }) => [address, 0]));
  return buildPlan(workflow, { expectedMs: { ...expectedMs, ...none } }).root.schedule.makespanMs;
}

type Counts = Pick<PlanReport, "steps" | "fallbacks" | "timed" | "known">;

function countsOf(root: Block, history: ReadonlyMap<string, unknown>): Counts {
  const work = workOf(root, { prefix: "", dormant: false });
  const awake = work.filter(({ dormant }) => !dormant);
  const timed = awake.filter(({ kind }) => kind === "step");
  return {
    steps: awake.length,
    fallbacks: work.length - awake.length,
    timed: timed.length,
    known: timed.filter(({ address }) => history.has(address)).length,
  };
}

interface Work {
  readonly address: string;
  readonly kind: NodeKind;
  /** Runs only when something fails: it is a fallback, or lies in one. */
  readonly dormant: boolean;
}

/** The steps and waits of a block and of all that it holds. */
function workOf(block: Block, place: { readonly prefix: string; readonly dormant: boolean }): Work[] {
  return block.nodes.flatMap((node) => {
    const address = place.prefix + node.step.name;
    const dormant = place.dormant || node.dormant;
    if (!holds(node)) return [{ address, kind: node.kind, dormant }];
    const inside = blocksIn(node, address);
    return inside.flatMap((inner) => workOf(inner.block, { prefix: `${inner.address}/`, dormant }));
  });
}

function blockReports(block: Block, address: string): BlockReport[] {
  const prefix = address === "" ? "" : `${address}/`;
  const own: BlockReport = {
    address,
    ...block.schedule,
    needs: block.nodes.map((node) => ({
      step: node.step.name,
      needs: node.needs.map((index) => needReport(block, { node, index })),
    })),
    fallbacks: fallbacksOf(block).map(({ node, of }) => ({
      step: node.step.name,
      of: of.map(({ step }) => step.name),
    })),
  };
  const inner = block.nodes.flatMap((node) => blocksIn(node, prefix + node.step.name));
  return [own, ...inner.flatMap((held) => blockReports(held.block, held.address))];
}

function needReport(
  block: Block,
  { node, index }: { readonly node: Block["nodes"][number]; readonly index: number },
): { step: string; because: string; detail?: string } {
  const name = block.nodes[index]?.step.name ?? "";
  const need = node.step.needs.find((candidate) => candidate.step === name);
  if (!need) return { step: name, because: "order" };
  return { step: name, because: need.because, ...(need.detail === undefined ? {} : { detail: need.detail }) };
}
