import { setTimeout as sleep } from "node:timers/promises";

export interface PollOptions {
  readonly everyMs: number;
  readonly forMs?: number;
  readonly signal?: AbortSignal;
}

/** Looks again and again until there is something; undefined when the time is over or the signal aborts. */
export async function poll<T>(
  look: () => Promise<T | undefined>,
  { everyMs, forMs = Number.POSITIVE_INFINITY, signal }: PollOptions,
): Promise<T | undefined> {
  const end = performance.now() + forMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (signal?.aborted || performance.now() >= end) return undefined;
    await sleep(everyMs, undefined, signal ? { signal } : {}).catch(() => {});
  }
}
