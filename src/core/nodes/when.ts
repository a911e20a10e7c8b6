import { isTuttiError, messageOf } from "../../errors.ts";
import { compiledStep } from "../compiled.ts";
import type { Draft } from "../draft.ts";
import type { Failure } from "../outcome.ts";
import { scopeOf } from "../scope.ts";
import type { NodeState } from "../node.ts";
import { endFailed, endWell } from "./end.ts";

const nothing = { when: undefined };

/** True when the node has no `when` or it holds; otherwise the node is ended, skipped or failed. */
export function passesWhen(draft: Draft, node: NodeState): boolean {
  const { when } = node.plan.step.when === undefined ? nothing : compiledStep(node.plan.step);
  if (!when) return true;
  const result = attempt(() => when.evaluate(scopeOf(draft.state, node)));
  if ("failure" in result) {
    endFailed(draft, node, result.failure);
    return false;
  }
  if (result.value === true) return true;
  if (result.value === false) {
    endWell(draft, node, { end: "skipped", reason: `when: ${when.source} is false` });
    return false;
  }
  endFailed(draft, node, {
    code: "EXPRESSION_FAILED",
    message: `Cannot decide when: "${when.source}" gave ${JSON.stringify(result.value)}, not true or false`,
    fix: "compare the value with what you expect",
    class: "permanent",
  });
  return false;
}

/** The value, or the failure of an expression or template that could not be evaluated. A bug is thrown on. */
export function attempt<T>(work: () => T): { readonly value: T } | { readonly failure: Failure } {
  try {
    return { value: work() };
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    return { failure: { code: error.code, message: messageOf(error), fix: error.fix, class: "permanent" } };
  }
}
