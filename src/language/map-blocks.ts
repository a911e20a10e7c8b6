import type { PipelineAction } from "./pipeline.ts";
import type { Action, Chain, Step, Workflow } from "./workflow.ts";

/**
 * The action with every block that it holds changed, and itself when none is; what a run of its own does is left as
 * it is.
 */
export function mapBlocks(action: Action, change: (chain: Chain) => Chain): Action {
  switch (action.kind) {
    case "branch": {
      const ways = action.ways.map((way) => {
        const chain = change(way.chain);
        return chain === way.chain ? way : { ...way, chain };
      });
      return ways.every((way, at) => way === action.ways[at]) ? action : { ...action, ways };
    }
    case "chain":
    case "loop":
    case "each": {
      const chain = change(action.chain);
      return chain === action.chain ? action : { ...action, chain };
    }
    default:
      return action;
  }
}

/** The block with every step changed, and itself when none is. */
export function mapSteps(chain: Chain, change: (step: Step) => Step): Chain {
  const steps = chain.steps.map(change);
  return steps.every((step, at) => step === chain.steps[at]) ? chain : { ...chain, steps };
}

/** The block with what the stages of its pipelines do as runs of their own changed, and itself when none is. */
export function mapStages(chain: Chain, change: (workflow: Workflow) => Workflow): Chain {
  return mapSteps(chain, (step) => {
    const { action } = step;
    const changed =
      action.kind === "pipeline"
        ? pipelineWith(action, change)
        : mapBlocks(action, (block) => mapStages(block, change));
    return changed === action ? step : { ...step, action: changed };
  });
}

function pipelineWith(action: PipelineAction, change: (workflow: Workflow) => Workflow): PipelineAction {
  if (!action.stages.some(({ work }) => work?.kind === "workflow")) return action;
  const stages = action.stages.map((stage) =>
    stage.work?.kind === "workflow"
      ? { ...stage, work: { ...stage.work, workflow: change(stage.work.workflow) } }
      : stage,
  );
  return { ...action, stages };
}
