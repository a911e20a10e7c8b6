import type { Seen } from "../events.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import { seenBy } from "../reads.ts";
import { scopeOf } from "../scope.ts";
import type { NodeState } from "../state.ts";
import { endFailed, endWell } from "./end.ts";
import { closeHolder, isOver } from "./group.ts";
import type { NodeKind } from "./node-kind.ts";
import { attempt, passesWhen } from "./when.ts";

/** Takes the first way whose condition is true, and writes down what it saw. */
export const branch: NodeKind = {
  start(draft, node) {
    if (passesWhen(draft, node)) decide(draft, node);
  },
  recover() {
    // Its way recovers by itself.
  },
  cancel() {
    // Ends when its way has.
  },
  goOn(draft, node) {
    if (isOver(draft.state, node)) closeHolder(draft, node);
  },
};

function decide(draft: Draft, node: NodeState): void {
  const saw: Seen[] = [];
  for (const [index, { way, condition }] of compiledStep(node.plan.step).ways.entries()) {
    if (!condition) return take(draft, node, { index, way, saw });
    const scope = scopeOf(draft.state, node);
    const result = attempt(() => condition.evaluate(scope));
    if ("failure" in result) return endFailed(draft, node, result.failure);
    saw.push({ way, condition: condition.source, value: result.value, read: seenBy(condition, scope) });
    if (result.value === true) return take(draft, node, { index, way, saw });
    if (result.value !== false) return endFailed(draft, node, noTruth(condition.source, result.value));
  }
  emit(draft, { type: "branch.decided", address: node.address, way: null, saw });
  endWell(draft, node, { end: "skipped", reason: "none of its conditions is true" });
}

function take(
  draft: Draft,
  node: NodeState,
  { index, way, saw }: { readonly index: number; readonly way: string; readonly saw: readonly Seen[] },
): void {
  emit(draft, { type: "branch.decided", address: node.address, way, saw });
  emit(draft, { type: "part.opened", address: node.address, part: `/${way}`, body: index, place: 0 });
}

function noTruth(source: string, value: unknown) {
  return {
    code: "EXPRESSION_FAILED",
    message: `Cannot decide the way: "${source}" gave ${JSON.stringify(value)}, not true or false`,
    fix: "compare the value with what you expect",
    class: "permanent",
  } as const;
}
