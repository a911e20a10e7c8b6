import type { Failure, Outcome } from "../../core/outcome.ts";
import type { Request } from "../../core/effects.ts";
import { recoveryOf } from "../../core/policies/stages.ts";
import { isTuttiError, messageOf } from "../../errors.ts";
import type { Agent } from "../../ports/agent.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CommandCatalog, CommandDoc, CommandGraph } from "../../ports/command-catalog.ts";
import type { Executor, TaskContext } from "../../ports/executor.ts";
import type { Processes } from "../../ports/processes.ts";
import { defined } from "../defined.ts";
import { withLearned } from "../learned.ts";
import { withReport } from "../report.ts";
import { runShell } from "../run-shell.ts";
import { runAgent } from "../agent-changes.ts";
import { grantsOf, sessionFor } from "../grants.ts";
import { isNative } from "./native.ts";
import { StageFailed, Stages } from "./stages.ts";

type CommandRequest = Extract<Request, { kind: "command" }>;

export interface CommandExecutorOptions {
  readonly commands: CommandCatalog;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly clock: Clock;
  /** Runs the `!` lines of commands for agents that do not do so themselves. */
  readonly processes: Processes;
}

/** Runs a slash command on an agent, through the stages of `stages.ts`; a failure names its stage and recovery. */
export function createCommandExecutor(options: CommandExecutorOptions): Executor<CommandRequest> {
  return {
    kind: "command",
    async execute(request, context) {
      const stages = new Stages(options.clock, context.stage);
      try {
        return await throughStages(request, { ...options, context, stages });
      } catch (error) {
        if (context.signal.aborted) throw error;
        return { ok: false, asked: stages.current === "execution", failure: failureOf(error, stages) };
      }
    },
  };
}

interface Work extends CommandExecutorOptions {
  readonly context: TaskContext;
  readonly stages: Stages;
}

async function throughStages(request: CommandRequest, work: Work): Promise<Outcome> {
  const { stages, commands, context } = work;
  const command = await stages.run("resolve", async () => {
    const value = await commands.resolve(request.command);
    return { value, note: `/${value.name} (${value.origin})` };
  });
  await stages.run("metadata", async () => {
    for (const problem of command.problems) context.print(`${problem.code}: ${problem.message}`, "stderr");
    return { value: undefined, note: `${command.problems.length} repairs` };
  });
  const effort = await stages.run("complexity_triage", async () => {
    const note = `${command.complexity}: ${command.complexityReason ?? "declared by the file"}`;
    if (request.effort === undefined) return { value: efforts[command.complexity], note };
    return { value: request.effort, note: `${note}; the step asks for ${request.effort} effort` };
  });
  await stages.run("dependency_validation", async () => {
    requireDependencies(command, await commands.graph());
    return { value: undefined, note: `${command.dependencies.length} dependencies` };
  });
  const expanded = await stages.run("pre_execution_gates", async () => {
    return { value: await expand(command, { request, work }) };
  });
  const agent = await stages.run("agent_deployment", async () => deploy(request.agent, work));
  const outcome = await stages.run("execution", async () => {
    const native = isNative(command, context.cwd);
    const call = { name: command.name, arguments: request.arguments, file: command.file, expanded, native };
    const task = taskOf(call, { request, command, context, effort });
    const value = withLearned(withReport(await runAgent(agent, task, context), task.schema), task);
    return { value, ok: value.ok, ...(value.failure ? { note: value.failure.message } : {}) };
  });
  if (!outcome.ok)
    return { ...outcome, failure: { ...(outcome.failure ?? unexplained), stage: "execution" } };
  return outcome;
}

const unexplained: Failure = {
  code: "AGENT_FAILED",
  message: "The agent failed and did not say why",
  class: "failure",
};
const efforts = { simple: "low", medium: "medium", complex: "high" } as const;

function requireDependencies(command: CommandDoc, graph: CommandGraph): void {
  const cycle = graph.cycles.find((names) => names.includes(command.name));
  if (cycle)
    throw dependencyFailed(command, `its dependencies form a circle: ${cycle.join(" → ")}`, "permanent");
  const missing = graph.missing.find((need) => need.command === command.name);
  if (missing)
    throw dependencyFailed(command, `it needs /${missing.dependency}, which does not exist`, "permanent");
  const open = graph.unsatisfied.find((need) => need.command === command.name);
  if (open)
    throw dependencyFailed(
      command,
      `it needs /${open.dependency}, which has not been completed`,
      "transient",
    );
}

function dependencyFailed(command: CommandDoc, what: string, kind: Failure["class"]): StageFailed {
  return new StageFailed({
    code: "COMMAND_DEPENDENCY",
    message: `Cannot run "/${command.name}": ${what}`,
    fix: "run what it needs first, as a step before it, or correct `dependencies:` in its file",
    class: kind,
  });
}

/** The command's text with its arguments; its `!` lines run here unless the agent runs them itself. */
async function expand(
  command: CommandDoc,
  { request, work }: { readonly request: CommandRequest; readonly work: Work },
): Promise<string> {
  const { context, commands, processes } = work;
  return commands.expand(command, request.arguments, {
    cwd: context.cwd,
    native: request.agent === "claude-code" && isNative(command, context.cwd),
    signal: context.signal,
    warn: (problem) => context.print(`${problem.code}: ${problem.message}`, "stderr"),
    run: async (text) => {
      const outcome = await runShell(text, context, { processes });
      if (!outcome.ok) throw new StageFailed(outcome.failure ?? unexplained);
      return outcome.stdout ?? "";
    },
  });
}

async function deploy(
  name: string,
  { agents, context }: Work,
): Promise<{ readonly value: Agent; readonly note: string }> {
  const agent = agents.get(name);
  if (!agent) {
    throw new StageFailed({
      code: "UNKNOWN_AGENT",
      message: `Cannot use the agent "${name}": there is none of this name`,
      fix: `use one of: ${[...agents.keys()].join(", ")}`,
      class: "permanent",
    });
  }
  const probe = await agent.probe(context.signal);
  if (probe.available) return { value: agent, note: `${name} ${probe.version ?? ""}`.trim() };
  throw new StageFailed({
    code: "AGENT_UNAVAILABLE",
    message: `Cannot use the agent "${name}": ${probe.reason ?? "it is not there"}`,
    class: "permanent",
    ...(probe.fix === undefined ? {} : { fix: probe.fix }),
  });
}

interface TaskParts {
  readonly request: CommandRequest;
  readonly command: CommandDoc;
  readonly context: TaskContext;
  readonly effort: "low" | "medium" | "high";
}

type Task = Parameters<Agent["run"]>[0];

function taskOf(
  call: Extract<Task["work"], { kind: "command" }>["command"],
  { request, command, context, effort }: TaskParts,
): Task {
  // `inherit` is how an agent file asks for the caller's model.
  const model = request.model ?? (command.model === "inherit" ? undefined : command.model);
  const schema = context.policy.schema ?? command.output;
  const { feedback, mcpServers, claims, context: given, preamble, memory } = request;
  return {
    work: { kind: "command", command: call },
    sessionId: sessionFor(request, context),
    effort,
    ...defined({
      model,
      schema,
      feedback,
      mcpServers,
      claims,
      context: given,
      preamble,
      memory,
      learns: context.policy.memory?.learns,
      tools: command.allowedTools,
    }),
    ...grantsOf(request),
  };
}

function failureOf(error: unknown, stages: Stages): Failure {
  const stage = stages.current;
  if (error instanceof StageFailed) return { ...error.failure, stage };
  if (!isTuttiError(error)) throw error;
  const recovery = recoveryOf(stage);
  return {
    code: error.code,
    message: messageOf(error),
    fix: error.fix,
    stage,
    class: recovery === "retry" ? "transient" : "permanent",
  };
}
