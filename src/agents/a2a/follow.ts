import { setTimeout as delay } from "node:timers/promises";
import type { AgentCard, Message } from "@a2a-js/sdk";
import type { Client } from "@a2a-js/sdk/client";
import { afterEvent, linesBetween, nothingYet, ofTask, type Progress } from "./progress.ts";
import { Refused } from "./link.ts";
import type { Sdk } from "./sdk.ts";

export interface Conversation {
  readonly sdk: Sdk;
  readonly client: Client;
  readonly card: AgentCard;
  readonly signal: AbortSignal;
  /** Pause between two looks at a task that is not streamed. */
  readonly pollMs: number;
  /** Gets what is new, a line each; called without one for a sign of life. */
  readonly tell: (lines: readonly string[]) => void;
  /** Learns how far the task is, so that it can be cancelled. */
  readonly note: (progress: Progress) => void;
}

/** How often in a row a request may fail in passing. */
const mostFailures = 4;

/**
 * Sends a message and follows what becomes of it until its task is over or waits for somebody. Rejects with what the
 * other side or the connection failed with. A stream that breaks off is no end: the task is looked at from then on.
 */
export async function send(message: Message, conversation: Conversation): Promise<Progress> {
  const { client, card } = conversation;
  const configuration = {
    acceptedOutputModes: [],
    taskPushNotificationConfig: undefined,
    returnImmediately: true,
  };
  const request = { tenant: "", message, configuration, metadata: undefined };
  if (card.capabilities?.streaming !== true) {
    const answer = await client.sendMessage(request);
    return follow(reached(nothingYet, viewOf(answer), conversation), conversation);
  }
  let progress = nothingYet;
  try {
    for await (const event of client.sendMessageStream(request)) {
      progress = reached(progress, afterEvent(progress, event), conversation);
      if (isOver(progress, conversation.sdk)) return progress;
    }
  } catch (error) {
    // what has begun goes on without us, whatever broke the stream; a message that never arrived is not followed
    if (progress.taskId === undefined || conversation.signal.aborted) throw error;
  }
  return follow(progress, conversation);
}

type Answer = Awaited<ReturnType<Client["sendMessage"]>>;

function viewOf(answer: Answer): Progress {
  return "messageId" in answer ? { ...nothingYet, said: answer, isMessage: true } : ofTask(answer);
}

/** Looks at a task until it is over. */
export async function follow(from: Progress, conversation: Conversation): Promise<Progress> {
  const { client, signal, pollMs, sdk } = conversation;
  let progress = from;
  let failures = 0;
  while (!isOver(progress, sdk)) {
    if (progress.taskId === undefined) throw new Error("the agent gave neither a task nor a message");
    await delay(pollMs * 2 ** failures, undefined, { signal });
    try {
      const task = await client.getTask({ tenant: "", id: progress.taskId, historyLength: 0 });
      progress = reached(progress, ofTask(task), conversation);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures > mostFailures || !isPassing(error, signal)) throw error;
    }
  }
  return progress;
}

/** Tells what is new. */
function reached(before: Progress, after: Progress, { tell, note }: Conversation): Progress {
  const lines = linesBetween(before, after);
  note(after);
  if (lines.length > 0 || before.state !== after.state) tell(lines);
  return after;
}

/** True when nothing more comes by itself: it has ended, or waits for somebody. */
export function isOver({ state, isMessage }: Progress, { TaskState }: Sdk): boolean {
  if (isMessage) return true;
  return (
    state !== undefined &&
    state !== TaskState.TASK_STATE_SUBMITTED &&
    state !== TaskState.TASK_STATE_WORKING &&
    state !== TaskState.TASK_STATE_UNSPECIFIED
  );
}

/** A lost connection, or a server that is out of order for now. */
function isPassing(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted) return false;
  if (error instanceof Refused) return error.status >= 500;
  // what `fetch` and its streams throw
  return error instanceof TypeError;
}
