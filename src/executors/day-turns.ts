import type { Clock } from "../ports/clock.ts";

/** Attempts of this process that wait for what others hold of the day. */
export interface Turns {
  /** Something was given back here: all look again, in their order. */
  look(): void;
  /** Resolves when it is time to look again; rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<void>;
}

/** Other processes do not say what they give back. */
const lookAgainMs = 1000;

export function createTurns(clock: Clock): Turns {
  const waiting = new Set<() => void>();
  return {
    look: () => {
      for (const go of waiting) go();
    },
    next: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const leave = (): void => {
          waiting.delete(go);
          forget();
          signal.removeEventListener("abort", stop);
        };
        const go = (): void => {
          leave();
          resolve();
        };
        const stop = (): void => {
          leave();
          reject(signal.reason);
        };
        waiting.add(go);
        signal.addEventListener("abort", stop, { once: true });
        const forget = clock.at(clock.now() + lookAgainMs, go);
      }),
  };
}
