import type { Action, Chain, Step, Workflow } from "../language/workflow.ts";
import { oncePer } from "./once-per.ts";

/** A step of a workflow with its address; in rounds and items with what they have in common (`core/place.ts`). */
export interface PlacedStep {
  readonly address: string;
  readonly step: Step;
}

/** All steps, those inside others too, in file order: `route/then/notify`, `polish#/work`, `review[]/look`. */
export const placedSteps = oncePer((chain: Chain) => place(chain, ""));

function place(chain: Chain, prefix: string, found: PlacedStep[] = []): readonly PlacedStep[] {
  for (const step of chain.steps) {
    const address = prefix + step.name;
    found.push({ address, step });
    for (const held of chainsOf(step.action)) place(held.chain, `${address}${held.part}/`, found);
  }
  return found;
}

/** All steps, and what undoes them. */
export function worksOf(chain: Chain): readonly Step[] {
  const inner = placedSteps(chain).flatMap(({ step }) => [
    step,
    ...(step.undo ? [step.undo] : []),
    ...chainsOf(step.action).flatMap((held) => held.chain.undo ?? []),
  ]);
  return chain.undo ? [...inner, chain.undo] : inner;
}

interface HeldChain {
  /** What comes behind the address of the step that holds it. */
  readonly part: string;
  readonly chain: Chain;
}

const noChains: readonly HeldChain[] = [];

/** The blocks of steps that an action holds. */
export function chainsOf(action: Action): readonly HeldChain[] {
  switch (action.kind) {
    case "chain":
      return [{ part: "", chain: action.chain }];
    case "branch":
      return action.ways.map(({ name, chain }) => ({ part: `/${name}`, chain }));
    case "loop":
      return [{ part: "#", chain: action.chain }];
    case "each":
      return [{ part: "[]", chain: action.chain }];
    default:
      return noChains;
  }
}

/** True when a step of the workflow is a run of its own, or a pipeline. */
export function runsOthers({ chain }: Workflow): boolean {
  return placedSteps(chain).some(
    ({ step: { action } }) => action.kind === "workflow" || action.kind === "pipeline",
  );
}

/** The workflows that a step, or the batches of it, run as runs of their own. */
export function ownRunsOf(action: Action): readonly Workflow[] {
  if (action.kind === "workflow") return [action.workflow];
  if (action.kind !== "pipeline") return [];
  return action.stages.flatMap(({ work }) => (work?.kind === "workflow" ? [work.workflow] : []));
}

/** A workflow and those that its steps run as runs of their own. */
export function workflowsIn(workflow: Workflow): readonly Workflow[] {
  const inner = placedSteps(workflow.chain).flatMap(({ step }) =>
    ownRunsOf(step.action).flatMap(workflowsIn),
  );
  return [workflow, ...inner];
}
