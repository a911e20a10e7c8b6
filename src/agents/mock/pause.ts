import type { Clock } from "../../ports/clock.ts";

/** Resolves after `delayMs` of the clock; rejects with the signal's reason when it aborts before. */
export function pause(
  delayMs: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const forget = clock.at(clock.now() + delayMs, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    const abort = () => {
      forget();
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", abort, { once: true });
  });
}
