import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Usage } from "../../core/outcome.ts";
import type { AgentTask } from "../../ports/agent.ts";
import type { TaskContext } from "../../ports/executor.ts";
import type { ProcessResult, Processes } from "../../ports/processes.ts";
import { wantedShape } from "../shape.ts";
import { turnArguments, type Call, type ClaudeCodeSettings } from "./arguments.ts";
import { callEnvironment } from "./environment.ts";
import { observe, usageOf, type Observer } from "./observer.ts";
import type { InitMessage, SessionTotal } from "./stream.ts";
import { judge, type Verdict } from "./verdict.ts";

/** What every turn of every task shares. */
export interface Program {
  readonly processes: Processes;
  readonly file: string;
  readonly home: string | undefined;
  readonly provider: Readonly<Record<string, string>>;
  readonly settings: ClaudeCodeSettings;
  readonly deniedToolsFail: boolean;
  readonly now: () => number;
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
  const { text, folder } = await instructionsOf(turn.instructions);
  try {
    return await runProcess(program, { turn, instructions: text });
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function instructionsOf(
  instructions: string,
): Promise<{ readonly text: Call["instructions"]; readonly folder?: string }> {
  if (instructions === "") return { text: undefined };
  if (Buffer.byteLength(instructions) <= maxArgumentBytes) return { text: { text: instructions } };
  const folder = await mkdtemp(join(tmpdir(), "tutti-"));
  const file = join(folder, "instructions.md");
  await writeFile(file, instructions, { mode: 0o600 });
  return { text: { file }, folder };
}

interface Started {
  readonly turn: Turn;
  readonly instructions: Call["instructions"];
}

async function runProcess(program: Program, { turn, instructions }: Started): Promise<TurnEnd> {
  const { task, context, command } = turn;
  const stop = new AbortController();
  const observer = observe({
    print: (line) => context.print(line, "agent"),
    // A command taken for text is being paid for already: end it at once.
    onInit: (init) => {
      if (command !== undefined && !init.slashCommands.includes(command)) stop.abort();
    },
  });
  const ended = await program.processes.run({
    file: program.file,
    args: turnArguments(task, { settings: program.settings, call: callOf(turn, instructions) }),
    cwd: context.cwd,
    env: environmentOf(program, turn),
    input: turn.prompt,
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
  context.signal.throwIfAborted();
  observer.seeAgain(ended.stdout);
  return conclude(program, { turn, observer, ended });
}

function callOf(turn: Turn, instructions: Call["instructions"]): Call {
  return {
    session: { id: turn.task.sessionId, resume: turn.resume },
    schema: wantedShape(turn.task)?.schema,
    budgetUsd: turn.budgetUsd,
    ...(instructions ? { instructions } : {}),
  };
}

interface Ended {
  readonly turn: Turn;
  readonly observer: Observer;
  readonly ended: ProcessResult;
}

function conclude(program: Program, { turn, observer, ended }: Ended): TurnEnd {
  const { policy } = turn.context;
  const { init, limit, results } = observer;
  const verdict = judge(
    { process: ended, init, limit, results },
    {
      ...(turn.command === undefined ? {} : { command: turn.command }),
      shape: wantedShape(turn.task),
      deniedToolsFail: program.deniedToolsFail,
      idleMs: policy.idleMs ?? defaultIdleMs,
      timeoutMs: policy.timeoutMs,
      now: program.now(),
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
