import type { BranchAction } from "../../language/workflow.ts";
import { type CompiledWay, compiledStep } from "../compiled.ts";
import type { Seen } from "../events.ts";
import { isAdaptive, knownOf } from "../learned.ts";
import { isBalanced, loadOf } from "../loads.ts";
import type { NodeState } from "../node.ts";
import type { Failure } from "../outcome.ts";
import type { PlanNode } from "../plan.ts";
import { type Choice, choose } from "../policies/adaptive.ts";
import { assign, isFull, type Loaded } from "../policies/balance.ts";
import { seenBy, shortened } from "../reads.ts";
import { scopeOf } from "../scope.ts";
import type { RunState } from "../state.ts";
import { failedWays } from "../tried.ts";
import { attempt } from "./when.ts";

/** Which ways of a branch may be taken now, and which of them is. */

/** What was seen of the ways that had not failed before. */
export interface Found {
  /** Those that may be taken, in the order they were declared. */
  readonly open: readonly string[];
  readonly saw: readonly Seen[];
  /** The one that an earlier life took. */
  readonly before: string | undefined;
}

/** Asks the conditions, as many as it takes. */
export function openWays(state: RunState, node: NodeState): Found | Failure {
  const before = takenBefore(state, node);
  const isFirstEnough = !isAdaptive(node) && before === undefined;
  let saw: readonly Seen[] = [];
  let open: readonly string[] = [];
  for (const one of untried(node)) {
    const { seen, failure } = look(state, node, one);
    if (failure && open.length === 0) return failure;
    saw = [...saw, ...seen];
    if (seen.some(({ value }) => value !== true)) continue;
    open = [...open, one.way];
    if (isFirstEnough) break;
  }
  return { open, saw, before };
}

function takenBefore({ learning }: RunState, node: NodeState): string | undefined {
  return node.decided ? undefined : (learning.taken.get(node.address)?.way ?? undefined);
}

function untried(node: NodeState): readonly CompiledWay[] {
  const tried = new Set(failedWays(node).map(({ way }) => way));
  return compiledStep(node.plan.step).ways.filter(({ way }) => !tried.has(way));
}

interface Look {
  /** Empty: there is no condition. */
  readonly seen: readonly Seen[];
  readonly failure?: Failure;
}

function look(state: RunState, node: NodeState, { way, condition }: CompiledWay): Look {
  if (!condition) return { seen: [] };
  const source = shortened(condition.source);
  const scope = scopeOf(state, node);
  const result = attempt(() => condition.evaluate(scope));
  if ("failure" in result) {
    const { failure } = result;
    const trouble = failure.message;
    return { seen: [{ way, condition: source, value: null, read: {}, trouble }], failure };
  }
  const { value } = result;
  const seen = { way, condition: source, value, read: seenBy(condition, scope) };
  if (typeof value === "boolean") return { seen: [seen] };
  const failure = noTruth(source, value);
  return { seen: [{ ...seen, trouble: failure.message }], failure };
}

function noTruth(source: string, value: unknown) {
  return {
    code: "EXPRESSION_FAILED",
    message: `Cannot decide the way: "${source}" gave ${JSON.stringify(value)}, not true or false`,
    fix: "compare the value with what you expect",
    class: "permanent",
  } as const;
}

export interface Taken {
  /** Null: none may be taken. */
  readonly way: string | null;
  readonly choice?: Omit<Choice, "way">;
}

/** Most conditions that are written down of one decision; the log of many decisions among many ways stays small by it. */
const mostTold = 8;

/** What is written down of what was seen: the way that was taken first of all, then what had trouble, then what held. */
export function toldOf(
  saw: readonly Seen[],
  { way }: Pick<Taken, "way">,
): { readonly saw: readonly Seen[]; readonly unsaid?: number } {
  if (saw.length <= mostTold) return { saw };
  const tells = (one: Seen): number =>
    one.way === way ? 0 : one.trouble !== undefined ? 1 : one.value === true ? 2 : 3;
  const told = new Set(saw.toSorted((one, other) => tells(one) - tells(other)).slice(0, mostTold));
  return { saw: saw.filter((one) => told.has(one)), unsaid: saw.length - told.size };
}

/** Undefined: of those that may be taken none has room. */
export function wayAmong(state: RunState, node: NodeState, { open, before }: Found): Taken | undefined {
  const [first, ...others] = open;
  if (first === undefined) return { way: null };
  if (!isAdaptive(node)) return { way: before !== undefined && open.includes(before) ? before : first };
  // Nothing is done on a way without steps, which always works: it is taken only where it is the first.
  const worth = others.filter((way) => bodyOf(node, way)?.block?.nodes.length !== 0);
  const seed = `${state.seed}|${node.address}|${state.life}`;
  const declared = (way: string) => ({ way, cases: knownOf(state, node, way) });
  const choice = isBalanced(node)
    ? assign(
        [first, ...worth].map((way) => loadedOf(state, node, way)),
        { seed, before },
      )
    : choose([declared(first), ...worth.map(declared)], { seed, before });
  if (!choice) return undefined;
  const { way, ...rest } = choice;
  return { way, choice: rest };
}

function bodyOf({ plan }: NodeState, way: string): PlanNode | undefined {
  return plan.bodies.find(({ step }) => step.name === way);
}

/** How a way of a branch that balances stands. */
export function loadedOf(state: RunState, node: NodeState, way: string): Loaded {
  const { ways } = node.plan.step.action as BranchAction;
  const atOnce = ways.find(({ name }) => name === way)?.atOnce;
  return { way, cases: knownOf(state, node, way), load: loadOf(state, node, way), atOnce };
}

/** The ways that a branch may take and that have no room, while none has; undefined: it need not wait. */
export function fullWays(state: RunState, node: NodeState): readonly Loaded[] | undefined {
  if (!isBalanced(node) || !(node.decided ?? mayStart(state, node))) return undefined;
  const found = openWays(state, node);
  if ("code" in found || wayAmong(state, node, found)) return undefined;
  return found.open.map((way) => loadedOf(state, node, way)).filter(isFull);
}

/** Its `when`, if any, holds. */
function mayStart(state: RunState, node: NodeState): boolean {
  const { when } = compiledStep(node.plan.step);
  const result = when && attempt(() => when.evaluate(scopeOf(state, node)));
  return !result || ("value" in result && result.value === true);
}
