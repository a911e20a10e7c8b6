import { outputWithPosts } from "./read/board.ts";
import { addConflicts, checkGlobs } from "./checks/conflicts.ts";
import { checkBoards } from "./checks/boards.ts";
import { checkFallbackNeeds } from "./checks/fallbacks.ts";
import { checkKnownNames } from "./checks/known.ts";
import { allSteps, nameSteps } from "./checks/names.ts";
import { checkCycles, checkDependencies } from "./checks/needs.ts";
import { checkReferences } from "./checks/references.ts";
import { type ScopeIndex, scopeIndex } from "./checks/scope.ts";
import { checkFallbackCircles, dormantNames } from "./checks/standing-in.ts";
import { checkWorkspaces, workspaceOfDraft } from "./checks/workspaces.ts";
import {
  blocksIn,
  type BlockDraft,
  type CallDraft,
  chainOf,
  type StepDraft,
  type WayDraft,
  type WorkflowDraft,
} from "./drafts.ts";
import { lowerLimits } from "./read/limits.ts";
import type { Loading } from "./read/loading.ts";
import { needAll } from "./read/run-gates.ts";
import { withDefaults } from "./called.ts";
import { checkMemory, withMemory } from "./memory.ts";
import { defined } from "./defined.ts";
import type { Action, Chain, ChainAction, Step, Way, Workflow, WorkflowAction } from "./workflow.ts";

/** Runs every check over a workflow that was read, all of them whatever the others find, and finds the needs. */
export function checkWorkflow(loading: Loading, workflow: WorkflowDraft): void {
  nameSteps(loading.report, workflow.block);
  needAll(workflow.block, dormantNames(workflow.block));
  const index = scopeIndex(loading.report, workflow);
  checkKnownNames(loading, workflow);
  checkGlobs(index);
  checkWorkspaces(index);
  checkBoards(index);
  checkMemory(loading, workflow);
  checkDependencies(index);
  checkReferences(index);
  orderBlock(index, workflow.block);
}

function orderBlock(index: ScopeIndex, block: BlockDraft): void {
  checkFallbackCircles(index, block);
  const ordered = checkCycles(index, block.steps);
  if (ordered) {
    addConflicts(ordered, dormantNames(block));
    checkFallbackNeeds(index, block, ordered);
  }
  for (const step of block.steps) {
    for (const inner of blocksIn(step)) orderBlock(index, inner);
  }
}

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
    chain: withMemory(finishBlock(block), memory),
  };
}

/** Resources that called workflows declare; what this one says of them holds. */
function resourcesOfCalls(block: BlockDraft): Readonly<Record<string, number>> {
  const calls = [...allSteps(block)].flatMap(({ action }) =>
    action.kind === "call" && !action.apart ? [action.workflow] : [],
  );
  return Object.assign({}, ...calls.map(({ resources }) => resources)) as Readonly<Record<string, number>>;
}

function finishBlock(block: BlockDraft): Chain {
  return chainOf(block, block.steps.map(finishStep));
}

function finishStep(step: StepDraft): Step {
  const names = [...step.uses, ...step.locks].map((use) => use.name);
  const called =
    step.action.kind === "call" && !step.action.apart ? step.action.workflow.ownLimits : undefined;
  return {
    name: step.name,
    action: finishAction(step),
    needs: [...step.needs.values()],
    ...step.body,
    ...defined({ output: outputWithPosts(step) }),
    ...defined({ limits: lowerLimits(step.body.limits, called) }),
    uses: [...new Set(names)],
  };
}

function finishAction({ action }: StepDraft): Action {
  switch (action.kind) {
    case "call":
      return action.apart ? childRun(action) : calledChain(action);
    case "chain":
    case "loop": {
      const { block, ...rest } = action;
      return { ...rest, chain: finishBlock(block) };
    }
    case "each": {
      const { block, ...rest } = action;
      // Items that write write the same files, as far as anybody can tell: they are in conflict with each other.
      const writes = [...allSteps(block)].some((step) => step.writes.length > 0);
      return { ...(writes ? { concurrency: 1 } : {}), ...rest, chain: finishBlock(block) };
    }
    case "branch":
      return { ...action, ways: action.ways.map(finishWay) };
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

function finishWay({ block, ...way }: WayDraft): Way {
  return { ...way, chain: finishBlock(block) };
}
