import type { Block, PlanNode } from "../core/plan.ts";

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
  const covered = Map.groupBy(block.nodes, (node) => fallbackNameOf(node, block));
  return dormant.map((node) => ({ node, of: covered.get(node.step.name) ?? [] }));
}

/** Nothing stands in for a fallback: when it fails, its block does. */
function fallbackNameOf({ step, dormant }: PlanNode, { chain }: Block): string | undefined {
  const strategy = step.errorStrategy ?? chain.errorStrategy;
  return dormant || typeof strategy === "string" ? undefined : strategy.fallback;
}
