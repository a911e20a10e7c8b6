import type { RunOverrides } from "../core/events.ts";
import { buildPlan, type Block } from "../core/plan.ts";
import type { Limits, Workflow } from "../language/workflow.ts";
import { predictions, placedSteps } from "./hints.ts";
import type { Parts } from "./parts.ts";

/** What will happen, before anything is spent. Durations in ms, money in US dollars. */
export interface PlanReport {
  readonly name: string;
  readonly steps: number;
  /** The outermost block and every group, outermost first. */
  readonly blocks: readonly BlockReport[];
  readonly predictedMs: number;
  /** How many steps have a history the prediction rests on. */
  readonly known: number;
  readonly cost: CostEstimate;
  readonly limits: Limits;
}

export interface BlockReport {
  /** Address of the group; "" for the whole workflow. */
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
}

export interface CostEstimate {
  /** Sum of the predictions that are known. */
  readonly knownUsd: number;
  /** Agent steps whose price cannot be predicted. */
  readonly unknownSteps: number;
  /** Steps that ask an agent. */
  readonly agentSteps: number;
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
  const agentSteps = placedSteps(workflow.chain).filter(
    ({ step }) => step.action.kind === "command" || step.action.kind === "agent",
  );
  const costs = agentSteps.map(({ address }) => found.get(address)?.costUsd ?? null);
  const known = costs.filter((cost) => cost !== null);
  return {
    name: workflow.name,
    steps: built.size,
    blocks: blockReports(built.root, ""),
    predictedMs: built.root.schedule.makespanMs,
    known: found.size,
    cost: {
      knownUsd: known.reduce((sum, cost) => sum + cost, 0),
      unknownSteps: costs.length - known.length,
      agentSteps: agentSteps.length,
      capUsd: workflow.limits.costUsd,
    },
    limits: workflow.limits,
  };
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
  };
  const inner = block.nodes.flatMap((node) =>
    node.block ? blockReports(node.block, prefix + node.step.name) : [],
  );
  return [own, ...inner];
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
