import type { Block, PlanNode } from "../core/plan.ts";
import { countAwake } from "../core/strategy.ts";

/** A way of a branch, as it is drawn. */
export interface DrawnWay {
  readonly name: string;
  /** Its condition, or that it is taken when no other is. */
  readonly label: string;
  readonly block: Block;
}

/** The ways of a branch; none of another node. */
export function waysOf({ step: { action }, bodies }: PlanNode): readonly DrawnWay[] {
  if (action.kind !== "branch") return [];
  return action.ways.flatMap(({ name, when }, index) => {
    const block = bodies[index]?.block;
    return block ? [{ name, label: when === undefined ? "otherwise" : `if ${when}`, block }] : [];
  });
}

/** True when it may be that no way of the branch is taken. */
export function mayTakeNone({ step: { action } }: PlanNode): boolean {
  return action.kind === "branch" && action.ways.every(({ when }) => when !== undefined);
}

/** The block that a node holds and that is drawn in it: a group's, a loop's round, an each's item. */
export function blockIn({ block, bodies, kind }: PlanNode): Block | undefined {
  return kind === "branch" ? undefined : (block ?? bodies[0]?.block);
}

/** What there is to say of a node besides its name: how often it runs, or when it ends. */
export function aboutText({ step: { action }, block }: PlanNode): string {
  switch (action.kind) {
    case "loop": {
      const rounds = action.max === 1 ? "1 round" : `${action.max} rounds`;
      return action.until === undefined ? rounds : `until ${action.until}, at most ${rounds}`;
    }
    case "each": {
      const atOnce = action.concurrency === undefined ? "" : `, ${action.concurrency} at once`;
      return `for each ${action.as} of ${action.items}${atOnce}`;
    }
    case "branch":
      return action.onFailure === undefined ? "" : "one after another until one ends well";
    case "chain":
      return action.join === undefined
        ? ""
        : `${action.join === "any" ? "any" : action.join.quorum} of ${countAwake(block)}`;
    default:
      return "";
  }
}

/** The nodes that a block begins with. */
export function firstOf({ nodes }: Block): readonly PlanNode[] {
  return nodes.filter((node) => !node.dormant && node.needs.length === 0);
}

/** The nodes that nothing in the block comes after. */
export function lastOf({ nodes }: Block): readonly PlanNode[] {
  return nodes.filter((node) => !node.dormant && node.dependents.length === 0);
}
