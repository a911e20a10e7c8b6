import type { BlockDraft, StepDraft } from "../drafts.ts";
import type { ScopeIndex } from "./scope.ts";
import { allBehind, dormantNames } from "./standing-in.ts";

/**
 * Reports what a fallback needs that may not have ended when it starts: it starts the moment that a step it stands for
 * has failed. So it may need those steps themselves, and what all of them wait for. `order` is that of the block's steps
 * with their conflicts added.
 */
export function checkFallbackNeeds(index: ScopeIndex, block: BlockDraft, order: readonly StepDraft[]): void {
  const dormant = dormantNames(block);
  const fallbacks = order.filter((step) => dormant.has(step.name) && step.needs.size > 0);
  if (fallbacks.length === 0) return;
  const awake = order.filter((step) => !dormant.has(step.name));
  const { after, waitsFor } = orderOf(block, awake);
  for (const fallback of fallbacks) {
    const covered = [...allBehind(index.covered(block), fallback)].filter(({ name }) => !dormant.has(name));
    for (const name of fallback.needs.keys()) {
      const needed = dormant.has(name) ? undefined : block.byName.get(name);
      const first = needed && covered.find((step) => !after(step, needed));
      if (first) complainOf(index, { fallback, needed, covered: first, circular: waitsFor(needed, first) });
    }
  }
}

interface Order {
  /** True when the second step has certainly ended before the first one starts, or is that step. */
  readonly after: (step: StepDraft, needed: StepDraft) => boolean;
  /** True when the first step waits for the second, or is that step. */
  readonly waitsFor: (step: StepDraft, needed: StepDraft) => boolean;
}

function orderOf(block: BlockDraft, awake: readonly StepDraft[]): Order {
  const dependents = dependentsOf(awake);
  // Only of the last one asked about: of a large block, that of every step would fill the memory.
  let last: { readonly needed: StepDraft; readonly reached: ReadonlySet<StepDraft> } | undefined;
  const waitsFor = (step: StepDraft, needed: StepDraft) => {
    if (step.needs.has(needed.name)) return true;
    if (last?.needed !== needed) last = { needed, reached: reachedFrom(needed, dependents) };
    return last.reached.has(step);
  };
  if (block.parallelWherePossible || block.parallelAlways === true) return { after: waitsFor, waitsFor };
  const position = new Map(awake.map((step, at) => [step, at]));
  const after = (step: StepDraft, needed: StepDraft) =>
    (position.get(needed) ?? 0) <= (position.get(step) ?? 0);
  return { after, waitsFor };
}

function dependentsOf(steps: readonly StepDraft[]): ReadonlyMap<string, readonly StepDraft[]> {
  const dependents = new Map<string, StepDraft[]>();
  for (const step of steps) {
    for (const name of step.needs.keys()) {
      const known = dependents.get(name);
      if (known) known.push(step);
      else dependents.set(name, [step]);
    }
  }
  return dependents;
}

function reachedFrom(
  step: StepDraft,
  dependents: ReadonlyMap<string, readonly StepDraft[]>,
): ReadonlySet<StepDraft> {
  const found = new Set([step]);
  for (const at of found) for (const next of dependents.get(at.name) ?? []) found.add(next);
  return found;
}

interface Complaint {
  readonly fallback: StepDraft;
  readonly needed: StepDraft;
  readonly covered: StepDraft;
  /** The needed step waits for the one that the fallback stands for. */
  readonly circular: boolean;
}

function complainOf({ report }: ScopeIndex, { fallback, needed, covered, circular }: Complaint): void {
  report.add({
    code: "NEVER_RUNS",
    message: `Cannot use "${needed.name}" in the fallback "${fallback.name}": it starts as soon as "${covered.name}" has failed, and "${needed.name}" may not have ended by then`,
    fix: circular
      ? `name "${covered.name}" itself, or a step that it waits for`
      : `let "${covered.name}" wait for it too: depends_on: [${needed.name}]`,
    ...fallback.needSpots.get(needed.name),
  });
}
