import type { WorkspaceMode } from "../core/workspace.ts";
import { withLanes } from "../language/lanes.ts";
import { blocksOf } from "../language/may-write.ts";
import type { Chain, Step, Workflow } from "../language/workflow.ts";
import { defaultMerge, type MergeRules } from "../language/workspace.ts";
import { modeOf } from "./ground.ts";
import type { Parts } from "./parts.ts";
import { chainsOf, placedSteps } from "./placed-steps.ts";

/** Where the steps of a run work, and what becomes of what they do there. */
export interface TreesPlan {
  readonly mode: WorkspaceMode;
  /** What works in trees of its own. */
  readonly own: readonly OwnTree[];
  readonly merge: MergeRules;
}

export interface OwnTree {
  readonly address: string;
  /** `items`: each item of the list. */
  readonly of: "step" | "block" | "items";
  /** Nothing says which files it writes: it may meet with the others when it lands. */
  readonly undeclared?: true;
}

/** Nothing where all work in the project's folder, and nothing is kept of it. */
export async function treesPlan(
  parts: Parts,
  workflow: Workflow,
  isSkipped: (address: string) => boolean,
): Promise<{ readonly trees?: TreesPlan }> {
  const mode = await modeOf(parts, workflow);
  if (mode === undefined) return {};
  const { chain, merge } = mode === "shared" ? workflow : withLanes(workflow, mode);
  const own = mode === "shared" ? [] : ownTrees(chain).filter(({ address }) => !isSkipped(address));
  return { trees: { mode, own, merge: { ...defaultMerge, ...merge } } };
}

function ownTrees(chain: Chain): readonly OwnTree[] {
  return placedSteps(chain).flatMap(({ address, step }): OwnTree[] => {
    const of = kindOf(step);
    if (!of) return [];
    return [{ address, of, ...(declares(step) ? {} : { undeclared: true }) }];
  });
}

function kindOf({ action, lane }: Step): OwnTree["of"] | undefined {
  if (action.kind === "each" && action.lanes) return "items";
  if (!lane) return undefined;
  return chainsOf(action).length > 0 ? "block" : "step";
}

function declares({ action, writes }: Step): boolean {
  if (writes.length > 0) return true;
  return blocksOf(action).some(({ steps }) => steps.some(declares));
}
