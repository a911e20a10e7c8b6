import { isTuttiError, messageOf } from "../../errors.ts";
import { postsOf } from "../board.ts";
import { compiledStep } from "../compiled.ts";
import { emit, type Draft } from "../draft.ts";
import type { NodeState } from "../node.ts";
import { scopeOf } from "../scope.ts";

/** Puts what a step that ends well has to say on the blackboard around it, once. */
export function tellBoard(draft: Draft, node: NodeState): void {
  const { board: use } = node.plan.step;
  const posts = use && postsOf(node, keyOf(draft, node));
  if (!use || !posts) return;
  const { entries, refused } = posts;
  emit(draft, {
    type: "board.posted",
    address: node.address,
    by: use.as,
    entries,
    ...(refused.length > 0 ? { refused } : {}),
  });
}

/** A key that cannot be made costs an entry, and is no reason to lose the work. */
function keyOf({ state }: Draft, node: NodeState): { readonly key?: string; readonly trouble?: string } {
  const { postKey } = compiledStep(node.plan.step);
  if (!postKey) return {};
  try {
    return { key: postKey.renderText(scopeOf(state, node)) };
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    return { trouble: messageOf(error) };
  }
}
