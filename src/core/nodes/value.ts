import { compiledStep } from "../compiled.ts";
import { emit } from "../draft.ts";
import { scopeOf } from "../scope.ts";
import { endFailed, endWell } from "./end.ts";
import type { NodeKind } from "./node-kind.ts";
import { attempt, passesWhen } from "./when.ts";

/** Makes a value of what other steps gave. Nothing is owed to it, so that it is made anew in each life of a run. */
export const value: NodeKind = {
  start(draft, node) {
    if (!passesWhen(draft, node)) return;
    const { values } = compiledStep(node.plan.step);
    const rendered = attempt(() => values?.render(scopeOf(draft.state, node)) ?? null);
    if ("failure" in rendered) return endFailed(draft, node, rendered.failure);
    const { outputBytes } = draft.state.limits;
    if (JSON.stringify(rendered.value).length > outputBytes) {
      return endFailed(draft, node, {
        code: "EXPRESSION_FAILED",
        message: `Cannot make the value: it is larger than the ${outputBytes} bytes that a step may give`,
        fix: "take less of each step, or raise `output` in the `limits` of the workflow",
        class: "permanent",
      });
    }
    const outcome = { ok: true, output: rendered.value };
    emit(draft, { type: "attempt.ended", address: node.address, attempt: 0, outcome });
    endWell(draft, node, { end: "verified" });
  },
  recover(draft, node) {
    // the process may have ended between the value and what follows from it
    if (node.phase === "settling") endWell(draft, node, { end: "verified" });
  },
  cancel() {
    // It is over as soon as it begins.
  },
};
