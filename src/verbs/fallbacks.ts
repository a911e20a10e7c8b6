import type { Block, PlanNode } from "../core/plan.ts";
import { fallbackNameOf } from "../core/strategy.ts";

/** A step that runs only when one of others fails. */
export interface Fallback {
  readonly node: PlanNode;
  /** The steps it stands in for. */
  readonly of: readonly PlanNode[];
}

/** The fallbacks of a block, in file order. */
export function fallbacksOf(block: Block): readonly Fallback[] {
  const dormant = block.nodes.filter((node) => node.dormant);
  if (dormant.length === 0) return [];
  const covered = Map.groupBy(block.nodes, ({ step }) => fallbackNameOf(step, block.chain));
  return dormant.map((node) => ({ node, of: covered.get(node.step.name) ?? [] }));
}
