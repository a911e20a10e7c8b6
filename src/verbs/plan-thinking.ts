import { compiledStep } from "../core/compiled.ts";
import { thinkingOf, type ThinkingRecord } from "../core/thinking.ts";
import type { Workflow } from "../language/workflow.ts";
import { placedSteps } from "./placed-steps.ts";

/** How long the agent of a step will think, as far as its text tells before it has its values. */
export interface PlannedThinking extends ThinkingRecord {
  readonly address: string;
}

/** Of the steps of which anything is said. */
export function thinkingPlan(
  workflow: Workflow,
  isSkipped: (address: string) => boolean,
): { readonly thinking?: readonly PlannedThinking[] } {
  const steps = placedSteps(workflow.chain).filter(({ address }) => !isSkipped(address));
  const thinking = steps.flatMap(({ address, step }): readonly PlannedThinking[] => {
    const { kind } = step.action;
    if (kind !== "command" && kind !== "agent") return [];
    const { text, values } = compiledStep(step);
    const count = (text?.expressions.length ?? 0) + (values?.expressions.length ?? 0);
    const asked = { text: () => text?.fixed ?? "", values: count, rounds: 0 };
    const record = thinkingOf(workflow, step, asked);
    return record ? [{ address, ...record }] : [];
  });
  return thinking.length > 0 ? { thinking } : {};
}
