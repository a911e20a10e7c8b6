import { judgesIn } from "../core/plan-estimates.ts";
import type {
  FlowControl,
  PipelineAction,
  Sink,
  Source,
  Stage,
  StageWork,
  StreamAlert,
} from "../language/pipeline.ts";
import { defined } from "../language/defined.ts";
import type { Action, Step, StepLimits, Workflow } from "../language/workflow.ts";
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
  /** Absent: nobody is told of anything. */
  readonly alerts?: readonly StreamAlert[];
  /** What stops it, however many records there are: attempts, where stages ask agents; time, where it has no end. */
  readonly caps?: PipelineCaps;
}

/** The tightest caps around a pipeline. */
export interface PipelineCaps {
  readonly agents?: NodeCap;
  readonly timeMs?: NodeCap;
}

interface NodeCap {
  readonly cap: number;
  /** Address of the node in whose `limits` it stands; absent: it is the run's. */
  readonly of?: string;
}

/** The caps at a node of this address, inside these; without an address those of the run. */
export function capsAt(
  around: PipelineCaps,
  { address, limits = {} }: { readonly address?: string; readonly limits: StepLimits | undefined },
): PipelineCaps {
  const tighter = (key: keyof PipelineCaps): NodeCap | undefined => {
    const [outer, cap] = [around[key], limits[key]];
    const isTighter = cap !== undefined && cap < (outer?.cap ?? Number.POSITIVE_INFINITY);
    return isTighter ? { cap, ...defined({ of: address }) } : outer;
  };
  return defined({ agents: tighter("agents"), timeMs: tighter("timeMs") });
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

/** `caps`: those around it; absent: they stop nothing. */
export function pipelineReport(
  action: PipelineAction,
  { address, caps = {} }: { readonly address: string; readonly caps?: PipelineCaps },
): PipelineReport {
  const { source, sinks, flow, continuous, alerts } = action;
  const stages = action.stages.map(stageReport);
  const agents = stages.some(({ asksAgents }) => asksAgents) ? caps.agents : undefined;
  const timeMs = continuous ? caps.timeMs : undefined;
  return {
    kind: "pipeline",
    address,
    source,
    stages,
    sinks,
    flow,
    ...(continuous ? { continuous } : {}),
    ...(alerts.length > 0 ? { alerts } : {}),
    ...(agents || timeMs ? { caps: defined({ agents, timeMs }) } : {}),
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
