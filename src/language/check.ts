import { addConflicts, checkGlobs } from "./checks/conflicts.ts";
import { checkBoards } from "./checks/boards.ts";
import { checkFallbackNeeds } from "./checks/fallbacks.ts";
import { checkKnownNames } from "./checks/known.ts";
import { nameSteps } from "./checks/names.ts";
import { checkCycles, checkDependencies } from "./checks/needs.ts";
import { checkPipelines } from "./checks/pipelines.ts";
import { checkReferences } from "./checks/references.ts";
import { type ScopeIndex, scopeIndex } from "./checks/scope.ts";
import { checkFallbackCircles, dormantNames } from "./checks/standing-in.ts";
import { checkWorkspaces } from "./checks/workspaces.ts";
import { blocksIn, type BlockDraft, type WorkflowDraft } from "./drafts.ts";
import type { Loading } from "./read/loading.ts";
import { needAll } from "./read/run-gates.ts";
import { checkMemory } from "./memory.ts";

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
  checkPipelines(index);
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
