import { mapBlocks, mapSteps } from "../../src/language/map-blocks.ts";
import type { Action, Chain, ContextWindow, Workflow } from "../../src/language/workflow.ts";

/** What a workflow gets that says nothing of it. */
export const usualWindow: ContextWindow = {
  budgetTokens: 30_000,
  // what is asked for is no context
  keep: ["inputs"],
  window: 10,
  references: { overTokens: 1000 },
};

export function withContext(workflow: Workflow): Workflow {
  return { ...workflow, contextWindow: workflow.contextWindow ?? usualWindow };
}

/** The same work, where all values stand whole in prompts, and what several share stands behind what each has of its own. */
export function withoutContext(workflow: Workflow): Workflow {
  const { contextWindow: _, ...rest } = workflow;
  return { ...rest, chain: plainChain(workflow.chain) };
}

function plainChain(chain: Chain): Chain {
  return mapSteps(chain, (step) => ({ ...step, action: plainAction(mapBlocks(step.action, plainChain)) }));
}

function plainAction(action: Action): Action {
  switch (action.kind) {
    case "agent": {
      const { contextWindow: _, preamble, ...rest } = action;
      return preamble === undefined ? rest : { ...rest, prompt: `${rest.prompt}\n\n${preamble}` };
    }
    case "command": {
      const { contextWindow: _, preamble, context, ...rest } = action;
      if (preamble === undefined) return { ...rest, ...(context ? { context } : {}) };
      return { ...rest, context: { ...context, shared: preamble } };
    }
    default:
      return action;
  }
}
