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
  dormant(block: BlockDraft): ReadonlySet<string>;
}

export function scopeIndex(report: Report, workflow: WorkflowDraft): ScopeIndex {
  const anywhere = new Map<string, StepDraft>();
  for (const step of allSteps(workflow.block)) {
    if (!anywhere.has(step.name)) anywhere.set(step.name, step);
  }
  const dormant = new Map<BlockDraft, ReadonlySet<string>>();
  return {
    report,
    workflow,
    anywhere,
    dormant(block) {
      const known = dormant.get(block) ?? dormantNames(block);
      dormant.set(block, known);
      return known;
    },
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

export function visibleNames(from: StepDraft): string[] {
  const names: string[] = [];
  for (let block: BlockDraft | undefined = from.block; block; block = block.owner?.block) {
    names.push(...block.byName.keys());
  }
  return names;
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
