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
import { type TriedWay, triedOf } from "../tried.ts";
import { endFailed, endWell, stepCancelled } from "./end.ts";
import { closeHolder, isOver } from "./group.ts";
import type { NodeKind } from "./node-kind.ts";
import { attempt, passesWhen } from "./when.ts";

/**
 * Takes the first way whose condition is true, or, where it is adaptive, that of them which has worked best; and writes
 * down what it saw. When that way fails, it may take another.
 */
export const branch: NodeKind = {
  start(draft, node) {
    // it stands in the queue again when its way has failed
    if (node.decided || passesWhen(draft, node)) decide(draft, node);
  },
  recover(draft, node) {
    // Its way recovers by itself; but the process may have ended between the decision for none and what follows from it.
    endWithoutWay(draft, node);
  },
  cancel(draft, node) {
    // Else it ends when its way has.
    if (node.phase === "ready") endFailed(draft, node, stepCancelled);
  },
  goOn(draft, node) {
    if (isOver(draft.state, node)) closeHolder(draft, node);
  },
};

function decide(draft: Draft, node: NodeState): void {
  const { state } = draft;
  const before = node.decided ? undefined : (state.learning.taken.get(node.address)?.way ?? undefined);
  const tried = triedOf(node);
  const found = openWays(draft, node, { all: isAdaptive(node) || before !== undefined, tried });
  if ("code" in found) return endFailed(draft, node, found);
  const { open, saw } = found;
  const last = tried.at(-1);
  const after = last ? { after: { way: last.way, failure: last.error } } : {};
  emit(draft, {
    type: "branch.decided",
    address: node.address,
    ...wayAmong(state, node, { open, before }),
    saw,
    ...after,
  });
  endWithoutWay(draft, node);
}

interface Found {
  /** Ways that may be taken, in the order they were declared. */
  readonly open: readonly string[];
  readonly saw: readonly Seen[];
}

/** `all`: also what comes after the first that may be taken. */
function openWays(
  draft: Draft,
  node: NodeState,
  { all, tried }: { readonly all: boolean; readonly tried: readonly TriedWay[] },
): Found | Failure {
  let saw: readonly Seen[] = [];
  let open: readonly string[] = [];
  for (const { way, condition } of compiledStep(node.plan.step).ways) {
    if (tried.some((one) => one.way === way)) continue;
    if (condition) {
      const { seen, failure } = look(draft, node, { way, condition });
      if (failure && open.length === 0) return failure;
      saw = [...saw, seen];
      if (seen.value !== true) continue;
    }
    open = [...open, way];
    if (!all) break;
  }
  return { open, saw };
}

function wayAmong(
  state: RunState,
  node: NodeState,
  { open, before }: { readonly open: Found["open"]; readonly before: string | undefined },
): { readonly way: string | null; readonly choice?: Omit<Choice, "way"> } {
  const [first, ...others] = open;
  if (first === undefined) return { way: null };
  if (isAdaptive(node)) return chosenOf(state, node, { ways: [first, ...others], before });
  return { way: before !== undefined && open.includes(before) ? before : first };
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
  {
    ways: [first, ...others],
    before,
  }: { readonly ways: readonly [string, ...string[]]; readonly before: string | undefined },
): { readonly way: string; readonly choice: Omit<Choice, "way"> } {
  const declared = (way: string) => ({ way, tally: knownOf(state, node, way) });
  const worth = others.filter((way) => bodyOf(node, way)?.block?.nodes.length !== 0);
  const { way, ...choice } = choose([declared(first), ...worth.map(declared)], {
    seed: `${state.seed}|${node.address}|${state.life}`,
    before,
  });
  return { way, choice };
}

function bodyOf({ plan }: NodeState, way: string): PlanNode | undefined {
  return plan.bodies.find(({ step }) => step.name === way);
}

/** It is skipped where none was ever taken, and has failed where those that were have. */
function endWithoutWay(draft: Draft, node: NodeState): void {
  if (wayOf(node) !== null) return;
  if (node.stopping && triedOf(node).length > 0) return closeHolder(draft, node);
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
