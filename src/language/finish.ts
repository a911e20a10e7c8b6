import { outputWithPosts } from "./read/board.ts";
import { allSteps } from "./checks/names.ts";
import { workspaceOfDraft } from "./checks/workspaces.ts";
import { withDefaults } from "./called.ts";
import { defined } from "./defined.ts";
import {
  type BlockDraft,
  type CallDraft,
  chainOf,
  type PipelineDraft,
  type StageDraft,
  type StepDraft,
  type WayDraft,
  type WorkflowDraft,
} from "./drafts.ts";
import { withMemory } from "./memory.ts";
import type { PipelineAction, Stage } from "./pipeline.ts";
import { lowerLimits } from "./read/limits.ts";
import { stageWorkflow } from "./stage-workflow.ts";
import type { Action, Chain, ChainAction, Step, Way, Workflow, WorkflowAction } from "./workflow.ts";

/** The workflow as tutti runs it. */
export function finishWorkflow(draft: WorkflowDraft): Workflow {
  const { head, inputs, env, limits, resources, memory, block } = draft;
  return {
    ...head,
    ...workspaceOfDraft(draft),
    inputs: Object.fromEntries(inputs),
    env,
    limits,
    resources: { ...resourcesOfCalls(block), ...Object.fromEntries(resources) },
    chain: withMemory(finishBlock(draft, block), memory),
  };
}

/** Resources that called workflows declare; what this one says of them holds. */
function resourcesOfCalls(block: BlockDraft): Readonly<Record<string, number>> {
  const calls = [...allSteps(block)].flatMap(({ action }) =>
    action.kind === "call" && !action.apart ? [action.workflow] : [],
  );
  return Object.assign({}, ...calls.map(({ resources }) => resources)) as Readonly<Record<string, number>>;
}

function finishBlock(draft: WorkflowDraft, block: BlockDraft): Chain {
  return chainOf(
    block,
    block.steps.map((step) => finishStep(draft, step)),
  );
}

function finishStep(draft: WorkflowDraft, step: StepDraft): Step {
  const names = [...step.uses, ...step.locks].map((use) => use.name);
  const called =
    step.action.kind === "call" && !step.action.apart ? step.action.workflow.ownLimits : undefined;
  return {
    name: step.name,
    action: finishAction(draft, step),
    needs: [...step.needs.values()],
    ...step.body,
    ...defined({ output: outputWithPosts(step) }),
    ...defined({ limits: lowerLimits(step.body.limits, called) }),
    uses: [...new Set(names)],
  };
}

function finishAction(draft: WorkflowDraft, step: StepDraft): Action {
  const { action } = step;
  switch (action.kind) {
    case "call":
      return action.apart ? childRun(action) : calledChain(action);
    case "chain":
    case "loop": {
      const { block, ...rest } = action;
      return { ...rest, chain: finishBlock(draft, block) };
    }
    case "each": {
      const { block, ...rest } = action;
      // Items that write write the same files, as far as anybody can tell: they are in conflict with each other.
      const writes = [...allSteps(block)].some((step) => step.writes.length > 0);
      return { ...(writes ? { concurrency: 1 } : {}), ...rest, chain: finishBlock(draft, block) };
    }
    case "branch":
      return { ...action, ways: action.ways.map((way) => finishWay(draft, way)) };
    case "pipeline":
      return finishPipeline(draft, step, action);
    default:
      return action;
  }
}

/** The steps of another workflow: its own agent, model and environment go with them. */
function calledChain({ workflow, with: given }: CallDraft): ChainAction {
  const { name, inputs } = workflow;
  return {
    kind: "chain",
    chain: withDefaults(workflow.chain, workflow),
    call: { workflow: name, inputs, with: given },
  };
}

/** Another workflow as it is; the project's and its own words hold in it, not those of this file. */
function childRun({ workflow, with: given }: CallDraft): WorkflowAction {
  return { kind: "workflow", workflow, with: given };
}

function finishWay(draft: WorkflowDraft, { block, ...way }: WayDraft): Way {
  return { ...way, chain: finishBlock(draft, block) };
}

function finishPipeline(draft: WorkflowDraft, step: StepDraft, action: PipelineDraft): PipelineAction {
  return { ...action, stages: action.stages.map((stage) => finishStage(draft, step, stage)) };
}

function finishStage(draft: WorkflowDraft, step: StepDraft, { work, ...stage }: StageDraft): Stage {
  if (work?.kind !== "workflow") return { ...stage, ...(work ? { work } : {}) };
  const { block, ...rest } = work;
  const chain = withMemory(finishBlock(draft, block), draft.memory);
  return { ...stage, work: { ...rest, ...stageWorkflow(draft, step, { name: stage.name, block, chain }) } };
}
