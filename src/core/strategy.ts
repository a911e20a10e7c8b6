import type { Chain, ErrorStrategy, Step } from "../language/workflow.ts";
import type { NodeState } from "./node.ts";
import type { Block } from "./plan.ts";

/** What a step's failure means to its block: what the step says, else what the block does. Nothing stands in for itself. */
export function strategyOf({ name, errorStrategy }: Step, chain: Chain | undefined): ErrorStrategy {
  const strategy = errorStrategy ?? chain?.errorStrategy ?? "stop";
  return typeof strategy === "object" && strategy.fallback === name ? "stop" : strategy;
}

/** Name of the step that runs in its place when it fails. */
export function fallbackNameOf(step: Step, chain: Chain | undefined): string | undefined {
  const strategy = strategyOf(step, chain);
  return typeof strategy === "object" ? strategy.fallback : undefined;
}

/** The fallback that took over from a node that failed. */
export function takerOf({ fallback, parent }: NodeState): NodeState | undefined {
  const block = parent?.plan.block;
  if (fallback === undefined || !block) return undefined;
  return parent.children[placesIn(block).get(fallback) ?? -1];
}

/** The fallbacks that took over from a node, one from the other. */
export function takersOf(node: NodeState): readonly NodeState[] {
  const found = new Set<NodeState>();
  // a log of a workflow that nobody checked may have a circle of them
  for (let at = takerOf(node); at && !found.has(at); at = takerOf(at)) found.add(at);
  return [...found];
}

const places = new WeakMap<Block, ReadonlyMap<string, number>>();

function placesIn(block: Block): ReadonlyMap<string, number> {
  const known = places.get(block) ?? new Map(block.nodes.map(({ step, index }) => [step.name, index]));
  places.set(block, known);
  return known;
}

/** How many steps of a block run though none fails: all but its fallbacks. */
export function countAwake(block: Block | undefined): number {
  return block?.nodes.filter(({ dormant }) => !dormant).length ?? 0;
}
