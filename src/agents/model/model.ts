import type { Failure, Outcome, Usage } from "../../core/outcome.ts";
import { isTuttiError, messageOf } from "../../errors.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { Agent, AgentAbilities, AgentProbe, AgentTask } from "../../ports/agent.ts";
import type { Clock } from "../../ports/clock.ts";
import type { TaskContext } from "../../ports/executor.ts";
import type { Processes } from "../../ports/processes.ts";
import { McpFailed } from "../../mcp-client/mcp-failed.ts";
import { type Endpoint, endpointFor, type Models } from "./endpoints.ts";
import { converse, type End } from "./loop.ts";
import { noUsage, usageBeyond } from "./prices.ts";
import { loadSdk, probeSdk } from "./sdk.ts";
import { openSession, type Redaction, type Session } from "./session.ts";
import { checkNamed, openServers } from "./tools/mcp.ts";
import type { Site } from "./tools/tool.ts";
import { toolboxOf } from "./tools/toolbox.ts";
import { watch, type Watch } from "../watch.ts";

export interface ModelAgentOptions {
  /** `model` when absent. */
  readonly name?: string;
  readonly models: Models;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly secrets: (name: string) => string | undefined;
  /** Keys that are used from now on: what is written down must not hold them. */
  readonly learnSecret: (value: string) => void;
  readonly shell: Site["shell"];
  /** Where sessions are kept; absent: nowhere, and none goes on after a crash. */
  readonly sessions?: string;
  readonly redaction: Redaction;
}

/**
 * A model that is asked directly, by the AI SDK: Anthropic's, or whatever speaks OpenAI's Chat Completions. tutti itself
 * is the agent around it: it makes the calls of tools, keeps to `tools:`, and writes down each step of the session, so
 * that a session that was cut off goes on where it stopped.
 */
export function createModelAgent(options: ModelAgentOptions): Agent {
  const shared: Shared = { options, counted: new Map(), unthinking: new Set() };
  return {
    name: options.name ?? "model",
    abilities: { ...abilities, schema: holdsToSchema(options.models) ? "enforced" : "asked" },
    probe: async (signal) => {
      signal?.throwIfAborted();
      return probe(options);
    },
    run: (task, context) => runTask(shared, { task, context }),
  };
}

const abilities: AgentAbilities = {
  streaming: true,
  resume: true,
  schema: "enforced",
  cost: "priced",
  tools: true,
  permissions: "ask",
  files: true,
  mcp: true,
  skills: false,
  subagents: false,
  model: true,
  thinking: true,
};

/** Where the model that it asks by itself cannot be held to one, the prompt asks for it. */
function holdsToSchema(models: Models): boolean {
  const endpoint = endpointFor(undefined, models);
  return !isEndpoint(endpoint) || endpoint.enforcesSchema;
}

interface Shared {
  readonly options: ModelAgentOptions;
  /** What outcomes of this agent have counted for a session already. */
  readonly counted: Map<string, Usage>;
  readonly unthinking: Set<string>;
}

interface Job {
  readonly task: AgentTask;
  readonly context: TaskContext;
}

async function probe({ models, secrets }: ModelAgentOptions): Promise<AgentProbe> {
  const endpoint = endpointFor(undefined, models);
  const usual = isEndpoint(endpoint) ? endpoint : undefined;
  try {
    const version = `ai ${await probeSdk(usual?.provider ?? "anthropic")}`;
    const lacking = usual?.keyName !== undefined && !secrets(usual.keyName) ? usual.keyName : undefined;
    if (lacking === undefined) return { available: true, version };
    const reason = `the secret ${lacking} has no value here`;
    return { available: false, version, reason, fix: `set ${lacking} in the environment` };
  } catch (error) {
    const fix = isTuttiError(error) ? { fix: error.fix } : {};
    return { available: false, reason: messageOf(error), ...fix };
  }
}

function isEndpoint(found: Endpoint | Failure): found is Endpoint {
  return !("code" in found);
}

async function runTask(shared: Shared, job: Job): Promise<Outcome> {
  const { task, context } = job;
  const { options } = shared;
  context.signal.throwIfAborted();
  const endpoint = endpointFor(task.model, options.models);
  if (!isEndpoint(endpoint)) return failed(endpoint);
  const apiKey = endpoint.keyName === undefined ? undefined : options.secrets(endpoint.keyName);
  if (endpoint.keyName !== undefined && !apiKey) return failed(noKey(endpoint.keyName, endpoint));
  if (apiKey) options.learnSecret(apiKey);
  const timer = watch(context, "the model");
  try {
    // What a tutti that was killed left running would work in the same folder.
    await options.processes.killMarked(sessionMark, task.sessionId);
    const folder = context.unsaved ? undefined : options.sessions;
    const session = await openSession(task.sessionId, { folder, redaction: options.redaction });
    const end = await inSession(shared, { ...job, endpoint, apiKey, session, timer });
    return await outcomeOf(end, { shared, task, session, endpoint });
  } finally {
    timer.end();
  }
}

/** Carried by everything a session starts, so that it can be found and ended. */
const sessionMark = "TUTTI_SESSION";

interface InSession extends Job {
  readonly endpoint: Endpoint;
  readonly apiKey: string | undefined;
  readonly session: Session;
  readonly timer: Watch;
}

async function inSession(shared: Shared, job: InSession): Promise<End> {
  const { task, context, endpoint, apiKey, session, timer } = job;
  const site = siteOf(shared.options, job);
  try {
    const onWarning = (line: string) => context.print(`(${line})`, "agent");
    const sdk = await loadSdk(endpoint, { apiKey, onWarning });
    const servers = await openServers(task.mcpServers, site);
    try {
      // what the file of a command allows was written for agents that may have more
      if (task.work.kind !== "command")
        checkNamed(task.tools, { servers: task.mcpServers, has: servers.tools });
      const asks = task.permissions === "ask";
      return await converse({
        task,
        context,
        endpoint,
        sdk,
        session,
        toolbox: toolboxOf({ tools: task.tools, servers, site, asks }),
        watch: timer,
        now: () => shared.options.clock.now(),
        counted: shared.counted.get(task.sessionId) ?? session.counted,
        unthinking: shared.unthinking,
      });
    } finally {
      await servers.close();
    }
  } catch (error) {
    context.signal.throwIfAborted();
    const failure = timer.failure() ?? failureIn(error);
    if (failure) return { ok: false, failure };
    throw error;
  }
}

function siteOf({ processes, shell }: ModelAgentOptions, { task, context, timer }: InSession): Site {
  return {
    cwd: context.cwd,
    env: context.env,
    signal: timer.signal,
    onLine: (line) => {
      timer.beat();
      if (line !== undefined) context.print(line, "agent");
    },
    processes,
    shell,
    mark: { [sessionMark]: task.sessionId },
  };
}

function failureIn(error: unknown): Failure | undefined {
  if (error instanceof McpFailed) return error.failure;
  if (!isTuttiError(error)) return undefined;
  return { code: error.code, message: error.message, fix: error.fix, class: "permanent" };
}

function noKey(name: string, endpoint: Endpoint): Failure {
  return {
    code: "SECRET_MISSING",
    message: `Cannot ask ${endpoint.name}: the secret ${name} has no value here`,
    fix: `set ${name} in the environment`,
    class: "permanent",
  };
}

function failed(failure: Failure): Outcome {
  return { ok: false, failure, usage: noUsage };
}

interface Ended {
  readonly shared: Shared;
  readonly task: AgentTask;
  readonly session: Session;
  readonly endpoint: Endpoint;
}

async function outcomeOf(end: End, { shared, task, session, endpoint }: Ended): Promise<Outcome> {
  const { counted } = shared;
  const usage = usageBeyond(session.usage, counted.get(task.sessionId) ?? session.counted);
  counted.set(task.sessionId, session.usage);
  const common = { usage: toldOf(usage), details: detailsOf(session, { task, endpoint }) };
  if (end.ok) return { ok: true, output: end.output, ...common };
  if (!end.deferred) return { ok: false, failure: end.failure, ...common };
  // Another process may go on with it, long after this outcome was counted.
  await session.add({ type: "counted", usage: session.usage });
  return { ok: false, failure: end.failure, deferred: end.deferred, ...common };
}

/** Of a session with no answer nothing is known. */
function toldOf(usage: Usage): Usage {
  return usage.atLeast && usage.costUsd === 0 ? { ...usage, costUsd: null } : usage;
}

function detailsOf(
  { answers, denied, unknownTools, resumed }: Session,
  { task, endpoint }: Pick<Ended, "task" | "endpoint">,
): JsonObject {
  return {
    session: task.sessionId,
    model: endpoint.name,
    turns: answers,
    ...(denied.length > 0 ? { denied } : {}),
    ...(unknownTools > 0 ? { unknownTools } : {}),
    ...(resumed ? { resumed: true } : {}),
  };
}
