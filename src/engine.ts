import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { createMockAgent } from "./agents/mock/mock.ts";
import { createRecorder } from "./agents/replay/recorder.ts";
import { createReplayAgent } from "./agents/replay/replay.ts";
import { createCommandCatalog } from "./commands/catalog.ts";
import { libraryDir, listPatterns } from "./commands/library.ts";
import type { TuttiError } from "./errors.ts";
import { createCommandExecutor } from "./executors/command/command.ts";
import { createPromptExecutor } from "./executors/command/prompt.ts";
import { createFunctionExecutor, type WorkflowFunction } from "./executors/function/function.ts";
import { createHttpExecutor } from "./executors/http/http.ts";
import { createMcpExecutor } from "./executors/mcp/mcp.ts";
import { gateCheckers } from "./executors/gates/gates.ts";
import { withinDays } from "./executors/day-budget.ts";
import { withPromptContext } from "./executors/prompt-context.ts";
import { createPerformer, type PerformerOptions } from "./executors/perform.ts";
import { withWarmUp } from "./executors/warm-up.ts";
import { createRedactor, type Redactor } from "./executors/redactor.ts";
import { shellCommand } from "./executors/run-shell.ts";
import { createShellExecutor } from "./executors/shell/shell.ts";
import { a2aAgents } from "./engine/a2a.ts";
import { acpAgents } from "./engine/acp.ts";
import { childRuns } from "./engine/child-runs.ts";
import { claudeCodeAgent } from "./engine/claude-code.ts";
import { modelAgents, type ModelParts } from "./engine/models.ts";
import { pipelineParts } from "./engine/pipelines.ts";
import type { ResultCache } from "./ports/result-cache.ts";
import { createNotifiers, desktopVariables } from "./notify/notifiers.ts";
import type { Agent } from "./ports/agent.ts";
import type { BreakerStore } from "./ports/breaker-store.ts";
import type { Clock } from "./ports/clock.ts";
import type { CommandCatalog } from "./ports/command-catalog.ts";
import type { Executor } from "./ports/executor.ts";
import type { Memory } from "./ports/memory.ts";
import type { Processes } from "./ports/processes.ts";
import type { StoreAudit } from "./ports/store-audit.ts";
import type { Workspaces } from "./ports/workspaces.ts";
import { openMemory } from "./memory/open.ts";
import { createProcesses } from "./processes/supervisor.ts";
import { createMemoryStore } from "./runtimes/memory/store.ts";
import type { Stay } from "./runtimes/stay.ts";
import { createRealClock } from "./runtimes/real-clock.ts";
import { createScratchArtifacts } from "./runtimes/sqlite/scratch.ts";
import { openSqliteStore } from "./runtimes/sqlite/store.ts";
import { DrivenRuns } from "./verbs/driven-runs.ts";
import { allowedEnvironment, createRunIds, currentDir, newSeed, projectRoot } from "./verbs/project.ts";
import { breakerOf, readSettings, type Settings, workspaceOf } from "./verbs/settings.ts";
import { createTutti, type Tutti } from "./verbs/tutti.ts";
import type { StreamHandle, StreamOptions } from "./stream/host.ts";
import { createBranchLanding } from "./workspace/git/branch-landing.ts";
import { createGitWorkspaces } from "./workspace/git/workspaces.ts";

export { settingsJsonSchema } from "./verbs/settings.ts";

export interface TuttiOptions {
  /** Where to look for the project; default: the current directory. Its root is the nearest folder with `.git` or `.tutti`. */
  readonly cwd?: string;
  /** State folder; default: `TUTTI_HOME`, else `.tutti` at the project's root. */
  readonly home?: string;
  /** `memory`: nothing is written. `auto`: the state folder is used when it exists, and never made. Default `disk`. */
  readonly state?: "disk" | "memory" | "auto";
  readonly functions?: Readonly<Record<string, WorkflowFunction>>;
  /** Further agents, or ones that stand in for a built-in one of the same name. */
  readonly agents?: readonly Agent[];
  /** Executors that stand in for the built-in one of the same kind. */
  readonly executors?: readonly Executor[];
  /** Script of the `mock` agent, parsed. */
  readonly mock?: unknown;
  /** Folder to record every agent's work to. */
  readonly record?: string;
  /** Folder with a recording: the agent `replay` gives its results. */
  readonly replay?: string;
  readonly clock?: Clock;
  /**
   * When the database is damaged, what can be read of it is saved into a new one, after a copy; `audit` then says what
   * was saved and what is lost. Otherwise a damaged database is left as it is.
   */
  readonly salvage?: boolean;
  readonly onTrouble?: (error: TuttiError) => void;
  /** When this process goes although a run that it drives is not over. Default: when no time is waited for. */
  readonly stay?: Stay;
  /** Standard input of this process, for a pipeline that reads it; absent: it is not there to be read. */
  readonly stdin?: () => NodeJS.ReadableStream;
  /** Told whenever a pipeline begins to be driven by this process, or goes on. */
  readonly onPipeline?: () => void;
  /** Drives pipelines in place of the built-in way. */
  readonly driveStream?: (options: StreamOptions) => StreamHandle;
  /** Prints lines to the terminal of this process, with a bell: people are asked something and have not answered. */
  readonly onNotice?: (lines: readonly string[]) => void;
}

/** Opens tutti for a project: the one place where drivers are chosen and put together. */
export async function openTutti(options: TuttiOptions = {}): Promise<Tutti> {
  const base = baseOf(options);
  const { settings, clock } = base;
  const memory = createMemoryStore({ clock });
  const state = await openState(options, { ...base, memory });
  const commands = catalogOf(base);
  const redactor = createRedactor();
  const agents = agentsOf(options, { ...base, redactor });
  const executors = executorsOf(options, { ...base, commands, agents, cache: state.cache });
  const { runs: store, cache, history, decisions, artifacts, audit } = state;
  const nextRunId = createRunIds();
  const trees = treesPart(base);
  const performer = createPerformer({
    ...performerOptions({ ...base, ...trees }),
    ...breakerPart(options, { settings, store: state.breakers }),
    executors,
    gates: gateCheckers({ processes: base.processes, executors }),
    artifacts,
    cache,
    redactor,
  });
  // true in what an attempt of another run started
  const isInside = process.env["TUTTI_RUN"] !== undefined;
  const warmed = withWarmUp(performer, { clock, warms: (name) => warms(agents.get(name)) });
  const perform = withinDays(warmed, { ledger: state.days, clock, rehearsing, isInside });
  const parts = {
    ...base,
    store,
    memory: memory.runs,
    keepsFiles: state.runs !== memory.runs,
    cache,
    history,
    decisions,
    breakers: state.breakers,
    days: state.days,
    ...pipelineParts(options, { ...base, state, memory }),
    artifacts,
    audit,
    perform,
    ...trees,
    commands,
    agents,
    notifiers: notifiersOf(options, base),
    functions: Object.keys(options.functions ?? {}),
    ...secretsPart(settings, redactor),
    ...fixed,
    newRunId: () => nextRunId(clock.now()),
    ...drivingPart(options),
  };
  return createTutti(parts, () => state.close());
}

function baseOf(options: TuttiOptions): Base {
  const projectDir = projectRoot(resolve(options.cwd ?? currentDir()));
  const stateDir = resolve(options.home ?? process.env["TUTTI_HOME"] ?? join(projectDir, ".tutti"));
  const clock = options.clock ?? createRealClock();
  return {
    projectDir,
    stateDir,
    settings: readSettings(projectDir),
    clock,
    processes: createProcesses(),
    memories: openMemory(options.state !== "memory", { stateDir, clock }),
  };
}

function drivingPart({ onTrouble = () => {}, stay }: TuttiOptions) {
  return { driven: new DrivenRuns(), onTrouble, ...(stay ? { stay } : {}) };
}

function secretsPart(settings: Settings, redactor: Redactor) {
  return {
    secrets: secretsFrom(settings),
    learnSecrets: (values: readonly string[]) => redactor.learn(values),
    children: childRuns(redactor),
  };
}

/** Agents whose work nobody pays for. */
const rehearsing: ReadonlySet<string> = new Set(["mock", "replay"]);

/** A provider keeps the beginning of what it is asked, and who asks it says when it has begun to answer. */
function warms(agent: Agent | undefined): boolean {
  return agent?.abilities.streaming === true && !rehearsing.has(agent.name);
}

/** What is the same whatever the options are. */
const fixed = {
  patterns: () => listPatterns(),
  newSeed,
  scratchArtifacts: createScratchArtifacts,
};

/** Name of the secret that signs webhooks. */
const webhookSecret = "TUTTI_WEBHOOK_SECRET";

function notifiersOf({ onNotice }: TuttiOptions, { processes, projectDir: cwd, settings, clock }: Base) {
  return createNotifiers({
    processes,
    env: allowedEnvironment(process.env, [...desktopVariables, ...(settings.env ?? [])]),
    cwd,
    secret: () => secretsFrom(settings)(webhookSecret),
    now: () => clock.now(),
    print: onNotice,
  });
}

function secretsFrom(settings: Settings): (name: string) => string | undefined {
  return (name) => process.env[settings.secrets?.[name] ?? name];
}

/** What every driver may need. */
interface Base {
  readonly projectDir: string;
  readonly stateDir: string;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly memories: Memory;
}

function catalogOf({ projectDir, stateDir, settings, clock }: Base): CommandCatalog {
  const pluginDirs = (settings.plugins ?? []).map((folder) => resolve(projectDir, folder));
  return createCommandCatalog({
    projectDir,
    userDir: homedir(),
    pluginDirs,
    libraryDir: libraryDir(),
    stateDir,
    clock,
  });
}

function performerOptions({
  projectDir,
  stateDir,
  settings,
  clock,
  memories,
  workspaces,
}: Base & { readonly workspaces: Workspaces }): Omit<
  PerformerOptions,
  "executors" | "gates" | "artifacts" | "cache"
> {
  return {
    clock,
    cwd: projectDir,
    home: stateDir,
    memory: memories,
    workspaces,
    baseEnv: allowedEnvironment(process.env, settings.env ?? []),
    secrets: secretsFrom(settings),
    ...(settings.max_concurrent === undefined ? {} : { maxConcurrent: settings.max_concurrent }),
    ...(settings.requests_per_minute === undefined
      ? {}
      : { requestsPerMinute: settings.requests_per_minute }),
  };
}

/** Git keeps the checkpoints, in the project's repository where there is one. */
function treesPart({ projectDir, stateDir, settings, clock, processes }: Base) {
  const { dir } = workspaceOf(settings);
  const git = createGitWorkspaces({
    projectDir,
    stateDir,
    ...(dir === undefined ? {} : { dir: resolve(projectDir, dir) }),
    clock,
    env: process.env,
    ready: { processes, env: allowedEnvironment(process.env, settings.env ?? []), shell: shellCommand },
  });
  const landing = createBranchLanding({ projectDir, env: process.env });
  return { workspaces: git, checkpoints: git, landing };
}

/** A replay gives what was recorded, refusals too: nothing of it says how the world is now. */
function breakerPart(
  { replay }: TuttiOptions,
  { settings, store }: { readonly settings: Settings; readonly store: BreakerStore },
): Pick<PerformerOptions, "breaker"> {
  const policy = breakerOf(settings);
  return policy && replay === undefined ? { breaker: { store, policy, rehearsing: new Set(["mock"]) } } : {};
}

type MemoryStore = ReturnType<typeof createMemoryStore>;

async function openState(
  options: TuttiOptions,
  { stateDir, clock, memory }: Base & { readonly memory: MemoryStore },
): Promise<Awaited<ReturnType<typeof openSqliteStore>>> {
  const { state = "disk", salvage = false } = options;
  if (state === "disk" || (state === "auto" && hasState(stateDir))) {
    return openSqliteStore({ dir: stateDir, clock, salvage });
  }
  const audit: StoreAudit = {
    inspect: async function* inspect() {},
    repair: () => Promise.reject(new TypeError("nothing to repair")),
  };
  return { ...memory, audit, close: () => memory.close() };
}

/** Also where only the database's log is left, which may have all that was in it. */
function hasState(stateDir: string): boolean {
  return ["tutti.db", "tutti.db-wal"].some((name) => existsSync(join(stateDir, name)));
}

function agentsOf(
  options: TuttiOptions,
  { redactor, ...base }: Base & { readonly redactor: Redactor },
): ReadonlyMap<string, Agent> {
  const { record, replay, mock } = options;
  const script = mock === undefined ? {} : { script: mock };
  const agents = [
    claudeCodeAgent(base),
    ...acpAgents(modelParts(options, base)),
    createMockAgent({ cwd: base.projectDir, clock: base.clock, ...script }),
    ...modelAgents({ ...modelParts(options, base), redactor }),
    ...a2aAgents({ ...base, secrets: secretsFrom(base.settings), redactor }),
    ...(options.agents ?? []),
  ];
  const recorded =
    record === undefined
      ? agents
      : agents.map((agent) => createRecorder(agent, { cassette: record, redaction: redactor }));
  const replayed = replay === undefined ? [] : [createReplayAgent({ cassette: replay, redaction: redactor })];
  return new Map([...recorded, ...replayed].map((agent) => [agent.name, agent]));
}

/** Without a state folder of its own tutti keeps no sessions. */
function modelParts(
  { state = "disk" }: TuttiOptions,
  { settings, clock, processes, stateDir }: Base,
): Omit<ModelParts, "redactor"> {
  const secrets = secretsFrom(settings);
  const keeps = state === "disk" || (state === "auto" && hasState(stateDir));
  return { settings, clock, processes, secrets, ...(keeps ? { stateDir } : {}) };
}

function executorsOf(
  options: TuttiOptions,
  parts: Parameters<typeof createCommandExecutor>[0] & { readonly cache: ResultCache },
): ReadonlyMap<Executor["kind"], Executor> {
  const ask = createPromptExecutor(parts);
  const by = { ...parts, ask };
  const executors = [
    createShellExecutor(parts),
    withPromptContext(createCommandExecutor(parts), by),
    withPromptContext(ask, by),
    createHttpExecutor(),
    createMcpExecutor(parts),
    createFunctionExecutor(options.functions ?? {}),
    ...(options.executors ?? []),
  ] as readonly Executor[];
  return new Map(executors.map((executor) => [executor.kind, executor]));
}
