import type { BlockDraft, StepDraft } from "../drafts.ts";
import { topologicalOrder } from "../graph.ts";
import type { ScopeIndex } from "./scope.ts";

/** The fallback steps of a block: they run only when another step fails. */
export function dormantNames(block: BlockDraft): ReadonlySet<string> {
  const fallbacks = [block.fallback, ...block.steps.map((step) => step.fallback)];
  return new Set(fallbacks.flatMap((use) => (use ? [use.name] : [])));
}

/** The steps of a block that a fallback stands in for, by its name. */
export type Covered = ReadonlyMap<string | undefined, readonly StepDraft[]>;

export function coveredIn(block: BlockDraft): Covered {
  return Map.groupBy(block.steps, fallbackNameOf);
}

/** Nothing stands in for itself, although its block may say so of all its steps. */
function fallbackNameOf({ name, body, block }: StepDraft): string | undefined {
  const strategy = body.errorStrategy ?? block.errorStrategy;
  return typeof strategy === "object" && strategy.fallback !== name ? strategy.fallback : undefined;
}

/** The steps that a fallback stands in for, and those that the fallbacks among them do. */
export function allBehind(covered: Covered, { name }: StepDraft): ReadonlySet<StepDraft> {
  const found = new Set(covered.get(name));
  for (const step of found) for (const behind of covered.get(step.name) ?? []) found.add(behind);
  return found;
}

/** True when the fallback never runs without the other one having failed before. */
export function comesAfter(covered: Covered, { name }: StepDraft, other: StepDraft): boolean {
  const ways = new Set(covered.get(name));
  // a step that nothing stands behind fails first: the other one is on no way from it
  for (const step of ways) {
    if (step === other) continue;
    const behind = covered.get(step.name);
    if (!behind) return false;
    for (const next of behind) ways.add(next);
  }
  return ways.has(other);
}

/** Reports fallbacks that stand in for each other in a circle. */
export function checkFallbackCircles({ report }: ScopeIndex, block: BlockDraft): void {
  const nodes = block.steps.map((step) => ({ name: step.name, deps: [fallbackNameOf(step) ?? []].flat() }));
  for (const cycle of topologicalOrder(nodes).cycles) {
    const first = block.byName.get(cycle[0] ?? "");
    report.add({
      code: "CYCLE",
      message: `Cannot fall back in a circle "${cycle.join(" → ")}": each would run in place of the one before it`,
      fix: `let one of them have no fallback, as with "error_strategy: stop"`,
      ...(first ? { at: first.fallback?.spot ?? first.nameSpot } : {}),
    });
  }
}
