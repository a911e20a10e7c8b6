import type { Expression } from "../../expression/expression.ts";
import type { Seen } from "../events.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import { isAdaptive, knownOf } from "../learned.ts";
import type { Failure } from "../outcome.ts";
import type { PlanNode } from "../plan.ts";
import { type Choice, choose } from "../policies/adaptive.ts";
import { seenBy } from "../reads.ts";
import { scopeOf } from "../scope.ts";
import { type NodeState, wayOf } from "../node.ts";
import type { RunState } from "../state.ts";
import { endFailed, endWell } from "./end.ts";
import { closeHolder, isOver } from "./group.ts";
import type { NodeKind } from "./node-kind.ts";
import { attempt, passesWhen } from "./when.ts";

/**
 * Takes the first way whose condition is true, or, where it is adaptive, that of them which has worked best; and writes
 * down what it saw.
 */
export const branch: NodeKind = {
  start(draft, node) {
    if (passesWhen(draft, node)) decide(draft, node);
  },
  recover(draft, node) {
    // Its way recovers by itself; but the process may have ended between the decision for none and what follows from it.
    skipWithoutWay(draft, node);
  },
  cancel() {
    // Ends when its way has.
  },
  goOn(draft, node) {
    if (isOver(draft.state, node)) closeHolder(draft, node);
  },
};

function decide(draft: Draft, node: NodeState): void {
  const adaptive = isAdaptive(node);
  let saw: readonly Seen[] = [];
  let open: readonly string[] = [];
  for (const { way, condition } of compiledStep(node.plan.step).ways) {
    if (condition) {
      const { seen, failure } = look(draft, node, { way, condition });
      if (failure && open.length === 0) return endFailed(draft, node, failure);
      saw = [...saw, seen];
      if (seen.value !== true) continue;
    }
    open = [...open, way];
    if (!adaptive) break;
  }
  const [first, ...others] = open;
  const chosen =
    adaptive && first !== undefined
      ? chosenOf(draft.state, node, [first, ...others])
      : { way: first ?? null };
  emit(draft, { type: "branch.decided", address: node.address, ...chosen, saw });
  skipWithoutWay(draft, node);
}

interface Look {
  readonly seen: Seen;
  readonly failure?: Failure;
}

function look(
  { state }: Draft,
  node: NodeState,
  { way, condition }: { readonly way: string; readonly condition: Expression },
): Look {
  const { source } = condition;
  const scope = scopeOf(state, node);
  const result = attempt(() => condition.evaluate(scope));
  if ("failure" in result) {
    const { failure } = result;
    return { seen: { way, condition: source, value: null, read: {}, trouble: failure.message }, failure };
  }
  const { value } = result;
  const seen = { way, condition: source, value, read: seenBy(condition, scope) };
  if (typeof value === "boolean") return { seen };
  const failure = noTruth(source, value);
  return { seen: { ...seen, trouble: failure.message }, failure };
}

/** Nothing is done on a way without steps, which always works: it is taken only where it is the first. */
function chosenOf(
  state: RunState,
  node: NodeState,
  [first, ...others]: readonly [string, ...string[]],
): { readonly way: string; readonly choice: Omit<Choice, "way"> } {
  const declared = (way: string) => ({ way, tally: knownOf(state, node, way) });
  const worth = others.filter((way) => bodyOf(node, way)?.block?.nodes.length !== 0);
  const { way, ...choice } = choose([declared(first), ...worth.map(declared)], {
    seed: `${state.seed}|${node.address}|${state.life}`,
    before: state.learning.taken.get(node.address),
  });
  return { way, choice };
}

function bodyOf({ plan }: NodeState, way: string): PlanNode | undefined {
  return plan.bodies.find(({ step }) => step.name === way);
}

function skipWithoutWay(draft: Draft, node: NodeState): void {
  if (wayOf(node) !== null) return;
  endWell(draft, node, { end: "skipped", reason: "none of its conditions is true" });
}

function noTruth(source: string, value: unknown) {
  return {
    code: "EXPRESSION_FAILED",
    message: `Cannot decide the way: "${source}" gave ${JSON.stringify(value)}, not true or false`,
    fix: "compare the value with what you expect",
    class: "permanent",
  } as const;
}
