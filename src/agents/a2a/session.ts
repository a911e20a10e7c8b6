import { randomUUID } from "node:crypto";
import type { AgentCard, Message, Task } from "@a2a-js/sdk";
import type { Client } from "@a2a-js/sdk/client";
import type { TaskContext } from "../../ports/executor.ts";
import type { Watch } from "../watch.ts";
import { type Conversation, follow, isOver, send } from "./follow.ts";
import { connect, fetchCard, type Place, Refused } from "./link.ts";
import { nothingYet, ofTask, type Progress } from "./progress.ts";
import type { Sdk } from "./sdk.ts";

export interface SessionOptions {
  readonly sdk: Sdk;
  readonly place: Place;
  readonly pollMs: number;
  readonly timer: Watch;
  readonly print: TaskContext["print"];
}

/** What is said to the other side for one task of tutti: a context there, with tutti's session as its id. */
export interface Session {
  /** Gives a task; one that an earlier try has given is followed instead, unless it was cancelled. */
  ask(prompt: string): Promise<Progress>;
  /** Says more after a task is over. */
  askAgain(prompt: string): Promise<Progress>;
  /** Cancels what is not over, as far as the other side lets it. Never rejects. */
  leave(): Promise<void>;
}

const farewellMs = 3000;

/** Fetches the agent's card and makes ready to talk with it. */
export async function openSession(contextId: string, options: SessionOptions): Promise<Session> {
  const { sdk, place, pollMs, timer, print } = options;
  const { signal } = timer;
  const card = await fetchCard(place, { sdk, signal });
  const client = await connect(card, place, { sdk, signal });
  let last: Progress = nothingYet;
  const conversation: Conversation = {
    sdk,
    client,
    card,
    signal,
    pollMs,
    tell: (lines) => {
      timer.beat();
      for (const line of lines) print(line, "agent");
    },
    note: (progress) => {
      last = progress;
    },
  };
  const say = (prompt: string): Promise<Progress> =>
    send(messageOf(prompt, { sdk, contextId, last }), conversation);
  return {
    async ask(prompt) {
      const earlier = await latestTask(client, { sdk, contextId });
      if (!earlier || earlier.status?.state === sdk.TaskState.TASK_STATE_CANCELED) return say(prompt);
      last = ofTask(await client.getTask({ tenant: "", id: earlier.id, historyLength: 0 }));
      return follow(last, conversation);
    },
    askAgain: say,
    leave: () => leave({ card, contextId, last }, options),
  };
}

interface Said {
  readonly sdk: Sdk;
  readonly contextId: string;
  readonly last: Progress;
}

function messageOf(prompt: string, { sdk, contextId, last }: Said): Message {
  return {
    messageId: randomUUID(),
    contextId,
    taskId: "",
    role: sdk.Role.ROLE_USER,
    parts: [
      {
        content: { $case: "text", value: prompt },
        metadata: undefined,
        filename: "",
        mediaType: "text/plain",
      },
    ],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: last.taskId === undefined ? [] : [last.taskId],
  };
}

/** The task of the context that changed last; undefined also where the other side lists none. */
async function latestTask(
  client: Client,
  { sdk, contextId }: Pick<Said, "sdk" | "contextId">,
): Promise<Task | undefined> {
  try {
    const { tasks } = await client.listTasks({
      tenant: "",
      contextId,
      status: sdk.TaskState.TASK_STATE_UNSPECIFIED,
      pageToken: "",
      pageSize: 10,
      historyLength: 0,
      statusTimestampAfter: undefined,
      includeArtifacts: false,
    });
    return tasks.filter((task) => task.contextId === contextId).toSorted(byTime)[0];
  } catch (error) {
    // the protocol lets an agent do without, but a lost connection is one
    if (error instanceof Refused || error instanceof TypeError) throw error;
    return undefined;
  }
}

function byTime(one: Task, other: Task): number {
  return timeOf(other) - timeOf(one);
}

function timeOf({ status }: Task): number {
  const time = Date.parse(status?.timestamp ?? "");
  return Number.isFinite(time) ? time : 0;
}

interface Left {
  readonly card: AgentCard;
  readonly contextId: string;
  readonly last: Progress;
}

/** By a connection of its own: that of the task may be cut already. */
async function leave({ card, contextId, last }: Left, { sdk, place }: SessionOptions): Promise<void> {
  const signal = AbortSignal.timeout(farewellMs);
  try {
    const client = await connect(card, place, { sdk, signal });
    const found = last.taskId === undefined ? await latestTask(client, { sdk, contextId }) : undefined;
    const now = found ? ofTask(found) : last;
    if (now.taskId === undefined || hasEnded(now, sdk)) return;
    await client.cancelTask({ tenant: "", id: now.taskId, metadata: undefined });
  } catch {
    // it is over already, or cannot be cancelled
  }
}

/** One that waits for somebody is over for us, but not at the other side. */
function hasEnded(progress: Progress, sdk: Sdk): boolean {
  const { TASK_STATE_INPUT_REQUIRED, TASK_STATE_AUTH_REQUIRED } = sdk.TaskState;
  const waits = progress.state === TASK_STATE_INPUT_REQUIRED || progress.state === TASK_STATE_AUTH_REQUIRED;
  return !waits && isOver(progress, sdk);
}
