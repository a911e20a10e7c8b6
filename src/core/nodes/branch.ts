import type { Seen } from "../events.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import { seenBy } from "../reads.ts";
import { scopeOf } from "../scope.ts";
import { type NodeState, wayOf } from "../node.ts";
import { endFailed, endStopped, endWell } from "./end.ts";
import { closeHolder, isOver } from "./group.ts";
import type { NodeKind } from "./node-kind.ts";
import { attempt, passesWhen } from "./when.ts";

/** Takes the first way whose condition is true, and writes down what it saw. */
export const branch: NodeKind = {
  start(draft, node) {
    if (passesWhen(draft, node)) decide(draft, node);
  },
  recover(draft, node) {
    // Its way recovers by itself; but the process may have ended between the decision and what follows from it.
    const way = wayOf(node);
    if (way !== undefined && node.children.length === 0) follow(draft, node, way);
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
  for (const { way, condition } of compiledStep(node.plan.step).ways) {
    if (!condition) return take(draft, node, { way, saw });
    const scope = scopeOf(draft.state, node);
    const result = attempt(() => condition.evaluate(scope));
    if ("failure" in result) return endFailed(draft, node, result.failure);
    saw.push({ way, condition: condition.source, value: result.value, read: seenBy(condition, scope) });
    if (result.value === true) return take(draft, node, { way, saw });
    if (result.value !== false) return endFailed(draft, node, noTruth(condition.source, result.value));
  }
  take(draft, node, { way: null, saw });
}

function take(
  draft: Draft,
  node: NodeState,
  { way, saw }: { readonly way: string | null; readonly saw: readonly Seen[] },
): void {
  emit(draft, { type: "branch.decided", address: node.address, way, saw });
  follow(draft, node, way);
}

function follow(draft: Draft, node: NodeState, way: string | null): void {
  if (way === null) return endWell(draft, node, { end: "skipped", reason: "none of its conditions is true" });
  if (node.stopping) return endStopped(draft, node);
  const body = node.plan.bodies.findIndex(({ step }) => step.name === way);
  emit(draft, { type: "part.opened", address: node.address, part: `/${way}`, body, place: 0 });
}

function noTruth(source: string, value: unknown) {
  return {
    code: "EXPRESSION_FAILED",
    message: `Cannot decide the way: "${source}" gave ${JSON.stringify(value)}, not true or false`,
    fix: "compare the value with what you expect",
    class: "permanent",
  } as const;
}
