import type { Block, Plan, PlanNode } from "../core/plan.ts";
import { toolOf, type Tool } from "../core/tools.ts";
import { blocksIn } from "./plan-parts.ts";

/** Steps that begin side by side and work with the same: what one of them makes ready serves the others. */
export interface PlannedGroup extends Omit<Tool, "key"> {
  /** Addresses, in the order in which they begin. */
  readonly steps: readonly string[];
}

/** Of all blocks, outermost first; items of a list are one step here. */
export function groupsPlan(
  { root }: Plan,
  isSkipped: (address: string) => boolean,
): { readonly groups?: readonly PlannedGroup[] } {
  const groups = groupsIn(root, { prefix: "", isSkipped });
  return groups.length > 0 ? { groups } : {};
}

interface Place {
  readonly prefix: string;
  readonly isSkipped: (address: string) => boolean;
}

function groupsIn(block: Block, place: Place): readonly PlannedGroup[] {
  const { prefix, isSkipped } = place;
  const nodes = new Map(block.nodes.map((node) => [node.step.name, node]));
  const own = block.schedule.levels.flatMap((level) => {
    const begin = level.flatMap((name) => nodes.get(name) ?? []);
    const kept = begin.filter(({ step }) => !isSkipped(prefix + step.name));
    return [...Map.groupBy(kept, ({ group }) => group).values()].flatMap((same) => groupOf(same, prefix));
  });
  const inner = block.nodes.flatMap((node) => blocksIn(node, prefix + node.step.name));
  return [
    ...own,
    ...inner.flatMap((held) =>
      isSkipped(held.address) ? [] : groupsIn(held.block, { ...place, prefix: `${held.address}/` }),
    ),
  ];
}

function groupOf(nodes: readonly PlanNode[], prefix: string): readonly PlannedGroup[] {
  const tool = nodes.length > 1 && nodes[0] ? toolOf(nodes[0].step) : undefined;
  if (!tool) return [];
  const { key: _, ...shared } = tool;
  return [{ ...shared, steps: nodes.map(({ step }) => prefix + step.name) }];
}
