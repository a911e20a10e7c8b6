import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { answerEffect } from "../core/answers.ts";
import type { Event, Input } from "../core/events.ts";
import { TuttiError } from "../errors.ts";
import type { Parts } from "./parts.ts";
import { findRun } from "./runs.ts";

type WithoutTime<T> = T extends Input ? Omit<T, "at"> : never;
type Message = WithoutTime<Extract<Input, { type: "pause" | "cancel" | "signal" | "answer" }>>;

const everyMs = 50;
const forMs = 3000;

/** A message to a run, and the run whose driver takes it: itself, or the outermost around it. */
interface Left {
  readonly message: Message;
  readonly after: number;
  readonly outermost: string;
}

/**
 * Watches what becomes of a message that was left for the process which drives a run. `free`: that process let the run
 * go, perhaps without having seen the message. `late`: it holds the run and has not taken it yet. Throws
 * ANSWER_REFUSED when the run did not take the answer: somebody else was faster.
 */
export async function watchDelivery(
  parts: Parts,
  runId: string,
  { message, after, outermost }: Left,
): Promise<"taken" | "free" | "late"> {
  for (let waitedMs = 0; waitedMs < forMs; waitedMs += everyMs) {
    const { owner } = await findRun(parts, outermost);
    if (await wasTaken(parts, runId, { message, after })) return "taken";
    if (owner === undefined) return "free";
    await sleep(everyMs);
  }
  return "late";
}

/** True when the run has acted on the message, false when it says nothing of it. ANSWER_REFUSED when it did not want it. */
export async function wasTaken(
  parts: Parts,
  runId: string,
  { message, after }: { readonly message: Message; readonly after: number },
): Promise<boolean> {
  const events = await parts.store.read(runId, { after });
  const found = events.find((event) => comesFrom(event, message));
  if (found?.type === "effect.dropped") throw tooLate(message, found.reason);
  return found !== undefined;
}

function comesFrom(event: Event, message: Message): boolean {
  switch (message.type) {
    case "answer":
      return isAbout(event, message);
    case "signal":
      return event.type === "signal.received" && event.name === message.name;
    default:
      return event.type === "run.control" && event.verb === message.type;
  }
}

function isAbout(event: Event, { address, by, value }: Extract<Message, { type: "answer" }>): boolean {
  switch (event.type) {
    case "ask.answered":
      // the same person may have said something else at the same moment, in another window
      return event.address === address && event.by === by && isDeepStrictEqual(event.value, value);
    case "retry.scheduled":
      return event.address === address && event.because === "answer";
    case "node.ended":
      return event.address === address && event.failure?.code === "INTERRUPTED";
    case "effect.dropped":
      return event.effect === answerEffect(address, by);
    default:
      return false;
  }
}

export function tooLate(message: Message, why: string): TuttiError {
  const what = message.type === "answer" ? ` "${message.address}"` : "";
  return new TuttiError("ANSWER_REFUSED", `Cannot answer${what}: ${why}`, {
    fix: "see what is still asked: tutti asks",
  });
}
