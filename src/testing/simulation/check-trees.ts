import type { RunState } from "../../core/state.ts";
import { isHolder, type NodeState } from "../../core/node.ts";
import { must } from "./same.ts";
import type { TreesModel } from "./trees.ts";

/**
 * Holds a run that has ended against its trees: what a step did that ended well is in the tree it landed in, or in its own as
 * long as that has not landed; and what a program did was done once there, however often it was cut off.
 */
export function checkTrees(model: TreesModel, state: RunState): void {
  const { trees } = state;
  if (!trees) return;
  for (const node of state.byAddress.values()) {
    const checkpoint = node.outcome?.checkpoint;
    // one that only reads is not taken at what others changed beside it
    if (
      isHolder(node) ||
      node.plan.step.mayWrite === "no" ||
      !checkpoint ||
      (node.end !== "verified" && node.end !== "claimed")
    )
      continue;
    const done = model.contentOf(checkpoint.commit);
    const own = [...done.keys()].filter((mark) => mark.startsWith(`${node.address}@`) && isOf(mark, node));
    const tips = [...lanesOf(node), ""].flatMap((lane) => trees.tips.get(lane) ?? []);
    for (const mark of own) {
      const kept = tips.find(({ commit }) => model.contentOf(commit).has(mark));
      must(kept !== undefined, `what ${mark} did is in its tree, or in one around it`);
    }
  }
}

/** Its last attempt is the one that counts. */
function isOf(mark: string, { attempt }: NodeState): boolean {
  return mark.endsWith(`.${attempt}`);
}

function lanesOf(node: NodeState): readonly string[] {
  const around: string[] = [];
  for (let at: NodeState | undefined = node; at; at = at.parent) around.push(at.address);
  return around;
}
