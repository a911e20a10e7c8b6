import type { Event, Input, RunStatus } from "../core/events.ts";
import { isTooLate } from "../core/answers.ts";
import { isFinal, type RunState } from "../core/state.ts";
import { isTuttiError, TuttiError } from "../errors.ts";
import type { Json } from "../expression/json.ts";
import { shellWord } from "../expression/shell-word.ts";
import { type AnswerMessage, checkedAnswer } from "./answers.ts";
import { listAsks } from "./asks.ts";
import type { Parts } from "./parts.ts";
import { tooLate, wasTaken, watchDelivery } from "./delivery.ts";
import { resume } from "./resume.ts";
import { rouse } from "./rouse.ts";
import type { RunHandle } from "./run-handle.ts";
import { readState } from "./run-state.ts";
import { findRun } from "./runs.ts";

type ControlInput = Extract<Input, { type: "pause" | "cancel" | "signal" }>;
type WithoutTime<T> = T extends Input ? Omit<T, "at"> : never;
export type ControlMessage = (WithoutTime<ControlInput> | AnswerMessage) & {
  /** Told of what this process has to drive itself: the run, or the outermost around it. */
  readonly onDrive?: (driven: Driven) => void;
};

/** A run that goes on in this process. */
export interface Driven {
  readonly handle: RunHandle;
  /** What happened in it before. */
  readonly earlier: readonly Event[];
}

/** What became of a message to a run. `sent`: its owner has it. `done`: nobody drove it, this process did it. */
export type ControlEnd =
  | { readonly end: "sent"; readonly owner: string }
  | { readonly end: "done"; readonly status: RunStatus };

/** Sends a message to the process that drives a run; where none does, does itself what the message asks. */
export async function control(parts: Parts, runId: string, message: ControlMessage): Promise<ControlEnd> {
  const state = await readState(parts, runId);
  if (isFinal(state.status)) {
    if (message.type === "answer") checkedAnswer(state, { ...message, at: parts.clock.now() });
    throw new TuttiError("RUN_STATE", `Cannot ${message.type} run "${runId}": it is ${state.status}`, {
      fix: "tutti runs shows what still goes on",
    });
  }
  const { onDrive, ...sent } = message;
  const input = sent.type === "answer" ? await answerFor(parts, state, sent) : withPayload(sent);
  requireSomebody(state, input, parts.clock.now());
  const row = await findRun(parts, runId);
  if (row.owner === undefined && message.type === "pause") {
    throw new TuttiError("RUN_STATE", `Cannot pause run "${runId}": no process drives it, so nothing runs`, {
      fix: `it goes on only with: tutti resume ${runId}`,
    });
  }
  const after = (await parts.store.read(runId)).length;
  await parts.store.post(runId, { ...input, at: parts.clock.now() });
  return deliver(parts, state, { input, after, onDrive });
}

/** Who answers a run is told when it is a run inside it that asks. */
async function answerFor(parts: Parts, state: RunState, message: AnswerMessage) {
  try {
    return checkedAnswer(state, { ...message, at: parts.clock.now() });
  } catch (error) {
    if (!isTuttiError(error, "NOTHING_WAITS")) throw error;
    const inside = (await listAsks(parts, state.runId)).filter(({ runId }) => runId !== state.runId);
    const one = inside.find(({ address }) => address === message.address) ?? inside[0];
    const [fix] = one?.lines ?? [];
    if (!one || fix === undefined) throw error;
    throw new TuttiError(
      error.code,
      `${error.message}; run ${one.runId}, which is inside it, asks "${one.address}"`,
      {
        fix,
      },
    );
  }
}

/** Plain JavaScript may leave the payload out, as the command line may. */
function withPayload(input: WithoutTime<ControlInput>): WithoutTime<ControlInput> {
  if (input.type !== "signal") return input;
  const given: { readonly payload?: Json } = input;
  return given.payload === undefined ? { ...input, payload: true } : input;
}

interface Sent {
  readonly input: WithoutTime<Extract<Input, { type: "pause" | "cancel" | "signal" | "answer" }>>;
  /** How many events there were before it was sent. */
  readonly after: number;
  readonly onDrive: ControlMessage["onDrive"];
}

/** Sees to it that somebody takes the message: the process that drives the run, or this one when none does any more. */
async function deliver(parts: Parts, state: RunState, sent: Sent): Promise<ControlEnd> {
  const { runId } = state;
  const { input, after, onDrive } = sent;
  for (;;) {
    const outermost = await rouse(parts, state);
    const { owner } = await findRun(parts, outermost);
    if (owner !== undefined) {
      const seen = await watchDelivery(parts, runId, { message: input, after, outermost });
      if (seen !== "free") return { end: "sent", owner };
    }
    try {
      return { end: "done", status: await goOn(parts, outermost, onDrive) };
    } catch (error) {
      if (isTuttiError(error, "RUN_STATE")) return endedMeanwhile(parts, runId, { input, after, error });
      if (!isTuttiError(error, "RUN_OWNED")) throw isTuttiError(error) ? keptError(error, input.type) : error;
    }
  }
}

/** Drives a run as far as it goes with what was left for it. */
async function goOn(parts: Parts, runId: string, onDrive: Sent["onDrive"]): Promise<RunStatus> {
  if (!onDrive) return (await (await resume(parts, runId, { messagesOnly: true, stayMs: 0 })).done).status;
  const earlier = await parts.store.read(runId);
  const handle = await resume(parts, runId, { messagesOnly: true });
  onDrive({ handle, earlier });
  return (await handle.done).status;
}

/** The run ended, with or without the message: a pause or cancel has nothing left to stop, an answer may come too late. */
async function endedMeanwhile(
  parts: Parts,
  runId: string,
  { input, after, error }: Pick<Sent, "input" | "after"> & { readonly error: TuttiError },
): Promise<ControlEnd> {
  const { status } = await readState(parts, runId);
  if (!isFinal(status)) throw keptError(error, input.type);
  if (input.type === "pause" || input.type === "cancel") return { end: "done", status };
  if (await wasTaken(parts, runId, { message: input, after })) return { end: "done", status };
  throw tooLate(input, `the run is ${status} by now`);
}

/** The message is stored, although nobody could act on it yet. */
function keptError({ code, message, fix }: TuttiError, verb: string): TuttiError {
  return new TuttiError(code, `${message}; the ${verb} is kept and takes effect when the run is taken up`, {
    fix,
  });
}

/** A signal that nothing waits for (any more) is refused, so that a typing mistake, or that it is too late, is seen. */
function requireSomebody(state: RunState, message: WithoutTime<Input>, now: number): void {
  if (message.type !== "signal") return;
  const names = signalNames(state);
  if (names.includes(message.name)) return requireInTime(state, message.name, now);
  throw new TuttiError(
    "NOTHING_WAITS",
    `Cannot send the signal "${message.name}": no step of the workflow waits for it`,
    {
      fix: names.length > 0 ? `its signals are: ${names.join(", ")}` : "the workflow waits for no signal",
    },
  );
}

/** Nobody was there to see the deadline pass of what waits for a signal. */
function requireInTime(state: RunState, name: string, now: number): void {
  const waiting = [...state.live].filter(({ signal, phase }) => signal === name && phase === "waiting");
  const [late] = waiting;
  if (!late || !waiting.every((node) => isTooLate(node, now))) return;
  const resume = `tutti resume ${state.runId}`;
  throw new TuttiError(
    "NOTHING_WAITS",
    `Cannot send the signal "${name}": the deadline of "${late.address}" has passed, and it fails with TIMEOUT`,
    { fix: `go on with that: ${resume}; or wait again: ${resume} --from ${shellWord(late.address)}` },
  );
}

function signalNames(state: RunState): string[] {
  return [...state.byAddress.values()].flatMap(({ plan }) => {
    const { action } = plan.step;
    return action.kind === "wait" && action.for === "signal" ? [action.signal] : [];
  });
}
