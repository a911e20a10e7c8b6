/** The longest delay that setTimeout keeps; a longer one would fire at once. */
const longestMs = 2 ** 31 - 1;

export interface DeadlineOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
  readonly idleMs?: number | undefined;
}

/** What ends work that runs inside this process: the caller's signal, its time, or its silence. */
export interface Deadline {
  /** Aborts with the first of the three. */
  readonly signal: AbortSignal;
  readonly ended: "aborted" | "timeout" | "idle" | undefined;
  /** The work gave a sign of life. */
  heard(): void;
  off(): void;
}

export function createDeadline(options: DeadlineOptions): Deadline {
  const { signal, timeoutMs, idleMs } = options;
  if (timeoutMs === undefined && idleMs === undefined) return onlyAborted(signal);
  const controller = new AbortController();
  const state: { ended: Deadline["ended"] } = { ended: undefined };
  const end = (why: "aborted" | "timeout" | "idle", reason: unknown): void => {
    state.ended ??= why;
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
    get ended() {
      return state.ended;
    },
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

/** Without a time there is nothing but the caller's signal. */
function onlyAborted(signal: AbortSignal): Deadline {
  return {
    signal,
    get ended() {
      return signal.aborted ? "aborted" : undefined;
    },
    heard: () => {},
    off: () => {},
  };
}

function after(delayMs: number, fire: () => void): () => void {
  const dueAt = performance.now() + delayMs;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const leftMs = dueAt - performance.now();
    timer = leftMs > longestMs ? setTimeout(arm, longestMs) : setTimeout(fire, Math.max(0, leftMs));
  };
  arm();
  return () => clearTimeout(timer);
}
