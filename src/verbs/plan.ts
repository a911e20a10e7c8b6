import type { RunOverrides } from "../core/events.ts";
import { isAudit } from "../core/policies/limits.ts";
import { buildPlan, type Block, type Plan, type PlanKnown, type PlanNode } from "../core/plan.ts";
import type { JsonObject } from "../expression/json.ts";
import { withoutLanes } from "../language/lanes.ts";
import type { Limits, Workflow } from "../language/workflow.ts";
import { fallbacksOf } from "./fallbacks.ts";
import { type BoardPlan, boardsPlan } from "./plan-boards.ts";
import { predictions } from "./hints.ts";
import { resolveInputs } from "./inputs.ts";
import type { Parts } from "./parts.ts";
import { treesPlan, type TreesPlan } from "./plan-trees.ts";
import { undoPlanOf, type UndoPlan } from "./plan-undo.ts";
import { placedSteps } from "./placed-steps.ts";
import { type CostEstimate, costOf, type Known } from "./plan-cost.ts";
import { blocksIn, holds, type PartReport, partReports } from "./plan-parts.ts";
import { capsAt } from "./plan-pipelines.ts";
import { memoryPlan, type PlannedMemory } from "./plan-memory.ts";
import { groupsPlan, type PlannedGroup } from "./plan-groups.ts";
import { type Given, givenBy, isSkipped } from "./plan-given.ts";
import { requireAbilities } from "./require-abilities.ts";
import { type PlannedThinking, thinkingPlan } from "./plan-thinking.ts";
import { type Wordless, wordlessOf } from "./plan-wordless.ts";

/** What will happen, before anything is spent. Durations in ms, money in US dollars. */
export interface PlanReport extends UndoPlan {
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
  /** What is not done with the inputs that were given: steps, ways (`a/else`), items of empty lists (`a[]`). */
  readonly skipped?: readonly string[];
  /** Commands that would be asked for nothing. */
  readonly wordless?: readonly Wordless[];
  /** How long agents will think, where anything is said of it. */
  readonly thinking?: readonly PlannedThinking[];
  /** What is shared with other runs. */
  readonly memories?: readonly PlannedMemory[];
  /** Steps that begin side by side and work with the same. */
  readonly groups?: readonly PlannedGroup[];
  /** Who sees whose output, where agents share a blackboard. */
  readonly boards?: readonly BoardPlan[];
  /** Where its steps work; absent: in the project's folder, and nothing is kept of it. */
  readonly trees?: TreesPlan;
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

export interface PlanOptions extends RunOverrides {
  /** What a run would be given: only what it would do with that is planned. Absent: all that it could do. */
  readonly inputs?: JsonObject;
}

/** Plans a workflow with what history knows. Throws INPUT_* for inputs that do not fit, AGENT_CANNOT for a step that its agent cannot do. */
export async function plan(
  parts: Parts,
  written: Workflow,
  { inputs, ...overrides }: PlanOptions = {},
): Promise<PlanReport> {
  const workflow = { ...written, limits: { ...written.limits, ...overrides.limits } };
  await requireAbilities(parts, { workflow, overrides });
  const resolved = inputs && resolveInputs(workflow, inputs);
  const given = givenBy(workflow, resolved);
  const report = await planGiven(parts, workflow, { given, overrides });
  const trees = await treesPlan(parts, workflow, (address) => isSkipped(given, address));
  const wordless = wordlessOf(workflow, { inputs: resolved, given });
  const thinking = thinkingPlan(workflow, (address) => isSkipped(given, address));
  return {
    ...report,
    ...boardsPlan(workflow),
    ...thinking,
    ...trees,
    ...(wordless.length > 0 ? { wordless } : {}),
  };
}

/** Plans what is not decided or done yet. */
export async function planGiven(
  parts: Parts,
  begun: Workflow,
  { given, overrides }: { readonly given: Given; readonly overrides: RunOverrides },
): Promise<PlanReport> {
  // what lands is no step of the author's
  const workflow = withoutLanes(begun);
  const found = await predictions(parts, { workflow, overrides });
  const known = { expectedMs: expectedBy(workflow, { found, given }), counts: given.counts };
  const built = buildPlan(workflow, known);
  return {
    name: workflow.name,
    ...countsOf(built.root, { found, given }),
    blocks: blockReports(built.root, { address: "", given }),
    parts: partReports(built.root, {
      prefix: "",
      parallel: workflow.limits.parallel,
      given,
      ...(isAudit({ overrides, workflow }) ? {} : { caps: capsAt({}, { limits: workflow.limits }) }),
    }),
    predictedMs: built.root.schedule.makespanMs,
    workMs: workMsOf(workflow, { built, known }),
    cost: costOf(workflow, { found, given }),
    limits: workflow.limits,
    ...skippedPart(given),
    ...groupsPlan(built, (address) => isSkipped(given, address)),
    ...memoryPlan(workflow, (address) => isSkipped(given, address)),
    ...undoPlanOf(workflow, (address) => isSkipped(given, address)),
  };
}

/** What is skipped takes no time; a list of so many items takes what they take, whatever another list took. */
function expectedBy({ chain }: Workflow, { found, given }: Known): Record<string, number> {
  const times = [...found]
    .filter(([address]) => !isSkipped(given, address.replace(/!.*/, "")) && !(address in given.counts))
    .map(([address, { durationMs }]): [string, number] => [address, durationMs]);
  if (given.skipped.size === 0) return Object.fromEntries(times);
  const skipped = placedSteps(chain).filter(({ address }) => isSkipped(given, address));
  return Object.fromEntries([...times, ...skipped.map(({ address }): [string, number] => [address, 0])]);
}

function skippedPart({ skipped }: Given): Pick<PlanReport, "skipped"> {
  return skipped.size > 0 ? { skipped: [...skipped] } : {};
}

function workMsOf(
  workflow: Workflow,
  { built, known }: { readonly built: Plan; readonly known: PlanKnown },
): number {
  const waits = placedSteps(workflow.chain).filter(({ step }) => step.action.kind === "wait");
  if (waits.length === 0) return built.root.schedule.makespanMs;
  const none = Object.fromEntries(waits.map(({ address }) => [address, 0]));
  return buildPlan(workflow, { ...known, expectedMs: { ...known.expectedMs, ...none } }).root.schedule
    .makespanMs;
}

type Counts = Pick<PlanReport, "steps" | "fallbacks" | "timed" | "known">;

function countsOf(root: Block, { found, given }: Known): Counts {
  const all = workOf(root, { prefix: "", dormant: false });
  const work = all.filter(({ address }) => !isSkipped(given, address));
  const awake = work.filter(({ dormant }) => !dormant);
  const timed = awake.filter((one) => one.isTimed);
  return {
    steps: awake.length,
    fallbacks: work.length - awake.length,
    timed: timed.length,
    known: timed.filter(({ address }) => found.has(address)).length,
  };
}

interface Work {
  readonly address: string;
  /** It does something itself that takes time. */
  readonly isTimed: boolean;
  /** Runs only when something fails: it is a fallback, or lies in one. */
  readonly dormant: boolean;
}

/** The steps and waits of a block and of all that it holds. */
function workOf(block: Block, place: { readonly prefix: string; readonly dormant: boolean }): Work[] {
  return block.nodes.flatMap((node) => {
    const address = place.prefix + node.step.name;
    const dormant = place.dormant || node.dormant;
    if (!holds(node)) return [{ address, isTimed: isTimed(node), dormant }];
    const inside = blocksIn(node, address);
    return inside.flatMap((inner) => workOf(inner.block, { prefix: `${inner.address}/`, dormant }));
  });
}

function isTimed({ kind, step }: PlanNode): boolean {
  return kind === "step" && step.action.kind !== "gates";
}

/** Not of what is skipped. */
function blockReports(
  block: Block,
  { address, given }: { readonly address: string; readonly given: Given },
): BlockReport[] {
  if (isSkipped(given, address)) return [];
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
  return [own, ...inner.flatMap((held) => blockReports(held.block, { address: held.address, given }))];
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
