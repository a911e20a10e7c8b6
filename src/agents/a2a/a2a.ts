import type { Failure, Outcome } from "../../core/outcome.ts";
import { isTuttiError, messageOf } from "../../errors.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { Agent, AgentAbilities, AgentProbe, AgentTask } from "../../ports/agent.ts";
import type { Clock } from "../../ports/clock.ts";
import type { TaskContext } from "../../ports/executor.ts";
import { oneLine } from "../one-line.ts";
import { buildPrompt, reaskPrompt } from "../prompt.ts";
import { wantedShape } from "../shape.ts";
import { watch } from "../watch.ts";
import { storeFiles } from "./files.ts";
import { connect, fetchCard } from "./link.ts";
import { loadSdk } from "./sdk.ts";
import { openSession, type Session } from "./session.ts";
import { answerOf, failureOf, isEmpty, type Judging, thrownFailure } from "./verdict.ts";

export interface A2aAgentOptions {
  readonly name: string;
  readonly url: string;
  /** Looked up for every task, because they may be secrets; throws when one has no value. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Pause between two looks at a task that is not streamed; 1 s when absent. */
  readonly pollMs?: number;
}

/**
 * An agent that runs elsewhere and speaks the A2A protocol (1.0). A task is a context at the other side, named by tutti's
 * session: a try that was cut off finds there what has become of it, and asks again only for what was never begun or
 * was cancelled. What it costs is not said, and it sees no file of this machine.
 */
export function createA2aAgent(options: A2aAgentOptions): Agent {
  return {
    name: options.name,
    abilities,
    probe: (signal) => probe(options, signal ?? new AbortController().signal),
    run: (task, context) => runTask(options, { task, context }),
  };
}

const abilities: AgentAbilities = {
  streaming: true,
  resume: true,
  schema: "asked",
  cost: "unknown",
  tools: false,
  permissions: "none",
  files: false,
  mcp: false,
  skills: false,
  subagents: false,
  model: false,
  thinking: false,
};

const probeMs = 10_000;
const unknownUsage = { costUsd: null, inputTokens: 0, outputTokens: 0 };

async function probe({ url, headers }: A2aAgentOptions, outer: AbortSignal): Promise<AgentProbe> {
  outer.throwIfAborted();
  const signal = AbortSignal.any([outer, AbortSignal.timeout(probeMs)]);
  try {
    const sdk = await loadSdk();
    const place = { url, headers: headers() };
    const card = await fetchCard(place, { sdk, signal });
    await connect(card, place, { sdk, signal });
    return { available: true, version: `${card.name} ${card.version}`.trim() };
  } catch (error) {
    outer.throwIfAborted();
    const reason = isTuttiError(error)
      ? error.message
      : `it cannot be reached at ${url}: ${messageOf(error)}`;
    const fix = isTuttiError(error) ? error.fix : "start it, or correct `url` of its entry in tutti.yaml";
    return { available: false, reason, fix };
  }
}

interface Job {
  readonly task: AgentTask;
  readonly context: TaskContext;
}

async function runTask(options: A2aAgentOptions, { task, context }: Job): Promise<Outcome> {
  const { name, clock, url, pollMs = 1000 } = options;
  context.signal.throwIfAborted();
  const timer = watch(context, `the agent "${name}"`);
  let session: Session | undefined;
  try {
    const sdk = await loadSdk();
    const place = { url, headers: options.headers() };
    session = await openSession(task.sessionId, { sdk, place, pollMs, timer, print: context.print });
    return await inSession(session, { task, context, judging: { sdk, name, now: () => clock.now() } });
  } catch (error) {
    if (timer.signal.aborted) await session?.leave();
    context.signal.throwIfAborted();
    return failed(timer.failure() ?? thrownFailure(error, { name, now: clock.now() }));
  } finally {
    timer.end();
  }
}

interface InSession extends Job {
  readonly judging: Judging;
}

async function inSession(session: Session, { task, context, judging }: InSession): Promise<Outcome> {
  const shape = wantedShape(task);
  let progress = await session.ask(buildPrompt(task, { shape: "text" }));
  let answer = answerOf(progress, shape);
  if ("problem" in answer && failureOf(progress, judging) === undefined) {
    progress = await session.askAgain(reaskPrompt(answer.problem));
    answer = answerOf(progress, shape);
  }
  const failure = failureOf(progress, judging);
  const details = {
    session: task.sessionId,
    ...(progress.taskId === undefined ? {} : { task: progress.taskId }),
  };
  // nobody will answer what it waits for
  if (failure) await session.leave();
  if (failure) return failed(failure, details);
  if ("problem" in answer) return failed(unshaped(judging.name, answer.problem), details);
  if (isEmpty(progress)) return failed(empty(judging.name), details);
  const { artifacts, files } = await storeFiles(progress, context.artifacts);
  const given = files.length === 0 ? { details } : { details: { ...details, files }, artifacts };
  return { ok: true, output: answer.output, usage: unknownUsage, ...given };
}

function unshaped(name: string, problem: string): Failure {
  return {
    code: "OUTPUT_SHAPE",
    message: `Cannot use the answer of the agent "${name}", also when asked once more: ${oneLine(problem)}`,
    fix: "ask for the fields of `output:` in the prompt, or take the schema out",
    class: "failure",
  };
}

function empty(name: string): Failure {
  return {
    code: "AGENT_FAILED",
    message: `Cannot use the answer of the agent "${name}": it ended its task without a word and without a file`,
    fix: "run the step again, or look at the agent at its side",
    class: "failure",
  };
}

function failed(failure: Failure, details?: JsonObject): Outcome {
  return { ok: false, failure, usage: unknownUsage, ...(details ? { details } : {}) };
}
