import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeferredCall, Usage } from "../../core/outcome.ts";
import type { AgentTask } from "../../ports/agent.ts";
import type { Clock } from "../../ports/clock.ts";
import type { TaskContext } from "../../ports/executor.ts";
import type { ProcessCommand, ProcessResult, Processes } from "../../ports/processes.ts";
import { wantedShape } from "../shape.ts";
import { turnArguments, type Call, type ClaudeCodeSettings } from "./arguments.ts";
import type { CallGate } from "./call-gate.ts";
import { Dialogue } from "./dialogue.ts";
import { callEnvironment } from "./environment.ts";
import { mcpConfig } from "./grants.ts";
import { observe, usageOf, type Observer } from "./observer.ts";
import type { InitMessage, SessionTotal } from "./stream.ts";
import { judge, serversDown, type Verdict } from "./verdict.ts";

/** What every turn of every task shares. */
export interface Program {
  readonly processes: Processes;
  readonly file: string;
  readonly home: string | undefined;
  readonly provider: Readonly<Record<string, string>>;
  readonly settings: ClaudeCodeSettings;
  readonly deniedToolsFail: boolean;
  readonly clock: Clock;
}

export interface Turn {
  readonly task: AgentTask;
  readonly context: TaskContext;
  readonly prompt: string;
  readonly resume: boolean;
  /** Slash command of the prompt. */
  readonly command?: string;
  /** Goes beside the prompt. */
  readonly instructions: string;
  /** Time that is left; absent: no bound. */
  readonly timeoutMs?: number;
  readonly budgetUsd: number | undefined;
  /** What was counted for this session before. */
  readonly booked: SessionTotal | undefined;
  /** People are asked about its calls. */
  readonly calls?: Calls;
}

export interface Calls {
  readonly gate: CallGate;
  /** The session stands before a call, and goes on with that. */
  readonly goesOn: boolean;
}

export interface TurnEnd {
  readonly verdict: Verdict;
  readonly usage: Usage;
  readonly total: SessionTotal | undefined;
  readonly init: InitMessage | undefined;
  readonly models: readonly string[];
  /** The session exists already: an earlier try began it. */
  readonly inUse: boolean;
  readonly survivors: readonly number[];
  /** The call that it ended before. */
  readonly deferred: DeferredCall | undefined;
  /** It was ended before a call that nothing allows. */
  readonly isStopped: boolean;
}

/** An answer of many megabytes is told in one line at the end; the end must hold it whole. */
const keepBytes = 32 * 1024 * 1024;
/** After TERM the program first ends its own tools, which was seen to take up to 1.3 s. */
const graceMs = 4000;
const defaultIdleMs = 600_000;
/** Linux refuses a single argument of 128 KB. */
const maxArgumentBytes = 100_000;

/** One process of the program: a prompt in, a verdict out. Rejects only when the task's signal aborts. */
export async function runTurn(program: Program, turn: Turn): Promise<TurnEnd> {
  const { files, folder } = await filesOf(turn);
  try {
    return await runProcess(program, { turn, files });
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

type Files = Pick<Call, "instructions" | "mcpFile">;

/** What is too long for a command line, or must not be seen there, is in files that only this user can read. */
async function filesOf({
  instructions,
  task: { mcpServers = {} },
}: Turn): Promise<{ readonly files: Files; readonly folder?: string }> {
  const isLong = Buffer.byteLength(instructions) > maxArgumentBytes;
  const beside: Files = instructions === "" ? {} : { instructions: { text: instructions } };
  const hasServers = Object.keys(mcpServers).length > 0;
  if (!isLong && !hasServers) return { files: beside };
  const folder = await mkdtemp(join(tmpdir(), "tutti-"));
  const put = async (name: string, text: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };
  const files = {
    ...(isLong ? { instructions: { file: await put("instructions.md", instructions) } } : beside),
    ...(hasServers ? { mcpFile: await put("mcp.json", mcpConfig(mcpServers)) } : {}),
  };
  return { files, folder };
}

interface Started {
  readonly turn: Turn;
  readonly files: Files;
}

async function runProcess(program: Program, { turn, files }: Started): Promise<TurnEnd> {
  const { task, context } = turn;
  const stop = new AbortController();
  const observer = observe({
    print: (line) => context.print(line, "agent"),
    onInit: (init) => {
      if (isInVain(init, turn)) stop.abort();
      // it was read by now: what the program starts need not find the secrets in it
      if (files.mcpFile !== undefined) void rm(files.mcpFile, { force: true });
    },
  });
  const dialogue = dialogueFor(program, turn, () => stop.abort());
  const ended = await program.processes.run({
    file: program.file,
    args: turnArguments(task, { settings: program.settings, call: callOf(turn, files) }),
    cwd: context.cwd,
    env: environmentOf(program, turn),
    ...inputOf(turn, dialogue),
    signal: AbortSignal.any([context.signal, stop.signal]),
    ...(turn.timeoutMs === undefined ? {} : { timeoutMs: turn.timeoutMs }),
    idleMs: context.policy.idleMs ?? defaultIdleMs,
    graceMs,
    keepBytes,
    onLine: (line, stream) => {
      if (stream === "stdout") observer.see(line);
      else context.print(line, "stderr");
    },
  });
  dialogue?.close();
  observer.seeAgain(ended.stdout);
  if (context.signal.aborted) {
    const isAsked = observer.init !== undefined;
    context.used?.({ ...usageOf(observer, turn.booked), ...(isAsked ? { atLeast: true } : {}) });
    throw context.signal.reason;
  }
  return { ...conclude(program, { turn, observer, ended }), isStopped: dialogue?.isStopped ?? false };
}

/** A command taken for text is being paid for already: end it at once; nor is a server waited for that is not there. */
function isInVain(init: InitMessage, { command, task }: Turn): boolean {
  const isText = command !== undefined && !init.slashCommands.includes(command);
  return isText || serversDown(init, Object.keys(task.mcpServers ?? {})).length > 0;
}

function dialogueFor({ clock }: Program, { calls, prompt }: Turn, stop: () => void): Dialogue | undefined {
  return calls && new Dialogue({ ...calls, prompt, clock, stop });
}

function inputOf(
  { prompt }: Turn,
  dialogue: Dialogue | undefined,
): Pick<ProcessCommand, "input" | "onBytes"> {
  return dialogue ? { input: dialogue.input, onBytes: (bytes) => dialogue.take(bytes) } : { input: prompt };
}

function callOf(turn: Turn, files: Files): Call {
  return {
    session: { id: turn.task.sessionId, resume: turn.resume },
    schema: wantedShape(turn.task)?.schema,
    budgetUsd: turn.budgetUsd,
    asks: turn.calls !== undefined,
    ...files,
  };
}

interface Ended {
  readonly turn: Turn;
  readonly observer: Observer;
  readonly ended: ProcessResult;
}

function conclude(program: Program, { turn, observer, ended }: Ended): Omit<TurnEnd, "isStopped"> {
  const { policy } = turn.context;
  const { decided, mcpServers = {} } = turn.task;
  const { init, limit, results } = observer;
  const verdict = judge(
    { process: ended, init, limit, results },
    {
      ...(turn.command === undefined ? {} : { command: turn.command }),
      shape: wantedShape(turn.task),
      deniedToolsFail: program.deniedToolsFail,
      idleMs: policy.idleMs ?? defaultIdleMs,
      timeoutMs: policy.timeoutMs,
      now: program.clock.now(),
      deniedCall: decided?.id,
      servers: Object.keys(mcpServers),
    },
  );
  const total = results.at(-1)?.total;
  return {
    verdict,
    usage: usageOf(observer, turn.booked),
    total,
    init,
    models: total?.models ?? [],
    inUse: results.length === 0 && /^Error: Session ID \S+ is already in use/m.test(ended.stderr),
    survivors: ended.survivors,
    deferred: results.at(-1)?.deferred,
  };
}

function environmentOf(program: Program, { context, task }: Turn): Record<string, string> {
  return callEnvironment({
    provider: program.provider,
    step: context.env,
    home: program.home,
    sessionId: task.sessionId,
  });
}
