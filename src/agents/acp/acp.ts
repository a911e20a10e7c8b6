import type { Failure, Outcome, Usage } from "../../core/outcome.ts";
import type { Json, JsonObject } from "../../expression/json.ts";
import type { Agent, AgentProbe, AgentTask } from "../../ports/agent.ts";
import type { Clock } from "../../ports/clock.ts";
import type { TaskContext } from "../../ports/executor.ts";
import type { Processes } from "../../ports/processes.ts";
import { wantedShape } from "../shape.ts";
import { converse, type Talked } from "./converse.ts";
import { abilitiesOf, type AcpEntry } from "./entry.ts";
import { launch } from "./launch.ts";
import { probe } from "./probe.ts";
import { installSdk, loadSdk, type Sdk } from "./sdk.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { addedUsd } from "./usage.ts";
import { judge } from "./verdict.ts";

export interface AcpOptions {
  readonly entry: AcpEntry;
  readonly processes: Processes;
  readonly clock: Clock;
  /** Environment of tutti itself: the entry says which of it the agent gets. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What every step sees of it. */
  readonly stepEnvironment: Readonly<Record<string, string>>;
  /** Folder for what has to be known after a crash; in memory only when absent. */
  readonly dir?: string;
}

/** Carried by everything a session starts, so that it can be found and ended. */
export const sessionMark = "TUTTI_SESSION";

/**
 * Any agent that speaks the Agent Client Protocol (v1) on its standard input and output.
 *
 * One program for a task: it is introduced to tutti, takes up the session of a try that was cut off or begins one, is
 * asked, and asked again in the same session while the answer has not the declared shape. Whatever it wants permission
 * for is decided by `tools:` of the step, else by what its entry allows.
 */
export function createAcpAgent(options: AcpOptions): Agent {
  const sessions = createSessions(options.dir);
  const shared: Shared = { ...options, sessions, booked: new Map() };
  return {
    name: options.entry.name,
    abilities: abilitiesOf(options.entry),
    probe: (signal): Promise<AgentProbe> => probe(options, signal ?? new AbortController().signal),
    run: (task, context) => runTask(shared, { task, context }),
  };
}

interface Shared extends AcpOptions {
  readonly sessions: Sessions;
  /** What outcomes of this agent have counted for a session already, in dollars. */
  readonly booked: Map<string, number>;
}

interface Job {
  readonly task: AgentTask;
  readonly context: TaskContext;
}

const defaultIdleMs = 600_000;

async function runTask(shared: Shared, job: Job): Promise<Outcome> {
  const { task, context } = job;
  const { entry, processes } = shared;
  context.signal.throwIfAborted();
  const { remainingUsd } = context.policy;
  if (remainingUsd <= 0) return failed(noMoney(entry, remainingUsd));
  const sdk = await loadSdk();
  if (!sdk) return failed(noSdk(entry));
  // What a tutti that was killed left running would write into the same session and folder.
  await processes.killMarked(sessionMark, task.sessionId);
  context.signal.throwIfAborted();
  const talked = await talk(shared, { ...job, sdk });
  if (context.signal.aborted) {
    const isAsked = talked.turns > 0;
    const usage = usageOf(talked, shared.booked.get(task.sessionId));
    context.used?.({ ...usage, ...(isAsked ? { atLeast: true } : {}) });
    throw context.signal.reason;
  }
  return outcomeOf(shared, { task, context, talked });
}

async function talk(shared: Shared, { task, context, sdk }: Job & { readonly sdk: Sdk }): Promise<Talked> {
  const { entry, processes, environment, sessions, booked } = shared;
  const launched = await launch({ entry, task, context, environment });
  try {
    const { policy } = context;
    return await converse({
      sdk,
      processes,
      entry,
      task,
      context,
      sessions,
      bookedUsd: booked.get(task.sessionId),
      command: {
        ...launched.command,
        env: { ...launched.command.env, [sessionMark]: task.sessionId },
        idleMs: policy.idleMs ?? defaultIdleMs,
        ...(policy.timeoutMs === undefined ? {} : { timeoutMs: policy.timeoutMs }),
      },
    });
  } finally {
    await launched.remove();
  }
}

function outcomeOf(shared: Shared, { task, context, talked }: Job & { readonly talked: Talked }): Outcome {
  const { entry, clock } = shared;
  const { observer } = talked;
  const failure = judge({
    ...talked,
    entry,
    trouble: observer.trouble,
    isEmpty: !observer.hasWorked,
    idleMs: context.policy.idleMs ?? defaultIdleMs,
    timeoutMs: context.policy.timeoutMs,
    now: clock.now(),
  });
  const usage = usageOf(talked, shared.booked.get(task.sessionId));
  if (typeof observer.costUsd === "number") shared.booked.set(task.sessionId, observer.costUsd);
  const details = detailsOf(talked);
  if (failure) return { ok: false, failure, usage, details };
  return { ok: true, output: outputOf(task, talked), usage, details };
}

function detailsOf({ session, turns, process }: Talked): JsonObject {
  return {
    turns,
    ...(session ? { session: session.id } : {}),
    ...(session?.version === undefined ? {} : { version: session.version }),
    ...(session?.isResumed === true ? { resumed: true } : {}),
    ...(process.survivors.length > 0 ? { survivors: process.survivors } : {}),
  };
}

function outputOf(task: AgentTask, { output, observer }: Talked): Json {
  const shape = wantedShape(task);
  return shape ? shape.outputOf(output ?? null) : observer.answer.trim();
}

/** A price that is not said is unknown, unless the model was never asked, or refused to answer. */
function usageOf(talked: Talked, bookedUsd: number | undefined): Usage {
  const { observer, tokens, turns, error } = talked;
  const { costUsd } = observer;
  const wasReached = turns > 0 && (tokens !== undefined || !isRefusal(talked) || isWork(observer, error));
  if (!wasReached && costUsd === undefined) return { costUsd: 0, inputTokens: 0, outputTokens: 0 };
  return {
    costUsd: typeof costUsd === "number" ? addedUsd(costUsd, bookedUsd) : null,
    ...(tokens ?? { inputTokens: 0, outputTokens: 0 }),
  };
}

/** It answered with an error: one that was cut off, or died, may have asked its model before. */
function isRefusal({ observer, error, isLost, process }: Talked): boolean {
  const isCutOff = isLost || process.ended === "timeout" || process.ended === "idle";
  return !isCutOff && (error !== undefined || observer.trouble !== undefined);
}

/** Some say the error of their model as if it were its answer. */
function isWork({ hasWorked, answer, trouble }: Talked["observer"], error: unknown): boolean {
  const said = trouble ?? (error instanceof Error ? error.message : "");
  return hasWorked && (answer.trim() === "" || !said.includes(answer.trim()));
}

function noMoney({ name }: AcpEntry, remainingUsd: number): Failure {
  return {
    code: "LIMIT_REACHED",
    message: `Cannot start "${name}": ${remainingUsd} USD are left of the run's cap`,
    fix: "raise limits.cost of the run",
    class: "permanent",
  };
}

function noSdk({ name }: AcpEntry): Failure {
  return {
    code: "AGENT_UNAVAILABLE",
    message: `Cannot start "${name}": the package @agentclientprotocol/sdk is not installed`,
    fix: installSdk,
    class: "permanent",
  };
}

function failed(failure: Failure): Outcome {
  return { ok: false, failure, usage: { costUsd: 0, inputTokens: 0, outputTokens: 0 } };
}
