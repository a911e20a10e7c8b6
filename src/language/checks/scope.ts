import type { Report } from "../diagnostics/report.ts";
import { batchNames, type BlockDraft, type StepDraft, type WorkflowDraft } from "../drafts.ts";
import type { ReferenceAt } from "./complain.ts";
import { allSteps } from "./names.ts";
import { allBehind, comesAfter, type Covered, coveredIn, dormantNames } from "./standing-in.ts";

/** What the checks of references look up again and again. */
export interface ScopeIndex {
  readonly report: Report;
  readonly workflow: WorkflowDraft;
  /** Every step of every block, by name. */
  readonly anywhere: ReadonlyMap<string, StepDraft>;
  /** The workflow's own `env:`. */
  readonly variables: ReadonlyMap<string, unknown>;
  dormant(block: BlockDraft): ReadonlySet<string>;
  covered(block: BlockDraft): Covered;
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
    covered: oncePerBlock(coveredIn),
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

/**
 * True when the name stands for the item of a `for_each` around the text or for the records of a pipeline, and not for a
 * nearer step.
 */
export function isItem({ from, use }: Pick<ReferenceAt, "from" | "use">, name: string): boolean {
  if (use.names?.includes(name)) return true;
  if (!from) return false;
  if (use.where === "key" && itemNamesOf(from).includes(name)) return true;
  for (let block: BlockDraft | undefined = from.block; block; block = block.owner?.block) {
    if (block.byName.has(name)) return false;
    if (itemNamesOf(block.owner).includes(name)) return true;
  }
  return false;
}

const noNames: readonly string[] = [];

/** What the steps inside a step see by names that are no steps. */
function itemNamesOf(step: StepDraft | undefined): readonly string[] {
  if (step?.action.kind === "each") return [step.action.as];
  return step?.action.kind === "pipeline" ? batchNames : noNames;
}

function visibleNames(from: BlockDraft): readonly string[] {
  const names: string[][] = [];
  for (let block: BlockDraft | undefined = from; block; block = block.owner?.block) {
    names.push([...block.byName.keys()], [...itemNamesOf(block.owner)]);
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

/** True when a text lies inside the rounds of a loop, or is asked after each of them. */
export function isInRound(target: StepDraft, { from, use }: Pick<ReferenceAt, "from" | "use">): boolean {
  if (target.action.kind !== "loop" || !from) return false;
  if (from === target) return use.where === "round";
  return anchorIn(from, target.block) === target;
}

/** True when a text lies on a way of a branch, or says whether one may be taken: which have failed by then can be asked. */
export function isBeforeEnd(target: StepDraft, { from, use }: Pick<ReferenceAt, "from" | "use">): boolean {
  if (target.action.kind !== "branch" || !from) return false;
  if (from === target) return use.way === true;
  return anchorIn(from, target.block) === target;
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
  return outOfFallback(index, { anchor, target });
}

/** A fallback may not run at all: only one that takes over from it can see what became of it. */
function outOfFallback(
  index: ScopeIndex,
  { anchor, target }: { readonly anchor: StepDraft | undefined; readonly target: StepDraft },
): { readonly why: string; readonly fix: string } | undefined {
  const dormant = index.dormant(target.block);
  if (!dormant.has(target.name)) return undefined;
  const covered = index.covered(target.block);
  if (anchor && comesAfter(covered, anchor, target)) return undefined;
  const first = [...allBehind(covered, target)].find(({ name, fallback }) => fallback && !dormant.has(name));
  return {
    why: "it is a fallback and runs only when another step fails",
    fix: first
      ? `refer to "${first.name}", whose output is that of its fallback when the fallback ran`
      : "refer to the step that failed, whose output is then that of the fallback",
  };
}
