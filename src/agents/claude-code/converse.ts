import type { DeferredCall } from "../../core/outcome.ts";
import type { AgentTask } from "../../ports/agent.ts";
import type { TaskContext } from "../../ports/executor.ts";
import { continuationPrompt, reaskPrompt } from "../prompt.ts";
import { createCallGate } from "./call-gate.ts";
import { addUsage, knownOf } from "./cost.ts";
import { rulesOf } from "./grants.ts";
import type { SessionTotal } from "./stream.ts";
import { runTurn, type Calls, type Program, type Turn, type TurnEnd } from "./turn.ts";

export type Words = Pick<Turn, "prompt" | "command" | "instructions">;

export interface Conversation {
  readonly task: AgentTask;
  readonly context: TaskContext;
  readonly words: Words;
  /** What was counted for the session before. */
  readonly booked: SessionTotal | undefined;
  readonly endsAt: number | undefined;
}

export type ConversationEnd = TurnEnd & {
  readonly resumed: boolean;
  readonly turns: number;
  /** The call that it stopped before, for a person to decide. */
  readonly undecided: DeferredCall | undefined;
};

type Said = Pick<Turn, "prompt" | "command" | "instructions" | "resume"> & { readonly goesOn?: boolean };

/** All turns of a task in its session. */
export async function converse(program: Program, conversation: Conversation): Promise<ConversationEnd> {
  const { task, context, words } = conversation;
  const talk = new Talk(program, conversation);
  let end = task.decided
    ? await talk.goOn(task.decided.id)
    : await talk.say({ ...words, resume: false }).then((first) => (first.inUse ? talk.goOn() : first));
  if (mayAskAgain(end, context)) {
    const prompt = reaskPrompt("it did not have the declared shape");
    end = await talk.say({ prompt, instructions: words.instructions, resume: true });
  }
  return { ...end, resumed: talk.resumed, turns: talk.turns, undecided: talk.undecided };
}

/** The turns so far; what they cost is counted together. */
class Talk {
  readonly #program: Program;
  readonly #conversation: Conversation;
  readonly #refused = new Set<string>();
  #before: TurnEnd | undefined;
  turns = 0;
  resumed = false;
  undecided: DeferredCall | undefined;

  constructor(program: Program, conversation: Conversation) {
    this.#program = program;
    this.#conversation = conversation;
  }

  /** Goes on with a session that was cut off, or that stands before the call that was decided. */
  async goOn(decided?: string): Promise<TurnEnd> {
    const { task, words } = this.#conversation;
    this.resumed = decided === undefined;
    const { instructions } = words;
    return this.say({ prompt: continuationPrompt(task), instructions, resume: true, goesOn: true });
  }

  /** A turn, and those in which the session goes on with calls that it was ended before. */
  async say(said: Said): Promise<TurnEnd> {
    let end = await this.#take(said);
    while (this.#asks && end.deferred && !this.undecided) {
      const { deferred } = end;
      const { instructions } = said;
      const prompt = continuationPrompt(this.#conversation.task);
      const checked = await this.#take({ prompt, instructions, resume: true, goesOn: true }, deferred.id);
      if (checked.isStopped) this.undecided = deferred;
      else end = checked;
    }
    return end;
  }

  get #asks(): boolean {
    return this.#conversation.task.permissions === "ask";
  }

  async #take({ goesOn = false, ...said }: Said, checked?: string): Promise<TurnEnd> {
    const { task, context, booked } = this.#conversation;
    const before = this.#before;
    const end = await runTurn(this.#program, {
      task,
      context: before
        ? { ...context, used: (usage) => context.used?.(knownOf(before.usage, usage)) }
        : context,
      ...said,
      ...this.#timePart(),
      budgetUsd: budgetLeft(context.policy.remainingUsd, before),
      booked: before?.total ?? booked,
      ...(this.#asks ? { calls: this.#calls(goesOn, checked) } : {}),
    });
    this.turns += 1;
    // no model was asked: the session still stands where it stood
    if (end.isStopped || end.inUse) return end;
    this.#before = before ? together(before, end) : end;
    return this.#before;
  }

  #timePart(): Pick<Turn, "timeoutMs"> {
    const { endsAt } = this.#conversation;
    return endsAt === undefined ? {} : { timeoutMs: Math.max(1, endsAt - this.#program.clock.now()) };
  }

  #calls(goesOn: boolean, checked: string | undefined): Calls {
    const { task } = this.#conversation;
    const { decided } = task;
    const gate = createCallGate({ rules: rulesOf(task), decided, checked, refused: this.#refused });
    return { gate, goesOn };
  }
}

function together(before: TurnEnd, end: TurnEnd): TurnEnd {
  return { ...end, usage: addUsage(before.usage, end.usage), total: end.total ?? before.total };
}

function mayAskAgain(end: TurnEnd, { policy }: TaskContext): boolean {
  if (end.verdict.ok || !end.verdict.onlyShape) return false;
  return (end.usage.costUsd ?? 0) < policy.remainingUsd;
}

function budgetLeft(remainingUsd: number, before: TurnEnd | undefined): number | undefined {
  if (!Number.isFinite(remainingUsd)) return undefined;
  return Math.max(0.000001, remainingUsd - (before?.usage.costUsd ?? 0));
}
