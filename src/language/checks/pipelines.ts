import type { Report } from "../diagnostics/report.ts";
import { batchNames, type BlockDraft, type PipelineDraft, type StepDraft } from "../drafts.ts";
import { blocksOf as blocksIn } from "../may-write.ts";
import { namesBatch, outsideOf } from "../stage-workflow.ts";
import type { Chain } from "../workflow.ts";
import { allSteps } from "./names.ts";
import type { ScopeIndex } from "./scope.ts";

/** What cannot stand in the steps of a stage, each batch of which is a run of its own. */
export function checkPipelines(index: ScopeIndex): void {
  for (const step of allSteps(index.workflow.block)) {
    if (step.action.kind !== "pipeline") continue;
    checkHead(index, step);
    for (const block of blocksOf(step.action)) checkBlock(index, { step, block });
  }
}

function blocksOf({ stages }: PipelineDraft): readonly BlockDraft[] {
  return stages.flatMap(({ work }) => (work?.kind === "workflow" ? [work.block] : []));
}

/** A file that is a pipeline and nothing else has no working tree to speak of. */
function checkHead({ report, workflow }: ScopeIndex, step: StepDraft): void {
  const { workspace } = workflow.head;
  const isTree = workspace === "run" || workspace === "step";
  const isAll = step.block === workflow.block && workflow.block.steps.length === 1;
  if (!isAll) {
    warnOfTree(report, step, isTree || workspace === "auto");
    return;
  }
  if (!isTree) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot work in "workspace: ${workspace}": a pipeline works in the project's folder`,
    fix: "take `workspace` out",
    at: step.nameSpot,
    part: "key",
  });
}

/** Warns where what earlier steps write lies in a working tree, and the pipeline does not see it. */
function warnOfTree(report: Report, step: StepDraft, isTree: boolean): void {
  const needed = [...step.needs.keys()].flatMap((name) => step.block.byName.get(name) ?? []);
  const writer = isTree ? needed.find(({ body }) => body.mayWrite === "yes") : undefined;
  if (!writer) return;
  report.add({
    severity: "warning",
    code: "BAD_VALUE",
    message: `Cannot see in "${step.name}" what "${writer.name}" writes: that may work in a working tree, and a pipeline works in the project's folder`,
    fix: 'write "workspace: shared" in the workflow, so that both work in the same folder',
    at: step.nameSpot,
  });
}

interface Stage {
  readonly step: StepDraft;
  readonly block: BlockDraft;
}

function checkBlock(index: ScopeIndex, stage: Stage): void {
  const { report } = index;
  for (const inner of allSteps(stage.block)) {
    if (holdsPipeline(inner)) {
      report.add({
        code: "NOT_SUPPORTED",
        message: `Cannot run a pipeline in "${inner.name}" here: it lies in a stage of another, and would begin anew with each batch`,
        fix: "write its stages into the other pipeline",
        at: inner.nameSpot,
      });
    }
    if (batchNames.includes(inner.name)) reportName(index, inner);
    checkResources(index, inner);
    checkTree(index, inner);
  }
  checkInputs(index, stage);
  checkAsks(index, stage);
}

/** It is one, or calls a workflow with one. */
function holdsPipeline({ action }: StepDraft): boolean {
  return action.kind === "pipeline" || (action.kind === "call" && hasPipeline(action.workflow.chain));
}

function hasPipeline({ steps }: Chain): boolean {
  return steps.some(
    ({ action }) => action.kind === "pipeline" || blocksIn(action).some((chain) => hasPipeline(chain)),
  );
}

function reportName({ report }: ScopeIndex, { name, nameSpot }: StepDraft): void {
  report.add({
    code: "BAD_VALUE",
    message: `Cannot name a step "${name}" here: in a stage of a pipeline that is ${name === "batch" ? "the records of the batch" : "a record"}`,
    fix: `choose another name, such as "${name}_step"`,
    at: nameSpot,
  });
}

/** Resources are held in one run, and each batch is one. */
function checkResources({ report }: ScopeIndex, { uses, locks, block }: StepDraft): void {
  for (const { name, spot } of [...uses, ...locks]) {
    if (isOwn(name, block)) continue;
    report.add({
      code: "BAD_VALUE",
      message: `Cannot hold "${name}" here: each batch is a run of its own, and would hold it for itself`,
      fix: "say how many batches may be in work with `parallelism:` of the stage",
      at: spot,
    });
  }
}

/** Turns of a swarm hold one of its own. */
function isOwn(name: string, block: BlockDraft): boolean {
  for (let owner = block.owner; owner; owner = owner.block.owner)
    if (owner.action.kind === "chain" && owner.action.swarm) return name.startsWith("agents of swarm ");
  return false;
}

function checkTree({ report }: ScopeIndex, { body, workspaceSpot: at }: StepDraft): void {
  if (!at || body.workspace === "none") return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot work in "workspace: ${body.workspace}" here: a pipeline works in the project's folder`,
    fix: "take `workspace` out",
    at,
  });
}

/** Warns of steps that never see what they are to work on. */
function checkAsks({ report }: ScopeIndex, { block }: Stage): void {
  const [first] = block.steps;
  // what is misspelled may be what was meant
  if (!first || report.hasErrors || namesBatch(block)) return;
  report.add({
    severity: "warning",
    code: "BAD_VALUE",
    message: `Cannot see what "${first.name}" works on: none of its texts names the records that come to it`,
    fix: "write ${ record } or ${ batch } where they belong, such as in `params:` or the prompt",
    at: first.spot,
    part: "key",
  });
}

/** Names under which the records are given to what a stage does. */
function checkInputs({ report, workflow }: ScopeIndex, { step, block }: Stage): void {
  const { inputs } = outsideOf(workflow, step, block);
  const [first] = block.steps;
  for (const name of batchNames) {
    if (!inputs.has(name) || !workflow.inputs.has(name) || !first) continue;
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use the input "${name}" in a stage: the records of its batch go by this name there`,
      fix: "give the input another name",
      at: first.spot,
    });
  }
}
