import type { Clock } from "../../ports/clock.ts";

/** What a promise comes to; rejects with the signal's reason when that aborts before. The promise goes on. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: result, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  promise.then(resolve, reject);
  try {
    return await result;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Asks for one thing after another; what came while nobody waited any more is there for who asks next. */
export function createPull<T>(next: () => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let pending: Promise<T> | undefined;
  return async (signal) => {
    signal.throwIfAborted();
    const asked = (pending ??= next());
    // a failure that nobody waits for is told to who asks next
    asked.catch(() => {});
    try {
      return await orAborted(asked, signal);
    } finally {
      if (!signal.aborted) pending = undefined;
    }
  };
}

/** Waits that somebody can end. */
export interface Pause {
  /** Resolves after so long, or when it is ended; rejects with the signal's reason. */
  wait(delayMs: number, signal: AbortSignal): Promise<void>;
  /** Ends the wait under way, or the next one at once. */
  end(): void;
}

export function createPause(clock: Clock): Pause {
  let ended = false;
  let wake: (() => void) | undefined;
  return {
    async wait(delayMs, signal) {
      if (!ended) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const forget = clock.at(clock.now() + delayMs, resolve);
        try {
          await orAborted(promise, signal);
        } finally {
          wake = undefined;
          forget();
        }
      }
      ended = false;
    },
    end() {
      ended = true;
      wake?.();
    },
  };
}
