import type { Failure } from "../core/outcome.ts";
import type { TaskContext } from "../ports/executor.ts";
import { after } from "../timers/after.ts";

/** Ends the work of a task when its time is over, or when nothing happens for too long. */
export interface Watch {
  /** Aborts then, and with the task's own signal. */
  readonly signal: AbortSignal;
  /** Something happened. */
  beat(): void;
  /** Why it aborted, when it was not the task's signal. */
  failure(): Failure | undefined;
  end(): void;
}

const defaultIdleMs = 600_000;

/** `what` is waited for: "the model", for messages. */
export function watch({ policy, signal }: Pick<TaskContext, "policy" | "signal">, what: string): Watch {
  const { timeoutMs, idleMs = defaultIdleMs } = policy;
  const stop = new AbortController();
  let failure: Failure | undefined;
  const endWith = (why: Failure): void => {
    failure ??= why;
    stop.abort(new Error(why.message));
  };
  const silent = (): void => endWith(idle(idleMs, what));
  const forgetTimeout =
    timeoutMs === undefined ? undefined : after(timeoutMs, () => endWith(late(timeoutMs, what)));
  let forgetIdle = after(idleMs, silent);
  return {
    signal: AbortSignal.any([signal, stop.signal]),
    beat: () => {
      forgetIdle();
      if (!failure) forgetIdle = after(idleMs, silent);
    },
    failure: () => failure,
    end: () => {
      forgetTimeout?.();
      forgetIdle();
    },
  };
}

function idle(idleMs: number, what: string): Failure {
  return {
    code: "IDLE",
    message: `Cannot wait for ${what}: nothing came for ${idleMs} ms`,
    fix: "raise idle_timeout if the step is expected to be silent for so long",
    class: "timeout",
  };
}

function late(timeoutMs: number, what: string): Failure {
  return {
    code: "TIMEOUT",
    message: `Cannot wait for ${what}: it did not end within ${timeoutMs} ms`,
    fix: "raise the step's timeout or split the step",
    class: "timeout",
  };
}
