import { after } from "../timers/after.ts";
import type { ProcessCommand } from "../ports/processes.ts";

type Reason = "aborted" | "timeout" | "idle" | "error";

/** The reasons to stop a program before it ends by itself; the first one counts. */
export interface Stop {
  /** Resolves with the first reason; never when there is none. */
  readonly reason: Promise<Reason>;
  readonly given: Reason | undefined;
  /** What the sink of the output failed with. */
  readonly failure: unknown;
  /** The program said something. */
  heard(): void;
  /** A sink whose failure stops the program. */
  whenFails(
    sink: (bytes: AsyncIterable<Uint8Array>) => Promise<string>,
  ): (bytes: AsyncIterable<Uint8Array>) => Promise<string>;
  /** From now on time is no reason any more. */
  clockOff(): void;
  off(): void;
}

/** `muted` says that silence is not the program's: its output waits for the sink. */
export function createStop(
  { signal, timeoutMs, idleMs }: Pick<ProcessCommand, "signal" | "timeoutMs" | "idleMs">,
  muted: () => boolean,
): Stop {
  const { promise: reason, resolve } = Promise.withResolvers<Reason>();
  let given: Reason | undefined;
  let failure: unknown;
  let heardAt = performance.now();
  const give = (why: Reason): void => {
    given ??= why;
    resolve(given);
  };
  const onAbort = (): void => give("aborted");
  signal.addEventListener("abort", onAbort, { once: true });
  // while the program was being started
  if (signal.aborted) onAbort();
  const forgetTimeout = timeoutMs === undefined ? undefined : after(timeoutMs, () => give("timeout"));
  const silence = { since: () => heardAt, muted, fire: () => give("idle") };
  const forgetIdle = idleMs === undefined ? undefined : watchSilence({ idleMs, ...silence });
  const clockOff = (): void => {
    forgetTimeout?.();
    forgetIdle?.();
  };

  return {
    reason,
    get given() {
      return given;
    },
    get failure() {
      return failure;
    },
    heard() {
      heardAt = performance.now();
    },
    whenFails: (sink) => async (bytes) => {
      try {
        return await sink(bytes);
      } catch (error) {
        failure = error ?? new Error("no reason was given");
        give("error");
        throw error;
      }
    },
    clockOff,
    off() {
      clockOff();
      signal.removeEventListener("abort", onAbort);
    },
  };
}

function watchSilence(watch: {
  readonly idleMs: number;
  readonly since: () => number;
  readonly muted: () => boolean;
  readonly fire: () => void;
}): () => void {
  let forget: () => void;
  const arm = (delayMs: number): void => {
    forget = after(delayMs, () => {
      const leftMs = watch.muted() ? watch.idleMs : watch.since() + watch.idleMs - performance.now();
      if (leftMs > 0) arm(leftMs);
      else watch.fire();
    });
  };
  arm(watch.idleMs);
  return () => forget();
}
