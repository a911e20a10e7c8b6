import type { Action, Chain, Step, Workflow } from "../../language/workflow.ts";
import type { Dice } from "./dice.ts";

/** The same workflow with some of its steps changed, as a person does between two lives of a run. */
export function changedWorkflow(workflow: Workflow, dice: Dice): Workflow {
  const change = (step: Step): Step => {
    const action = mapBlocks(step.action, changeChain);
    return { ...step, action: dice.chance(0.2) ? changedAction(action, dice) : action };
  };
  const changeChain = (chain: Chain): Chain => ({ ...chain, steps: chain.steps.map(change) });
  return { ...workflow, chain: changeChain(workflow.chain) };
}

function mapBlocks(action: Action, change: (chain: Chain) => Chain): Action {
  if ("chain" in action) return { ...action, chain: change(action.chain) };
  if (action.kind !== "branch") return action;
  return { ...action, ways: action.ways.map((way) => ({ ...way, chain: change(way.chain) })) };
}

function changedAction(action: Action, dice: Dice): Action {
  switch (action.kind) {
    case "run":
      return { ...action, line: `${action.line} # changed` };
    case "agent":
      return { ...action, prompt: `${action.prompt}, please` };
    case "command":
      return { ...action, params: `${action.params}, please` };
    case "http":
      return { ...action, method: "PUT" };
    case "function":
      return { ...action, function: "other" };
    case "mcp":
      return { ...action, tool: "other" };
    case "loop":
      return { ...action, max: action.max + 1 };
    case "each":
      return { ...action, concurrency: 1 + dice.below(3) };
    case "branch":
      return { ...action, ways: action.ways.slice(0, 1) };
    case "chain":
      return {
        ...action,
        chain: { ...action.chain, parallelWherePossible: !action.chain.parallelWherePossible },
      };
    case "workflow":
      return { ...action, workflow: changedInside(action.workflow, dice) };
    default:
      return action;
  }
}

/** Another description is no change. */
function changedInside(workflow: Workflow, dice: Dice): Workflow {
  return dice.chance(0.3)
    ? { ...workflow, description: `${workflow.description ?? ""}!` }
    : changedWorkflow(workflow, dice);
}
