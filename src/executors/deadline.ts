import { after } from "../timers/after.ts";

export interface DeadlineOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
  readonly idleMs?: number | undefined;
}

export type DeadlineEnd = "aborted" | "timeout" | "idle";

/** What ends work that runs inside this process: the caller's signal, its time, or its silence. */
export interface Deadline {
  /** Aborts with the first of the three. */
  readonly signal: AbortSignal;
  ended(): DeadlineEnd | undefined;
  /** The work gave a sign of life. */
  heard(): void;
  off(): void;
}

export function createDeadline({ signal, timeoutMs, idleMs }: DeadlineOptions): Deadline {
  const controller = new AbortController();
  let ended: DeadlineEnd | undefined;
  const end = (why: DeadlineEnd, reason: unknown): void => {
    ended ??= why;
    controller.abort(reason);
  };
  const onAbort = (): void => end("aborted", signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  const over = (why: "timeout" | "idle") => () => end(why, new DOMException(why, "TimeoutError"));
  const timeout = timeoutMs === undefined ? undefined : after(timeoutMs, over("timeout"));
  let idle = idleMs === undefined ? undefined : after(idleMs, over("idle"));
  return {
    signal: controller.signal,
    ended: () => ended,
    heard() {
      if (idleMs === undefined) return;
      idle?.();
      idle = after(idleMs, over("idle"));
    },
    off() {
      timeout?.();
      idle?.();
      signal.removeEventListener("abort", onAbort);
    },
  };
}

const nothing = (): void => {};

/** The same without a time: nothing but the caller's signal, on which whoever listens has to stop listening. */
export function withoutDeadline(signal: AbortSignal): Deadline {
  return {
    signal,
    ended: () => (signal.aborted ? "aborted" : undefined),
    heard: nothing,
    off: nothing,
  };
}
