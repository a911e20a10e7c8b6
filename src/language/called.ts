import type { Action, Chain, Step, Workflow } from "./workflow.ts";

/** The block of a called workflow; what the workflow says for all its steps is said by each of them. */
export function withDefaults(chain: Chain, workflow: Workflow): Chain {
  const undo = chain.undo && { undo: stepWith(chain.undo, workflow) };
  return { ...chain, steps: chain.steps.map((step) => stepWith(step, workflow)), ...undo };
}

function stepWith(step: Step, workflow: Workflow): Step {
  const undo = step.undo === undefined ? {} : { undo: stepWith(step.undo, workflow) };
  const env = { ...workflow.env, ...step.env };
  return { ...step, action: actionWith(step.action, workflow), env, ...undo };
}

function actionWith(action: Action, workflow: Workflow): Action {
  const { agent, fallbackAgents: backups, model, thinking, contextWindow } = workflow;
  switch (action.kind) {
    case "command":
    case "agent":
      return {
        ...(agent === undefined ? {} : { agent }),
        ...(model === undefined ? {} : { model }),
        // a step that names its own agent has no backups but its own
        ...(action.agent === undefined && backups ? { fallbackAgents: backups } : {}),
        // a step that says its effort has said how long it thinks
        ...(thinking === undefined || action.effort !== undefined ? {} : { thinking }),
        ...action,
        ...(contextWindow ? { contextWindow: { ...contextWindow, ...action.contextWindow } } : {}),
      };
    case "branch":
      return {
        ...action,
        ways: action.ways.map((way) => ({ ...way, chain: withDefaults(way.chain, workflow) })),
      };
    case "chain":
      // a workflow that it calls has its own
      return action.call ? action : { ...action, chain: withDefaults(action.chain, workflow) };
    case "loop":
    case "each":
      return { ...action, chain: withDefaults(action.chain, workflow) };
    default:
      return action;
  }
}
