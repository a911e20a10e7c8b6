import type { Action, Chain, Step, Workflow } from "../language/workflow.ts";
import { defaultLimits, defaultRetry } from "../language/workflow.ts";

/** A step as the core gets it; a function step when no action is given. */
export function stepOf(name: string, action?: Action, rest: Partial<Step> = {}): Step {
  return {
    name,
    action: action ?? { kind: "function", function: name, args: null },
    needs: [],
    retry: { ...defaultRetry, max: 0 },
    before: [],
    gates: [],
    reads: [],
    writes: [],
    uses: [],
    env: {},
    onInterrupt: "rerun",
    ...rest,
  };
}

/** A block of these steps, one after another. */
export function chainOf(steps: readonly Step[], rest: Partial<Chain> = {}): Chain {
  return { steps, parallelWherePossible: false, errorStrategy: "stop", ...rest };
}

export function workflowWith(steps: readonly Step[], rest: Partial<Workflow> = {}): Workflow {
  return {
    name: "test",
    inputs: {},
    env: {},
    limits: defaultLimits,
    workspace: "none",
    saveState: true,
    resources: {},
    chain: chainOf(steps),
    ...rest,
  };
}
