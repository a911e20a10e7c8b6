import type { BranchAction } from "../language/workflow.ts";
import type { NodeState } from "./node.ts";
import { placeOf } from "./place.ts";
import type { RunState } from "./state.ts";
import { addCases, noCases, type RouteEnd, casesOf, type Cases } from "./cases.ts";

/** True for a branch that chooses by what has worked. */
export function isAdaptive({ plan: { step } }: NodeState): boolean {
  return step.action.kind === "branch" && learnsFrom(step.action);
}

export function learnsFrom({ adaptive, balance }: BranchAction): boolean {
  return adaptive === true || balance === true;
}

/** What is known of a way: from runs before, and from what this run did itself. */
export function knownOf(state: RunState, node: NodeState, way: string): Cases {
  const place = placeOf(node.address);
  const before = state.learning.before[place]?.[way] ?? noCases;
  return addCases(before, state.learning.own.get(place)?.get(way) ?? noCases);
}

/** A way has ended: if its branch chooses by what has worked, the next decision there knows. */
export function learnFrom(state: RunState, way: NodeState): void {
  const branch = way.parent;
  if (!branch || !isAdaptive(branch)) return;
  const end = routeEnd(way);
  if (!end) return;
  const place = placeOf(branch.address);
  const known = state.learning.own.get(place) ?? new Map<string, Cases>();
  const name = way.plan.step.name;
  known.set(name, addCases(known.get(name) ?? noCases, casesOf(end)));
  state.learning.own.set(place, known);
}

/**
 * What came of a way that has ended: good when it ended well and no failure in it was put up with (losers of a race
 * are none). Undefined when it was stopped before it could say.
 */
export function routeEnd(way: NodeState): RouteEnd | undefined {
  if (way.end === "cancelled" || way.end === "blocked") return undefined;
  const sums = { costUsd: 0, unknown: false, failed: false };
  sum(way, sums, false);
  return { good: way.satisfied && !sums.failed, costUsd: sums.unknown ? null : sums.costUsd };
}

interface Sums {
  costUsd: number;
  unknown: boolean;
  failed: boolean;
}

function sum(node: NodeState, sums: Sums, raced: boolean): void {
  sums.costUsd += node.costUsd;
  sums.unknown ||= node.costUnknown;
  if (node.end === "failed" && !raced) sums.failed = true;
  const { action } = node.plan.step;
  const enough = action.kind === "chain" && action.join !== undefined && node.satisfied;
  for (const child of node.children) sum(child, sums, raced || enough);
}
