import { judgesIn } from "../core/plan-estimates.ts";
import type { FlowControl, PipelineAction, Sink, Source, Stage, StageWork } from "../language/pipeline.ts";
import type { Action, Step, Workflow } from "../language/workflow.ts";
import { workflowsIn, worksOf } from "./placed-steps.ts";

/** What a plan says of a pipeline. */
export interface PipelineReport {
  readonly kind: "pipeline";
  readonly address: string;
  readonly source: Source;
  /** Each comes after those it takes from. */
  readonly stages: readonly StageReport[];
  readonly sinks: readonly Sink[];
  readonly flow: FlowControl;
  readonly continuous?: true;
}

export interface StageReport extends Pick<
  Stage,
  "name" | "from" | "when" | "batchSize" | "parallelism" | "rate"
> {
  /** In words; absent: it only lets through what fits. */
  readonly does?: string;
  /** It asks agents, or lets one judge: each batch may cost money. */
  readonly asksAgents?: true;
}

export function pipelineReport(action: PipelineAction, address: string): PipelineReport {
  const { source, stages, sinks, flow, continuous } = action;
  return {
    kind: "pipeline",
    address,
    source,
    stages: stages.map(stageReport),
    sinks,
    flow,
    ...(continuous ? { continuous } : {}),
  };
}

function stageReport({ name, from, when, work, batchSize, parallelism, rate }: Stage): StageReport {
  return {
    name,
    from,
    ...(when === undefined ? {} : { when }),
    ...(work ? { does: workText(work) } : {}),
    batchSize,
    parallelism,
    ...(rate ? { rate } : {}),
    ...(work?.kind === "workflow" && asksAgents(work.workflow) ? { asksAgents: true } : {}),
  };
}

/** What a stage does, in a few words. */
export function workText(work: StageWork): string {
  switch (work.kind) {
    case "value":
      return "a new record of each";
    case "run":
      return work.line;
    case "function":
      return `${work.function}()`;
    case "reduce": {
      const by = Object.keys(work.by);
      return `gathers ${Object.keys(work.give).join(", ")}${by.length === 0 ? "" : ` by ${by.join(", ")}`}`;
    }
    case "workflow":
      return work.workflow.chain.steps.map(({ action }) => actionText(action)).join(", ");
  }
}

function actionText(action: Action): string {
  switch (action.kind) {
    case "command":
      return action.command;
    case "agent":
      return action.agent === undefined ? "asks an agent" : `asks ${action.agent}`;
    case "http":
      return `${action.method} ${action.url}`;
    case "mcp":
      return `${action.server}.${action.tool}()`;
    case "chain":
      return action.swarm ? `a ${action.swarm} swarm` : action.chain.steps.map(({ name }) => name).join(", ");
    case "workflow":
      return `workflow ${action.workflow.name}`;
    case "run":
      return action.line;
    case "function":
      return `${action.function}()`;
    default:
      return action.kind;
  }
}

function asksAgents(workflow: Workflow): boolean {
  return workflowsIn(workflow).some(({ chain }) => worksOf(chain).some(isAsked));
}

function isAsked(step: Step): boolean {
  const { kind } = step.action;
  return kind === "command" || kind === "agent" || judgesIn(step).length > 0;
}
