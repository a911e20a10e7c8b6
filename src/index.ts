export { openTutti, type TuttiOptions } from "./engine.ts";
export { WorkflowOrchestrator, type OrchestratorOptions } from "./orchestrator.ts";
export {
  errorCodes,
  isTuttiError,
  TuttiError,
  type ErrorCode,
  type Problem,
  type SourcePlace,
} from "./errors.ts";
export type { Json, JsonObject } from "./expression/json.ts";
export type {
  ChainDefinition,
  GateDefinition,
  StepDefinition,
  StrategyDefinition,
  SwarmAgentDefinition,
  SwarmDefinition,
  TallyDefinition,
  UndoDefinition,
  WorkflowDefinition,
} from "./language/definition.ts";
export type {
  AggregateDefinition,
  AlertDefinition,
  PipelineDefinition,
  ReduceDefinition,
  SinkDefinition,
  SourceDefinition,
  StageDefinition,
} from "./language/pipeline-definition.ts";
export type { Limits, Workflow } from "./language/workflow.ts";
export type { EffectPolicy, Request } from "./core/effects.ts";
export type { Event, RunStatus } from "./core/events.ts";
export type { NodeEnd } from "./core/node-result.ts";
export type { Failure, Outcome, Usage } from "./core/outcome.ts";
export type { Accepted } from "./core/accepted.ts";
export type { Missing } from "./core/missing.ts";
export type { UndoStatus } from "./core/undo.ts";
export type { NodeView, RunView } from "./core/view.ts";
export type { Reason } from "./core/why-text.ts";
export type { Agent, AgentAbilities, AgentProbe, AgentTask, CommandCall } from "./ports/agent.ts";
export type { ArtifactRef, ArtifactStore } from "./ports/artifact-store.ts";
export type { Clock } from "./ports/clock.ts";
export type { Executor, TaskContext } from "./ports/executor.ts";
export type { WorkflowFunction } from "./executors/function/function.ts";
export type { RunChanges } from "./verbs/changes.ts";
export type { ListedCheckpoint } from "./verbs/checkpoints.ts";
export type { ForkOptions, ForkPreview } from "./verbs/fork.ts";
export type { BackTarget } from "./verbs/going-back.ts";
export type { LandedRun, LandingPreview, LandTarget } from "./verbs/land.ts";
export type { Checked, Source, WorkflowSource } from "./verbs/load.ts";
export type { RunMetrics } from "./verbs/metrics.ts";
export type { PlanReport } from "./verbs/plan.ts";
export type { ResumeOptions } from "./verbs/resume.ts";
export type { RollbackPreview, RolledBack } from "./verbs/rollback.ts";
export type { RunHandle, RunNews, RunResult } from "./verbs/run-handle.ts";
export type { RunSummary } from "./verbs/runs.ts";
export type { StartOptions } from "./verbs/start.ts";
export type { SavedRun } from "./verbs/transfer.ts";
export type { Tutti } from "./verbs/tutti.ts";
