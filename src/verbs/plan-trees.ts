import type { WorkspaceMode } from "../core/workspace.ts";
import { withLanes } from "../language/lanes.ts";
import type { LandingGate } from "../language/gate.ts";
import { blocksOf, mayWrite } from "../language/may-write.ts";
import type { Chain, Step, Workflow } from "../language/workflow.ts";
import { type ConflictStrategy, defaultMerge, type MergeRules } from "../language/workspace.ts";
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
  /** Something in it may write and does not say which files: it may meet with the others when it lands. */
  readonly undeclared?: true;
  /** What becomes of lines that another has changed meanwhile. */
  readonly conflicts: ConflictStrategy;
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
  const rules = { ...defaultMerge, ...merge };
  const own = mode === "shared" ? [] : ownTrees(chain, rules).filter(({ address }) => !isSkipped(address));
  return { trees: { mode, own, merge: rules } };
}

function ownTrees(chain: Chain, rules: MergeRules): readonly OwnTree[] {
  return placedSteps(chain).flatMap(({ address, step }): OwnTree[] => {
    const of = kindOf(step);
    if (!of) return [];
    const conflicts = landingOf(step)?.strategy ?? rules.conflicts;
    return [{ address, of, ...(isUndeclared(step) ? { undeclared: true } : {}), conflicts }];
  });
}

function kindOf({ action, lane }: Step): OwnTree["of"] | undefined {
  if (action.kind === "each" && action.lanes) return "items";
  if (!lane) return undefined;
  return chainsOf(action).length > 0 ? "block" : "step";
}

/** Its own gate, or that of the step which lands what a block did. */
function landingOf({ action, gates }: Step): LandingGate | undefined {
  const inside = chainsOf(action).flatMap(({ chain }) =>
    chain.steps.flatMap((step) => (step.action.kind === "land" ? step.gates : [])),
  );
  return [...gates, ...inside].find((gate) => gate.kind === "landing");
}

function isUndeclared(step: Step): boolean {
  if (step.writes.length > 0 || step.mayWrite === "no") return false;
  const blocks = blocksOf(step.action);
  return blocks.length === 0 ? step.lane === true || mayWrite(step) : blocks.some(hasUndeclared);
}

function hasUndeclared({ steps }: Chain): boolean {
  return steps.some(isUndeclared);
}
