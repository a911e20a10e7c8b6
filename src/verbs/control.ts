import type { Input, RunStatus } from "../core/events.ts";
import { isFinal, type RunState } from "../core/state.ts";
import { isTuttiError, TuttiError } from "../errors.ts";
import type { Parts } from "./parts.ts";
import { resume } from "./resume.ts";
import type { RunHandle } from "./run-handle.ts";
import { findRun, readState } from "./runs.ts";

type ControlInput = Extract<Input, { type: "pause" | "cancel" | "signal" | "answer" }>;
type WithoutTime<T> = T extends Input ? Omit<T, "at"> : never;
export type ControlMessage = WithoutTime<ControlInput> & {
  /** Told of the run when this process has to drive it itself. */
  readonly onDrive?: (handle: RunHandle) => void;
};

/** What became of a message to a run. `sent`: its owner has it. `done`: nobody drove it, this process did it. */
export type ControlEnd =
  | { readonly end: "sent"; readonly owner: string }
  | { readonly end: "done"; readonly status: RunStatus };

/** Sends a message to the process that drives a run; where none does, does itself what the message asks. */
export async function control(parts: Parts, runId: string, message: ControlMessage): Promise<ControlEnd> {
  const state = await readState(parts, runId);
  if (isFinal(state.status)) {
    throw new TuttiError("RUN_STATE", `Cannot ${message.type} run "${runId}": it is ${state.status}`, {
      fix: "tutti runs shows what still goes on",
    });
  }
  requireSomebody(state, message);
  const row = await findRun(parts, runId);
  if (row.owner === undefined && message.type === "pause") {
    throw new TuttiError("RUN_STATE", `Cannot pause run "${runId}": no process drives it, so nothing runs`, {
      fix: `it goes on only with: tutti resume ${runId}`,
    });
  }
  const { onDrive, ...input } = message;
  await parts.store.post(runId, { ...input, at: parts.clock.now() });
  if (row.owner !== undefined) return { end: "sent", owner: row.owner };
  try {
    const handle = await resume(parts, runId, { messagesOnly: true, ...(onDrive ? {} : { stayMs: 0 }) });
    onDrive?.(handle);
    return { end: "done", status: (await handle.done).status };
  } catch (error) {
    if (isTuttiError(error, "RUN_OWNED")) return { end: "sent", owner: error.message };
    throw isTuttiError(error) ? keptError(error, message.type) : error;
  }
}

/** The message is stored, although nobody could act on it yet. */
function keptError({ code, message, fix }: TuttiError, verb: ControlMessage["type"]): TuttiError {
  return new TuttiError(code, `${message}; the ${verb} is kept and takes effect when the run is taken up`, {
    fix,
  });
}

/** A signal or an answer that nothing waits for is refused, so that a typing mistake is seen. */
function requireSomebody(state: RunState, message: ControlMessage): void {
  if (message.type === "answer") {
    const asking = [...state.live].filter((node) => node.phase === "asking").map((node) => node.address);
    if (asking.includes(message.address)) return;
    throw new TuttiError(
      "NOTHING_WAITS",
      `Cannot answer "${message.address}": no such node of the run asks anything`,
      {
        fix: asking.length > 0 ? `these ask: ${asking.join(", ")}` : `see: tutti why ${state.runId}`,
      },
    );
  }
  if (message.type !== "signal") return;
  const names = signalNames(state);
  if (names.includes(message.name)) return;
  throw new TuttiError(
    "NOTHING_WAITS",
    `Cannot send the signal "${message.name}": no step of the workflow waits for it`,
    {
      fix: names.length > 0 ? `its signals are: ${names.join(", ")}` : "the workflow waits for no signal",
    },
  );
}

function signalNames(state: RunState): string[] {
  return [...state.byAddress.values()].flatMap(({ plan }) => {
    const { action } = plan.step;
    return action.kind === "wait" && action.for === "signal" ? [action.signal] : [];
  });
}
