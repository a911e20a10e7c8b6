import type { BranchAction } from "../language/workflow.ts";
import type { Json } from "../expression/json.ts";
import type { NodeState } from "./node.ts";
import { isStoreFault } from "./policies/faults.ts";
import type { TriedWay } from "./tried-way.ts";

/** Branches whose ways are taken one after another until one ends well. */

/** What a node does that takes one way after another; undefined for every other node. */
export function triesNext({ plan: { step } }: NodeState): BranchAction | undefined {
  return step.action.kind === "branch" && step.action.onFailure === "next" ? step.action : undefined;
}

export type FailedWay = Omit<TriedWay, "output">;

/** The ways that have failed, in the order they were taken. */
export function failedWays(node: NodeState): readonly FailedWay[] {
  return triesNext(node) ? [...node.carried, ...failedNow(node).map(failedWay)] : [];
}

/** The same with what their steps gave all the same; `outputOf`: what a node gave. */
export function triedOf(node: NodeState, outputOf: (way: NodeState) => Json): readonly TriedWay[] {
  if (!triesNext(node)) return [];
  const tried = failedNow(node).map((way) => ({
    ...failedWay(way),
    // only what an expression names is worked out
    get output() {
      return outputOf(way);
    },
  }));
  return [...node.carried, ...tried];
}

function failedNow({ children }: NodeState): readonly NodeState[] {
  return children.filter(({ end }) => end === "failed");
}

function failedWay({ plan, failure }: NodeState): FailedWay {
  const { code = "COMMAND_FAILED", message = "it did not say why" } = failure ?? {};
  return { way: plan.step.name, error: { code, message } };
}

/** A way has failed, and another of its branch may be taken in its place, as far as that is known before conditions are asked. */
export function isFollowed(way: NodeState): boolean {
  const branch = way.parent;
  const action = branch && triesNext(branch);
  if (!action || way.end !== "failed" || isStoreFault(way.failure)) return false;
  if (branch.stopping || isCappedOutside(way)) return false;
  const { ways, maxTries = ways.length } = action;
  return failedWays(branch).length < Math.min(ways.length, maxTries);
}

/** A cap that holds for the other ways as well was reached. */
function isCappedOutside({ failure, address }: NodeState): boolean {
  return failure?.capOf !== undefined && !failure.capOf.startsWith(`${address}/`);
}

/** It lies in a way that has failed and in whose place another was taken: what it came to matters no more. */
export function isPassedOver(node: NodeState): boolean {
  for (let at = node; at.parent; at = at.parent)
    if (at.end === "failed" && triesNext(at.parent) && at.parent.children.at(-1) !== at) return true;
  return false;
}
