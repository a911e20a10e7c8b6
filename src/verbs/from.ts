import { nodeAt, type RunState } from "../core/state.ts";
import { type NodeState } from "../core/node.ts";
import { TuttiError } from "../errors.ts";
import { fallbacksOf } from "./fallbacks.ts";
import { shellWord } from "../expression/shell-word.ts";

/** Throws when a run cannot be run again from this address: no node is there, or one that does not begin by itself. */
export function requireBeginning(state: RunState, from: string): void {
  const node = nodeAt(state, from);
  if (!node) {
    throw new TuttiError(
      "UNKNOWN_STEP",
      `Cannot resume from "${from}": the run has no node at this address`,
      { fix: `addresses are those that tutti show ${state.runId} prints` },
    );
  }
  if (!node.plan.dormant) return;
  const [first = from, ...others] = coveredBy(node);
  throw new TuttiError(
    "RUN_STATE",
    `Cannot resume from "${from}": it is a fallback, which runs only when another step fails`,
    {
      fix:
        others.length === 0
          ? `run that step again, and its fallback if it fails: tutti resume ${state.runId} --from ${shellWord(first)}`
          : `run one of its steps again with --from: ${[first, ...others].join(", ")}`,
    },
  );
}

/**
 * Addresses of the steps that a fallback took over from, or the fallbacks before it did; of all that it stands by for,
 * when of none yet.
 */
function coveredBy({ plan, parent }: NodeState): readonly string[] {
  const block = parent?.plan.block;
  if (!block) return [];
  const taken = Map.groupBy(parent.children, ({ fallback }) => fallback);
  const all = new Map(fallbacksOf(block).map(({ node, of }) => [node.step.name, of]));
  const names = new Set([plan.step.name]);
  for (const name of names) {
    const covered = taken.get(name)?.map((node) => node.plan) ?? all.get(name) ?? [];
    for (const { step } of covered) names.add(step.name);
  }
  const begin = parent.children.filter((node) => names.has(node.plan.step.name) && !node.plan.dormant);
  return begin.map(({ address }) => address);
}
