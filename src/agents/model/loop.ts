import type { ModelMessage, ToolSet } from "ai";
import type { DeferredCall, Failure, Usage } from "../../core/outcome.ts";
import type { Json } from "../../expression/json.ts";
import type { AgentTask, DecidedCall } from "../../ports/agent.ts";
import type { TaskContext } from "../../ports/executor.ts";
import { reaskPrompt } from "../prompt.ts";
import { wantedShape } from "../shape.ts";
import { ask, type Said } from "./ask.ts";
import type { Endpoint } from "./endpoints.ts";
import { costOf, usageBeyond, usageOf } from "./prices.ts";
import { conversation, instructionsOf, taskMessage } from "./prompt.ts";
import { mayBeBilled, refusalFailure } from "./refusal.ts";
import type { Sdk } from "./sdk.ts";
import type { Session, ToolCall, ToolResult } from "./session.ts";
import type { Toolbox } from "./tools/toolbox.ts";
import { judge } from "./verdict.ts";
import type { Watch } from "../watch.ts";

/** All that one task is done with. */
export interface Work {
  readonly task: AgentTask;
  readonly context: TaskContext;
  readonly endpoint: Endpoint;
  readonly sdk: Sdk;
  readonly session: Session;
  readonly toolbox: Toolbox;
  readonly watch: Watch;
  readonly now: () => number;
  /** What earlier outcomes counted for the session. */
  readonly counted: Usage | undefined;
  /** Models that were seen to refuse to be told how long to think. */
  readonly unthinking: Set<string>;
}

export type End =
  | { readonly ok: true; readonly output: Json }
  | { readonly ok: false; readonly failure: Failure; readonly deferred?: DeferredCall };

/** How often the model is asked in one session, at most: a loop that comes to nothing has to end. */
const maxAnswers = 100;
const maxAsksAgain = 2;

/**
 * Asks the model, does what it calls for, and asks again, until it answers without a call. Every step goes into the
 * session before the next one begins. Rejects with the reason of the watch's signal when it aborts.
 */
export async function converse(work: Work): Promise<End> {
  const { session } = work;
  tellUsed(work);
  for (;;) {
    const [call] = session.open;
    if (call) {
      const stop = await answerCall(call, work);
      if (stop) return stop;
      continue;
    }
    const end = await judged(work);
    if (end) return end;
    const failure = atLimit(work) ?? (await askModel(work));
    if (failure) return { ok: false, failure };
  }
}

/** It counts when the task is stopped; while the model is asked, nobody knows what more that costs. */
function tellUsed({ session, counted, context }: Work, more: Pick<Usage, "atLeast"> = {}): void {
  context.used?.({ ...usageBeyond(session.usage, counted), ...more });
}

/** What the last answer comes to, if it is one; undefined when the model has to be asked. */
async function judged({ session, task, endpoint }: Work): Promise<End | undefined> {
  const { answer, denied, asksAgain } = session;
  if (!answer) return undefined;
  const verdict = judge(answer, { model: endpoint.name, shape: wantedShape(task), denied });
  if (verdict.ok) return verdict;
  if (verdict.problem === undefined || asksAgain >= maxAsksAgain)
    return { ok: false, failure: verdict.failure };
  await session.add({ type: "again", prompt: reaskPrompt(verdict.problem) });
  return undefined;
}

function atLimit({ session, context, counted }: Work): Failure | undefined {
  const { remainingUsd } = context.policy;
  const { costUsd } = usageBeyond(session.usage, counted);
  if (costUsd !== null && costUsd >= remainingUsd)
    return {
      code: "LIMIT_REACHED",
      message: `Cannot ask the model: ${remainingUsd} USD were left of the run's cap, and ${costUsd} USD are spent`,
      fix: "raise limits.cost of the run",
      class: "permanent",
    };
  if (session.answers < maxAnswers) return undefined;
  return {
    code: "AGENT_FAILED",
    message: `Cannot finish with the model: it was asked ${maxAnswers} times and still calls tools`,
    fix: "split the step",
    class: "failure",
  };
}

/** One more answer in the session; the failure when there is none. */
async function askModel(work: Work): Promise<Failure | undefined> {
  const { session, endpoint, sdk } = work;
  await session.add({ type: "asks" });
  tellUsed(work, { atLeast: true });
  const said = await answerOf(work);
  if ("failure" in said) {
    await session.add({ type: "failed", billed: said.billed });
    tellUsed(work);
    return said.failure;
  }
  const { messages, text, calls, finish, tokens } = said;
  const usage = usageOf(tokens, costOf(tokens, endpoint, sdk.prices));
  await session.add({ type: "answer", messages, text, calls, finish, usage });
  tellUsed(work);
  return undefined;
}

type NoAnswer = { readonly failure: Failure; readonly billed: boolean };

async function answerOf(work: Work): Promise<Said | NoAnswer> {
  try {
    return await askThinking(work);
  } catch (error) {
    // left open in the session: what it cost is not known
    if (work.context.signal.aborted) throw error;
    const late = work.watch.failure();
    if (late) return { failure: late, billed: true };
    const failure = refusalFailure(error, { model: work.endpoint.name, now: work.now() });
    return { failure, billed: mayBeBilled(error) };
  }
}

/** A model that cannot be told how long to think is asked once more without it. */
async function askThinking(work: Work): Promise<Said> {
  const { task, endpoint, unthinking, context } = work;
  const effort = unthinking.has(endpoint.name) ? undefined : task.effort;
  try {
    return await ask(work.sdk, questionOf(work, effort));
  } catch (error) {
    if (effort === undefined || !refusesToThink(error)) throw error;
    unthinking.add(endpoint.name);
    context.print(`(${endpoint.name} cannot be told how long to think)`, "agent");
    return ask(work.sdk, questionOf(work, undefined));
  }
}

function refusesToThink(error: unknown): boolean {
  const { statusCode, message } = error as { readonly statusCode?: number; readonly message?: string };
  return statusCode === 400 && /reasoning|thinking|\bthink\b/i.test(message ?? "");
}

function questionOf(work: Work, effort: AgentTask["effort"]) {
  const { task, endpoint, session, context, watch } = work;
  const messages: readonly ModelMessage[] = [taskMessage(task, endpoint), ...session.history];
  return {
    instructions: instructionsOf(task, endpoint),
    messages: conversation(messages),
    tools: toolsOf(work),
    effort,
    schema: endpoint.enforcesSchema ? wantedShape(task)?.schema : undefined,
    signal: watch.signal,
    onLine: (line: string) => context.print(line, "agent"),
    onPart: () => watch.beat(),
  };
}

/** Without anything to run them: their calls are answered here, where they are kept. */
function toolsOf({ sdk: { ai }, toolbox }: Work): ToolSet {
  return Object.fromEntries(
    toolbox.offered.map(({ name, description, inputSchema }) => [
      name,
      ai.tool({ description, inputSchema: ai.jsonSchema(inputSchema) }),
    ]),
  );
}

/** Does one call, and keeps what it came to; an end when the task stops before it. */
async function answerCall(call: ToolCall, work: Work): Promise<End | undefined> {
  const { session, toolbox, context, task, watch } = work;
  const objection = objectionTo(call, work);
  if (objection?.denied !== undefined && task.permissions === "ask")
    return stopBefore(call, objection.denied);
  context.print(`${objection ? "✗" : "→"} ${toolbox.label(call)}`, "agent");
  watch.signal.throwIfAborted();
  if (!objection && toolbox.changes(call)) await session.add({ type: "acts", call: call.id });
  await session.add({ type: "result", result: objection ?? (await toolbox.use(call)) });
  watch.beat();
  return undefined;
}

/** What stands against a call; what a person decided about it goes before what `tools:` says. */
function objectionTo(call: ToolCall, work: Work): ToolResult | undefined {
  const { session, toolbox, task } = work;
  const decided = task.decided?.id === call.id ? task.decided : undefined;
  if (decided && !decided.allow) return refusal(call, deniedBy(decided));
  const found = toolbox.objection(call);
  if (found && (found.denied === undefined || !decided)) return found;
  return toolbox.changes(call) && session.wasBegun(call.id) ? refusal(call, interrupted) : undefined;
}

function deniedBy({ note }: DecidedCall): string {
  return note === undefined ? "Denied by a person." : `Denied by a person: ${note}`;
}

const interrupted =
  "This call was interrupted: it may have taken effect or not. Look first, and make it again only if it did not.";

function refusal({ id, name }: ToolCall, text: string): ToolResult {
  return { call: id, name, text, isError: true };
}

function stopBefore({ id, input }: ToolCall, label: string): End {
  return {
    ok: false,
    deferred: { id, tool: label.replace(/\(.*$/s, ""), input },
    failure: {
      code: "AGENT_DENIED",
      message: `Cannot go on with the model: nothing allows ${label}`,
      fix: "decide about the call, or allow it with `tools:` of the step",
      class: "failure",
    },
  };
}
