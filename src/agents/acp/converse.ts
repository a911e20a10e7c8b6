import { setTimeout as sleep } from "node:timers/promises";
import type { Json, JsonObject } from "../../expression/json.ts";
import type { AgentTask } from "../../ports/agent.ts";
import type { TaskContext } from "../../ports/executor.ts";
import type { ProcessResult, Processes } from "../../ports/processes.ts";
import { shapeProblems } from "../../shape/shape.ts";
import { textField } from "../fields.ts";
import { reaskPrompt } from "../prompt.ts";
import { shapedAnswer, wantedShape } from "../shape.ts";
import type { AcpEntry } from "./entry.ts";
import { openLink, type Link, type LinkOptions } from "./link.ts";
import { observe, type Observer } from "./observer.ts";
import { allows, answerTo, beyondTools, type PermissionRules } from "./permission.ts";
import { refusalIn } from "./refusal.ts";
import type { Sdk } from "./sdk.ts";
import { openSession, type Session, type Talk } from "./session.ts";
import type { Sessions } from "./sessions.ts";
import { labelOf } from "./tool-call.ts";
import { addedUsd, addTokens, tokensOf, type Tokens } from "./usage.ts";

export interface Conversation {
  readonly sdk: Sdk;
  readonly processes: Processes;
  readonly entry: AcpEntry;
  readonly task: AgentTask;
  readonly context: TaskContext;
  readonly sessions: Sessions;
  /** What was counted for this session before. */
  readonly bookedUsd: number | undefined;
  readonly command: LinkOptions["command"];
}

/** What came of it; `error` when it broke off. */
export interface Talked {
  readonly process: ProcessResult;
  readonly observer: Observer;
  readonly session: Session | undefined;
  readonly turns: number;
  readonly stopReason: string | undefined;
  readonly tokens: Tokens | undefined;
  /** The declared output, when the answer has it. */
  readonly output: Json | undefined;
  readonly problems: readonly string[];
  readonly denied: readonly string[];
  /** The calls that it made without asking, although `tools:` does not allow them. */
  readonly unasked: readonly string[];
  readonly isOverBudget: boolean;
  readonly isLost: boolean;
  readonly error: unknown;
}

/** How long an agent may take to end its turn after it was told to. */
const cancelMs = 2000;
/** How often an answer without the declared shape is asked for again. */
const maxReasks = 2;

/** Talks with one program until the task is done, refused or stopped; nothing of it is left when this resolves. */
export async function converse(conversation: Conversation): Promise<Talked> {
  const { context } = conversation;
  const state: State = {
    session: undefined,
    turn: undefined,
    turns: 0,
    stopReason: undefined,
    tokens: undefined,
    output: undefined,
    problems: [],
    isOverBudget: false,
  };
  const denied: string[] = [];
  const observer = observe({
    print: (line) => context.print(line, "agent"),
    titleIsCommand: conversation.entry.titleIsCommand,
  });
  const link = open(conversation, { observer, denied, state });
  const talk: Talk = { ...conversation, link, observer };
  const onAbort = (): void => void cancel(link, state);
  context.signal.addEventListener("abort", onAbort, { once: true });
  let error: unknown;
  let isLost = false;
  try {
    if (context.signal.aborted) onAbort();
    await work(talk, state);
  } catch (thrown) {
    error = thrown ?? new Error("no reason was given");
    isLost = link.result !== undefined && refusalIn(thrown).code === undefined;
  } finally {
    observer.flush();
  }
  const process = await link.close();
  context.signal.removeEventListener("abort", onAbort);
  for (const call of observer.denied) denied.push(labelOf(call));
  const unasked = holdsTools(conversation) ? await beyondTools(observer.unasked, rulesOf(conversation)) : [];
  return { ...state, process, observer, denied, unasked: unasked.map(labelOf), isLost, error };
}

/** For a command Claude takes the list as what it need not ask for, and does by itself what only looks. */
function holdsTools({ entry, task }: Conversation): boolean {
  return entry.holdsTools && (entry.meta === undefined || task.work.kind === "prompt");
}

function rulesOf({ entry, task, context }: Conversation): PermissionRules {
  const servers = Object.keys(task.mcpServers ?? {});
  return { allow: entry.allow, tools: task.tools, servers, cwd: context.cwd };
}

interface State {
  session: Session | undefined;
  /** Settles when the agent has answered its last prompt. */
  turn: Promise<unknown> | undefined;
  turns: number;
  stopReason: string | undefined;
  tokens: Tokens | undefined;
  output: Json | undefined;
  problems: readonly string[];
  isOverBudget: boolean;
}

interface Watched {
  readonly observer: Observer;
  readonly denied: string[];
  readonly state: State;
}

function open(conversation: Conversation, { observer, denied, state }: Watched): Link {
  const { sdk, processes, command, context, bookedUsd } = conversation;
  const rules = rulesOf(conversation);
  const link = openLink({
    sdk,
    processes,
    command,
    onUpdate: (update) => {
      observer.see(update);
      const { costUsd } = observer;
      if (typeof costUsd !== "number" || state.isOverBudget) return;
      state.isOverBudget = addedUsd(costUsd, bookedUsd) > context.policy.remainingUsd;
      if (state.isOverBudget) void cancel(link, state);
    },
    onPermission: async (request: JsonObject) => {
      const call = observer.asks(request);
      const isAllowed = await allows(call, rules);
      if (!isAllowed) {
        denied.push(labelOf(call));
        context.print(`✗ ${labelOf(call)} is not allowed`, "agent");
      }
      return answerTo(request, isAllowed);
    },
    onLine: (line) => context.print(line, "stderr"),
  });
  return link;
}

/** Ends the turn as the protocol has it, then the program and all that it started. */
async function cancel(link: Link, { session, turn }: State): Promise<void> {
  if (session) {
    link.notify("session/cancel", { sessionId: session.id });
    await Promise.race([sleep(cancelMs), turn]);
  }
  await link.stop();
}

async function work(talk: Talk, state: State): Promise<void> {
  state.session = await openSession(talk);
  talk.sessions.remember(talk.task.sessionId, state.session.id);
  await ask(talk, { state, prompt: state.session.prompt });
  const shape = wantedShape(talk.task);
  if (!shape) return;
  for (let asked = 0; ; asked += 1) {
    const answer = shapedAnswer(talk.observer.answer, shape);
    state.output = answer;
    state.problems = problemsOf(shape.schema, answer);
    const isOver = state.stopReason !== "end_turn" || talk.observer.trouble !== undefined;
    if (state.problems.length === 0 || asked >= maxReasks || isOver) return;
    await ask(talk, { state, prompt: reaskPrompt(state.problems.join("; ")) });
  }
}

async function ask(
  { link, observer }: Talk,
  { state, prompt }: { readonly state: State; readonly prompt: string },
): Promise<void> {
  observer.begin();
  state.turns += 1;
  const asked = link.request("session/prompt", {
    sessionId: state.session?.id ?? "",
    prompt: [{ type: "text", text: prompt }],
  });
  state.turn = asked.catch(() => undefined);
  const answer = await asked;
  state.stopReason = textField(answer, "stopReason") ?? "";
  state.tokens = addTokens(state.tokens, tokensOf(answer));
}

function problemsOf(schema: JsonObject, answer: Json | undefined): readonly string[] {
  if (answer === undefined) return ["it did not have the declared shape"];
  try {
    return shapeProblems(schema, answer, { root: "output", what: "the schema", fix: "correct it" });
  } catch {
    // A schema that cannot be used is told where the step's output is checked.
    return [];
  }
}
