import type { Json } from "../expression/json.ts";
import type { PipelineAction, Stage } from "../language/pipeline.ts";
import type { Action, Call, Chain, Step, Workflow } from "../language/workflow.ts";

/**
 * What a result depends on in a step's text. Not part of it: how the step is scheduled, retried, timed or cached.
 */
export function definitionOf(step: Step): Json {
  return plain(resultPart(step));
}

/** What the steps of a called workflow are given, when they are steps of this run; null for every other step. */
export function callOf({ action }: Step): Json {
  return action.kind === "chain" && action.call ? plain(callPart(action.call)) : null;
}

const essences = new WeakMap<Workflow, Json>();

/**
 * What the outcome of a whole workflow depends on, its inputs and what they are checked for left out: what all its steps
 * do, which of them are done and how often, and how they are undone.
 */
export function essenceOf(workflow: Workflow): Json {
  const known = essences.get(workflow);
  if (known !== undefined) return known;
  const { name, agent, model, env, chain } = workflow;
  const essence = plain({ name, agent, model, env, chain: chainPart(chain) });
  essences.set(workflow, essence);
  return essence;
}

/** Drops undefined members and severs the readonly types; both sides of every comparison go through here. */
function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** How what it did lands changes nothing of what it gives. */
function resultPart({ action, output, before, gates: all, env, reads }: Step): object {
  const gates = all.filter(({ kind }) => kind !== "landing");
  return { action: actionPart(action), output, before, gates, env, reads };
}

/** What is done in the blocks of an action is the matter of the steps there. */
function actionPart(action: Action): object {
  if ("chain" in action || "ways" in action) return { kind: action.kind };
  switch (action.kind) {
    case "workflow":
      return { ...action, workflow: essenceOf(action.workflow) };
    case "pipeline":
      return pipelinePart(action);
    case "ask": {
      const { deadlineMs: _, otherwise: __, escalate: ___, ...asked } = action;
      return asked;
    }
    default:
      return action;
  }
}

/** How fast it goes, and what people are told of it, changes nothing of what it gives. */
function pipelinePart({ kind, source, stages, sinks }: PipelineAction): object {
  return {
    kind,
    source,
    stages: stages.map(stagePart),
    sinks: sinks.map(({ batchWaitMs: _, ...rest }) => rest),
  };
}

function stagePart({ name, from, when, work, key, order, batchSize, onFailure }: Stage): object {
  const done = work?.kind === "workflow" ? { ...work, workflow: essenceOf(work.workflow) } : work;
  return { name, from, when, work: done, key, order, batchSize, onFailure };
}

function chainPart({ steps, undo }: Chain): object {
  return { steps: steps.filter(({ action }) => action.kind !== "land").map(wholePart), undo };
}

function wholePart(step: Step): object {
  const { name, when, undo, action } = step;
  return { ...resultPart(step), name, when, undo, action: wholeActionPart(action) };
}

function callPart({ with: given, inputs }: Call): object {
  return { with: given, defaults: Object.entries(inputs).map(([name, input]) => [name, input.default]) };
}

function wholeActionPart(action: Action): object {
  switch (action.kind) {
    case "chain": {
      const { kind, join, call, chain } = action;
      return { kind, join, call: call && callPart(call), chain: chainPart(chain) };
    }
    case "branch": {
      const ways = action.ways.map(({ name, when, chain }) => ({ name, when, chain: chainPart(chain) }));
      return { ...action, learning: undefined, ways };
    }
    case "loop":
      return { ...action, chain: chainPart(action.chain) };
    case "each":
      return { ...action, concurrency: undefined, lanes: undefined, chain: chainPart(action.chain) };
    default:
      return actionPart(action);
  }
}
