import type { Event, RunStatus } from "../core/events.ts";
import type { RunView } from "../core/view.ts";
import type { Reason } from "../core/why-text.ts";
import type { JsonObject } from "../expression/json.ts";
import type { Migrated } from "../language/migrate.ts";
import type { Workflow } from "../language/workflow.ts";
import type { CommandCatalog } from "../ports/command-catalog.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { AgentAbilities, AgentProbe } from "../ports/agent.ts";
import type { ResultCache } from "../ports/result-cache.ts";
import type { ReadOptions } from "../ports/run-store.ts";
import { type BudgetReport, budgetReport } from "./budget.ts";
import { killWork } from "./kill-work.ts";
import { listAsks, type OpenAsk } from "./asks.ts";
import { audit, type AuditReport } from "./audit.ts";
import { auto, type AutoSource } from "./auto.ts";
import { type BreakerView, openBreakers, resetBreakers } from "./breakers.ts";
import { control, type ControlEnd, type ControlMessage } from "./control.ts";
import { followLog, type LogFollower } from "./follow-log.ts";
import { graph, type GraphFormat } from "./graph.ts";
import { type Insights, insights } from "./insights.ts";
import { load, migrate, type Checked, type Source, type WorkflowSource, type WrittenSource } from "./load.ts";
import { outputFile, type OutputPlace } from "./output-log.ts";
import type { Parts, Pattern } from "./parts.ts";
import { pipelineVerbs, type PipelineVerbs } from "./pipeline-verbs.ts";
import { plan, type PlanOptions, type PlanReport } from "./plan.ts";
import { type LeftReport, planLeft } from "./plan-left.ts";
import { checkWithAgents } from "./require-abilities.ts";
import { resume, type ResumeOptions } from "./resume.ts";
import { statementFile } from "./statement.ts";
import type { RunHandle } from "./run-handle.ts";
import { readState } from "./run-state.ts";
import { findSummary, listRuns, readEvents, show, why, type RunSummary } from "./runs.ts";
import { sharedMemory, type SharedMemory } from "./shared-memory.ts";
import type { Settings } from "./settings.ts";
import { checkStart, start, type StartOptions } from "./start.ts";
import { exportRun, importRun, type SavedRun } from "./transfer.ts";
import { difference, type UpdateDifference, type UpdateOptions } from "./update.ts";
import { workspaceVerbs, type WorkspaceVerbs } from "./workspace-verbs.ts";

/** Everything a person or a program can ask of tutti; the command line, the API and servers are made of these. */
export interface Tutti extends WorkspaceVerbs, PipelineVerbs {
  readonly projectDir: string;
  readonly stateDir: string;
  /** False: what it does is kept in memory only. */
  readonly keepsState: boolean;
  readonly settings: Settings;
  readonly commands: CommandCatalog;
  readonly cache: ResultCache;
  /** What was learned. */
  readonly insights: Insights;
  /** What runs leave for later ones. */
  readonly memory: SharedMemory;
  readonly artifacts: ArtifactStore;
  check(source: WorkflowSource): Promise<Checked>;
  load(source: WorkflowSource): Promise<Source>;
  /** The same workflow in the canonical form, comments kept. */
  migrate(source: WrittenSource): Promise<Migrated>;
  /** The workflow that fits a task in plain words, with the reasons. */
  auto(task: string, options?: Parameters<typeof auto>[2]): Promise<AutoSource>;
  plan(workflow: Workflow, options?: PlanOptions): Promise<PlanReport>;
  /** What is left to do of a run that this process drives, and what it has spent. */
  planLeft(run: Pick<RunHandle, "state">): Promise<LeftReport>;
  graph(workflow: Workflow, format: GraphFormat): string;
  /** The ready workflows that come with tutti. */
  patterns(): readonly Pattern[];
  /** Throws what would keep the run from being started; gives the inputs it would begin with. Writes nothing. */
  checkStart(source: Source, options?: StartOptions): Promise<JsonObject>;
  start(source: Source, options?: StartOptions): Promise<RunHandle>;
  resume(runId: string, options?: ResumeOptions): Promise<RunHandle>;
  /** What a changed workflow would do to a run. */
  difference(runId: string, update: Source, options?: UpdateOptions): Promise<UpdateDifference>;
  /** What of their scripts agents were not asked for by the runs of this process, a line for each. */
  unused(): readonly string[];
  /** Pause, cancel, signal or answer, whoever drives the run. */
  control(runId: string, message: ControlMessage): Promise<ControlEnd>;
  /** Full id for an id, a unique prefix or `@last`. */
  find(name: string): Promise<RunSummary & { readonly source: string }>;
  runs(filter?: {
    readonly status?: readonly RunStatus[];
    readonly limit?: number;
  }): Promise<readonly RunSummary[]>;
  show(runId: string): Promise<RunView>;
  why(runId: string): Promise<readonly Reason[]>;
  /** What people are asked, the oldest first: by one run and those that do its steps, or by all that have not ended. */
  asks(runId?: string): Promise<readonly OpenAsk[]>;
  /** The log of a run; with `after` without that many events from its beginning. */
  events(runId: string, options?: ReadOptions): Promise<readonly Event[]>;
  /** The log of a run as it grows, whoever drives the run. */
  follow(runId: string): LogFollower;
  /** A run as JSON, and back. */
  exportRun(runId: string): Promise<SavedRun>;
  importRun(saved: SavedRun): Promise<string>;
  /** Where the printed lines of an attempt are; the file may not exist (yet). */
  outputFile(place: OutputPlace): string;
  /** Where the statement of a degraded run is: what it was asked for and does not have. */
  statementFile(runId: string): string;
  /**
   * Kills every process that works for a run, or for one that does a step of it, without asking it to end its work; driven here
   * it is stopped, to be resumed.
   */
  killWork(runId: string): Promise<{ readonly found: number; readonly survivors: readonly number[] }>;
  audit(options?: { readonly repair?: boolean; readonly runId?: string }): Promise<AuditReport>;
  /** What each agent can do, by name. */
  readonly abilities: Readonly<Record<string, AgentAbilities>>;
  agents(): Promise<readonly (AgentProbe & { readonly name: string })[]>;
  /** What agents cost on a day, today when none is named, over all runs. */
  budget(day?: string): Promise<BudgetReport>;
  /** The circuit breakers that are open, and the quotas that are used up. */
  breakers(): Promise<readonly BreakerView[]>;
  /** Closes them all: everything may be tried again at once. Gives how many records were forgotten. */
  resetBreakers(): Promise<number>;
  /** Stops the runs that this process drives, which can be resumed, and gives the files back. */
  close(): Promise<void>;
}

export function createTutti(parts: Parts, close: () => Promise<void>): Tutti {
  return {
    ...workspaceVerbs(parts),
    ...pipelineVerbs(parts),
    projectDir: parts.projectDir,
    stateDir: parts.stateDir,
    keepsState: parts.keepsFiles,
    settings: parts.settings,
    commands: parts.commands,
    cache: parts.cache,
    insights: insights(parts),
    memory: sharedMemory(parts),
    artifacts: parts.artifacts,
    abilities: Object.fromEntries([...parts.agents.values()].map(({ name, abilities }) => [name, abilities])),
    check: (source) => checkWithAgents(parts, source),
    load: (source) => load(parts, source),
    migrate: (source) => migrate(parts, source),
    auto: (task, options) => auto(parts, task, options),
    plan: (workflow, options) => plan(parts, workflow, options),
    planLeft: ({ state }) => planLeft(parts, state),
    graph,
    patterns: parts.patterns,
    checkStart: (source, options) => checkStart(parts, source, options),
    start: (source, options) => start(parts, source, options),
    resume: (runId, options) => resume(parts, runId, options),
    difference: async (runId, update, options) =>
      difference(await readState(parts, runId), update.workflow, options),
    control: (runId, message) => control(parts, runId, message),
    find: (name) => findSummary(parts, name),
    runs: (filter) => listRuns(parts, filter),
    show: (runId) => show(parts, runId),
    why: (runId) => why(parts, runId),
    asks: (runId) => listAsks(parts, runId),
    events: (runId, options) => readEvents(parts, runId, options),
    follow: (runId) => followLog(parts, runId),
    exportRun: (runId) => exportRun(parts, runId),
    importRun: (saved) => importRun(parts, saved),
    outputFile: (place) => outputFile(parts.stateDir, place),
    statementFile: (runId) => statementFile(parts.stateDir, runId),
    killWork: (runId) => killWork(parts, runId),
    budget: (day) => budgetReport(parts, day),
    audit: (options) => audit(parts, options),
    breakers: () => openBreakers(parts),
    resetBreakers: () => resetBreakers(parts),
    unused: () => [...parts.agents.values()].flatMap((agent) => agent.unused?.() ?? []),
    agents: () => probeAgents(parts),
    close: () => parts.driven.close().then(close),
  };
}

function probeAgents({ agents }: Parts): ReturnType<Tutti["agents"]> {
  return Promise.all(
    [...agents.values()].map(async (agent) => ({ ...(await agent.probe()), name: agent.name })),
  );
}
