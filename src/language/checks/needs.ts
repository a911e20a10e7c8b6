import { blocksIn, type BlockDraft, type NameUse, type StepDraft } from "../drafts.ts";
import { topologicalOrder } from "../graph.ts";
import { shown } from "../read/loading.ts";
import { allSteps } from "./names.ts";
import { anchorIn, neverRuns, type ScopeIndex, visibleStep } from "./scope.ts";

/** Checks every name in `depends_on` and `error_strategy` and turns the former into needs. */
export function checkDependencies(index: ScopeIndex): void {
  const { block } = index.workflow;
  if (block.fallback) checkFallback(index, block.fallback, { block });
  for (const step of allSteps(block)) {
    for (const use of step.dependsOn) checkDependency(index, step, use);
    if (step.fallback) checkFallback(index, step.fallback, { block: step.block, of: step });
    for (const inner of blocksIn(step)) {
      if (inner.fallback) checkFallback(index, inner.fallback, { block: inner });
    }
  }
}

function checkDependency(index: ScopeIndex, from: StepDraft, { name, spot }: NameUse): void {
  const target = visibleStep(from, name);
  if (!target) return unknownStep(index, from, { name, spot });
  const never = target === from ? undefined : neverRuns(index, { from, target, gate: false });
  if (never) {
    const message = `Cannot wait for "${name}": ${never.why}`;
    return index.report.add({ code: "NEVER_RUNS", message, fix: never.fix, at: spot });
  }
  const anchor = anchorIn(from, target.block);
  anchor?.needs.set(name, { step: name, because: "depends_on" });
  anchor?.needSpots.set(name, { at: spot });
}

function unknownStep(index: ScopeIndex, from: StepDraft, { name, spot }: NameUse): void {
  const elsewhere = index.anywhere.get(name)?.block.owner;
  const guess = index.report.nearest(name, index.visible(from.block));
  index.report.add({
    code: "UNKNOWN_STEP",
    message: elsewhere
      ? `Cannot wait for "${shown(name)}": it lies inside "${elsewhere.name}"`
      : `Cannot wait for "${shown(name)}": there is no step of this name`,
    fix: elsewhere
      ? `write "${elsewhere.name}"`
      : guess
        ? `write "${guess}"`
        : "name a step of the same chain",
    at: spot,
  });
}

/** The fallback of a step, which is another one, or of a whole block. */
function checkFallback(
  { report }: ScopeIndex,
  { name, spot }: NameUse,
  { block, of }: { readonly block: BlockDraft; readonly of?: StepDraft },
): void {
  if (block.byName.has(name) && name !== of?.name) return;
  const guess = report.nearest(name, block.byName, { except: of?.name });
  report.add({
    code: "UNKNOWN_STEP",
    message: `Cannot fall back to "${shown(name)}": there is no other step of this name in the same chain`,
    fix: guess ? `write "${guess}"` : "name a step of the same chain",
    at: spot,
  });
}

/** Reports every cycle of the steps of one block; gives the order of the steps when there is none. */
export function checkCycles(
  index: ScopeIndex,
  steps: readonly StepDraft[],
): readonly StepDraft[] | undefined {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const { order, cycles } = topologicalOrder(
    steps.map((step) => ({ name: step.name, deps: step.needs.keys() })),
  );
  for (const cycle of cycles) reportCycle(index, cycle, byName);
  return cycles.length > 0 ? undefined : order.flatMap((name) => byName.get(name) ?? []);
}

/** More than this many names of one cycle are not all shown. */
const mostShown = 100;

function briefly(all: readonly string[], what: string): readonly string[] {
  if (all.length <= mostShown) return all;
  const half = mostShown / 2;
  return [...all.slice(0, half), `… ${all.length - mostShown} more ${what}s …`, ...all.slice(-half)];
}

function reportCycle(
  index: ScopeIndex,
  cycle: readonly string[],
  byName: ReadonlyMap<string, StepDraft>,
): void {
  const first = byName.get(cycle[0] ?? "");
  const reasons = cycle.slice(0, -1).map((name, at) => {
    const need = byName.get(name)?.needs.get(cycle[at + 1] ?? "");
    return `${name} needs ${cycle[at + 1]} (${need?.detail ?? "depends_on"})`;
  });
  index.report.add({
    code: "CYCLE",
    message: `Cannot order the steps "${briefly(cycle, "name").join(" → ")}": each waits for the next`,
    fix: `take one of these out: ${briefly(reasons, "need").join("; ")}`,
    ...(first ? { at: first.nameSpot } : {}),
  });
}
