import type { Report } from "../diagnostics/report.ts";
import type { BlockDraft, StepDraft, WorkflowDraft } from "../drafts.ts";
import { dormantNames } from "./known.ts";
import { allSteps } from "./names.ts";

/** What the checks of references look up again and again. */
export interface ScopeIndex {
  readonly report: Report;
  readonly workflow: WorkflowDraft;
  /** Every step of every block, by name. */
  readonly anywhere: ReadonlyMap<string, StepDraft>;
  /** The workflow's own `env:`. */
  readonly variables: ReadonlyMap<string, unknown>;
  dormant(block: BlockDraft): ReadonlySet<string>;
  /** The names a step of this block can see, those of its own block first. */
  visible(block: BlockDraft): readonly string[];
  /** Those of them with a dash in them. */
  dashed(block: BlockDraft): readonly string[];
}

export function scopeIndex(report: Report, workflow: WorkflowDraft): ScopeIndex {
  const anywhere = new Map<string, StepDraft>();
  for (const step of allSteps(workflow.block)) {
    if (!anywhere.has(step.name)) anywhere.set(step.name, step);
  }
  const visible = oncePerBlock(visibleNames);
  return {
    report,
    workflow,
    anywhere,
    variables: new Map(Object.entries(workflow.env)),
    dormant: oncePerBlock(dormantNames),
    visible,
    dashed: oncePerBlock((block) => visible(block).filter((name) => name.includes("-"))),
  };
}

/** Many findings ask the same of the same block. */
function oncePerBlock<T>(find: (block: BlockDraft) => T): (block: BlockDraft) => T {
  const found = new Map<BlockDraft, { readonly value: T }>();
  return (block) => {
    const known = found.get(block) ?? { value: find(block) };
    found.set(block, known);
    return known.value;
  };
}

/** The step of this name in the step's own block or in one around it, nearest first. */
export function visibleStep(from: StepDraft, name: string): StepDraft | undefined {
  for (let block: BlockDraft | undefined = from.block; block; block = block.owner?.block) {
    const found = block.byName.get(name);
    if (found) return found;
  }
  return undefined;
}

function visibleNames(from: BlockDraft): readonly string[] {
  const names: string[][] = [];
  for (let block: BlockDraft | undefined = from; block; block = block.owner?.block) {
    names.push([...block.byName.keys()]);
  }
  return names.flat();
}

/** The step itself, or the group around it that lies in this block. */
export function anchorIn(from: StepDraft, block: BlockDraft): StepDraft | undefined {
  for (let step: StepDraft | undefined = from; step; step = step.block.owner) {
    if (step.block === block) return step;
  }
  return undefined;
}

/** Why a step can never see results of another; undefined when it can. */
export function neverRuns(
  index: ScopeIndex,
  { from, target, gate }: { readonly from: StepDraft; readonly target: StepDraft; readonly gate: boolean },
): { readonly why: string; readonly fix: string } | undefined {
  const anchor = anchorIn(from, target.block);
  if (anchor === target && from === target) {
    return gate
      ? undefined
      : {
          why: "a step has no results before it ran",
          fix: "refer to it in its gates only, or to an earlier step",
        };
  }
  if (anchor === target) {
    return {
      why: `"${from.name}" lies inside it and ends before it does`,
      fix: "refer to a step beside this one",
    };
  }
  if (!index.dormant(target.block).has(target.name)) return undefined;
  const covered = target.block.steps.find((step) => step.fallback?.name === target.name);
  return {
    why: "it is a fallback and runs only when another step fails",
    fix: covered
      ? `refer to "${covered.name}", whose output is that of its fallback when the fallback ran`
      : "refer to the step that failed, whose output is then that of the fallback",
  };
}
