import { homedir } from "node:os";
import { join } from "node:path";
import type { Failure, Outcome } from "../../core/outcome.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { Agent, AgentAbilities, AgentProbe, AgentTask } from "../../ports/agent.ts";
import type { Clock } from "../../ports/clock.ts";
import type { TaskContext } from "../../ports/executor.ts";
import type { Processes } from "../../ports/processes.ts";
import { buildInstructions, buildPrompt } from "../prompt.ts";
import { wantedShape } from "../shape.ts";
import { probeArguments, type ClaudeCodeSettings } from "./arguments.ts";
import { converse, type ConversationEnd, type Words } from "./converse.ts";
import { callEnvironment, sessionMark } from "./environment.ts";
import { grantKinds, stoppedBefore, totalKept, unknownGrant } from "./grant-failures.ts";
import { createKnownCommands, type Ask, type KnownCommands } from "./known-commands.ts";
import type { SessionTotal } from "./stream.ts";
import type { Program } from "./turn.ts";
import { unknownCommandFailure } from "./verdict.ts";

export interface ClaudeCodeOptions extends ClaudeCodeSettings {
  readonly processes: Processes;
  readonly clock: Clock;
  /** The program; `claude`, looked for in PATH, when absent. */
  readonly file?: string;
  /** Its home folder: login, user settings and sessions. The step's HOME when absent. */
  readonly home?: string;
  /** Environment with which it reaches its model (see `providerEnvironment`); a step's own `env` wins. */
  readonly provider?: Readonly<Record<string, string>>;
  /** Whether a denied tool call makes the step fail; true when absent. */
  readonly deniedToolsFail?: boolean;
}

/**
 * The user's own Claude Code, driven through its command line.
 *
 * A command is sent as `/name arguments` when the program knows it as the same file, else (tutti's own library) as
 * its expanded text. A session that exists already belongs to a try that was cut off and is continued. An answer
 * without the declared shape is asked for once more in the same session.
 */
export function createClaudeCodeAgent(options: ClaudeCodeOptions): Agent {
  const program: Program = {
    processes: options.processes,
    file: options.file ?? "claude",
    home: options.home,
    provider: options.provider ?? {},
    settings: options,
    deniedToolsFail: options.deniedToolsFail ?? true,
    clock: options.clock,
  };
  const shared: Shared = {
    program,
    known: createKnownCommands({ clock: options.clock }),
    booked: new Map(),
  };
  return {
    name: "claude-code",
    abilities,
    probe: (signal) => probe(program, signal ?? new AbortController().signal),
    run: (task, context) => runTask(shared, { task, context }),
  };
}

const abilities: AgentAbilities = {
  streaming: true,
  resume: true,
  schema: "enforced",
  cost: "reported",
  tools: true,
  permissions: "ask",
  files: true,
  mcp: true,
  skills: true,
  subagents: true,
  model: true,
  thinking: true,
};

interface Shared {
  readonly program: Program;
  readonly known: KnownCommands;
  /** What outcomes of this agent have counted for a session already. */
  readonly booked: Map<string, SessionTotal>;
}

interface Job {
  readonly task: AgentTask;
  readonly context: TaskContext;
}

const oldestVersion = [2, 1, 0] as const;
const install = "npm install -g @anthropic-ai/claude-code";

async function probe(program: Program, signal: AbortSignal): Promise<AgentProbe> {
  const ended = await program.processes.run({
    file: program.file,
    args: ["--version"],
    cwd: process.cwd(),
    env: environment(process.env, program.home),
    signal,
    timeoutMs: 20_000,
    keepBytes: 64 * 1024,
  });
  signal.throwIfAborted();
  if (ended.ended === "error")
    return { available: false, reason: ended.error ?? "the program does not start", fix: install };
  const version = /\d+\.\d+\.\d+/.exec(ended.stdout)?.[0];
  if (ended.ended !== "exit" || ended.exitCode !== 0 || version === undefined)
    return { available: false, reason: "`claude --version` gives no version", fix: install };
  if (isOlder(version))
    return {
      available: false,
      version,
      reason: `version ${version} is older than ${oldestVersion.join(".")}`,
      fix: `${install} (with Node 22 or newer: an older Node gets an old version)`,
    };
  return { available: true, version };
}

function isOlder(version: string): boolean {
  const parts = version.split(".").map(Number);
  const differing = oldestVersion.findIndex((part, index) => part !== parts[index]);
  return differing !== -1 && (parts[differing] ?? 0) < (oldestVersion[differing] ?? 0);
}

function environment(
  source: Readonly<Record<string, string | undefined>>,
  home: string | undefined,
): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) if (value !== undefined) all[name] = value;
  return home === undefined ? all : { ...all, HOME: home };
}

async function runTask(shared: Shared, job: Job): Promise<Outcome> {
  const { task, context } = job;
  context.signal.throwIfAborted();
  if (context.policy.remainingUsd <= 0) return failed(noMoney(context.policy.remainingUsd));
  const { program } = shared;
  const timing = { endsAt: deadline(context, program.clock.now()) };
  // What an engine that was killed left running would write into the same session and folder.
  await program.processes.killMarked(sessionMark, task.sessionId);
  const missing = await missingGrant(shared, job);
  if (missing) return failed(missing);
  const words = await wordsOf(shared, job);
  if ("failure" in words) return failed(words.failure);
  const booked = totalKept(task) ?? shared.booked.get(task.sessionId);
  const end = await converse(program, { ...job, words, booked, endsAt: timing.endsAt });
  if (end.total) shared.booked.set(task.sessionId, end.total);
  return outcomeOf(end, task);
}

function deadline({ policy }: TaskContext, now: number): number | undefined {
  return policy.timeoutMs === undefined ? undefined : now + policy.timeoutMs;
}

/** A skill or subagent of the task that the program does not know here. */
async function missingGrant(shared: Shared, job: Job): Promise<Failure | undefined> {
  const { skills = [], subagents = [] } = job.task;
  if (skills.length + subagents.length === 0) return undefined;
  const known = await shared.known.list(job.context.cwd, asker(shared.program, job));
  if (!known) return undefined;
  const commands = known.commands.map(({ name }) => name);
  return (
    unknownGrant(skills, { known: commands, ...grantKinds.skill }) ??
    unknownGrant(subagents, { known: known.agents, ...grantKinds.subagent })
  );
}

async function wordsOf(shared: Shared, job: Job): Promise<Words | { readonly failure: Failure }> {
  const { work } = job.task;
  if (work.kind === "command" && work.command.native) {
    const { command } = work;
    const known = await shared.known.find(command, {
      cwd: job.context.cwd,
      userFolder: userFolderOf(shared.program, job),
      ask: asker(shared.program, job),
    });
    if (known === "no") return { failure: unknownCommandFailure(command.name) };
    if (known !== "other")
      return {
        prompt: `/${command.name} ${command.arguments}`.trimEnd(),
        command: command.name,
        // Beside the prompt: everything after the name would become an argument of the command.
        instructions: buildInstructions(job.task, { shape: "tool" }),
      };
  }
  // what several tasks share goes where it is the same for all of them
  const { preamble = "", ...task } = job.task;
  return { prompt: asPlainText(buildPrompt(task, { shape: "tool" })), instructions: preamble };
}

function userFolderOf({ home, provider }: Program, { context }: Job): string {
  const env = { ...provider, ...context.env };
  return env["CLAUDE_CONFIG_DIR"] ?? join(home ?? env["HOME"] ?? homedir(), ".claude");
}

/** A text that begins with a slash would be looked up as a command. */
function asPlainText(prompt: string): string {
  return prompt.trimStart().startsWith("/") ? `Task:\n\n${prompt}` : prompt;
}

function asker(program: Program, { task, context }: Job): Ask {
  return async (input) => {
    const ended = await program.processes.run({
      file: program.file,
      args: probeArguments(program.settings),
      cwd: context.cwd,
      env: callEnvironment({
        provider: program.provider,
        step: context.env,
        home: program.home,
        sessionId: task.sessionId,
      }),
      input,
      signal: context.signal,
      timeoutMs: 30_000,
      keepBytes: 4 * 1024 * 1024,
    });
    context.signal.throwIfAborted();
    return ended.stdout;
  };
}

function noMoney(remainingUsd: number): Failure {
  return {
    code: "LIMIT_REACHED",
    message: `Cannot start Claude Code: ${remainingUsd} USD are left of the run's cap`,
    fix: "raise limits.cost of the run",
    class: "permanent",
  };
}

function failed(failure: Failure): Outcome {
  return { ok: false, failure, usage: { costUsd: 0, inputTokens: 0, outputTokens: 0 } };
}

function outcomeOf(end: ConversationEnd, task: AgentTask): Outcome {
  const common = {
    usage: end.usage,
    details: detailsOf(end, task),
  };
  if (end.undecided) return { ok: false, ...stoppedBefore(end.undecided, end.total), ...common };
  if (!end.verdict.ok) return { ok: false, failure: end.verdict.failure, ...common };
  const { structured, text } = end.verdict;
  const shape = wantedShape(task);
  return { ok: true, output: shape ? shape.outputOf(structured ?? null) : text, ...common };
}

function detailsOf(end: ConversationEnd, task: AgentTask): JsonObject {
  return {
    session: task.sessionId,
    turns: end.turns,
    ...(end.init ? { model: end.init.model, version: end.init.version } : {}),
    ...(end.models.length > 0 ? { models: end.models } : {}),
    ...(end.resumed ? { resumed: true } : {}),
    ...(end.survivors.length > 0 ? { survivors: end.survivors } : {}),
  };
}
