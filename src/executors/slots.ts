import type { Clock } from "../ports/clock.ts";

export interface SlotOptions {
  readonly maxConcurrent: number;
  /** How many may start in any 60 seconds. */
  readonly maxPerMinute: number;
  readonly clock: Clock;
}

/** The right to work: so many at once, so many a minute, first come first served. */
export interface Slots {
  /** Resolves with the function that gives the slot back; rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>;
}

const minuteMs = 60_000;

export function createSlots({ maxConcurrent, maxPerMinute, clock }: SlotOptions): Slots {
  const waiting = new Set<() => void>();
  const mayStart = limitStarts({ maxPerMinute, clock, onFree: () => serve() });
  let taken = 0;

  function serve(): void {
    for (const grant of waiting) {
      if (taken >= maxConcurrent || !mayStart()) return;
      waiting.delete(grant);
      taken += 1;
      grant();
    }
  }

  function giveBack(): () => void {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      taken -= 1;
      serve();
    };
  }

  return {
    take: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const grant = (): void => {
          signal.removeEventListener("abort", onAbort);
          resolve(giveBack());
        };
        const onAbort = (): void => {
          waiting.delete(grant);
          reject(signal.reason);
        };
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.add(grant);
        serve();
      }),
  };
}

interface StartLimit {
  readonly maxPerMinute: number;
  readonly clock: Clock;
  /** Called once a start is possible again after one was refused. */
  readonly onFree: () => void;
}

/** A function that books one start, or says no because the last minute had its share. */
function limitStarts({ maxPerMinute, clock, onFree }: StartLimit): () => boolean {
  const starts: number[] = [];
  let isTimerSet = false;
  return () => {
    const now = clock.now();
    while (starts[0] !== undefined && starts[0] <= now - minuteMs) starts.shift();
    if (starts.length < maxPerMinute) return starts.push(now) > 0;
    if (isTimerSet) return false;
    isTimerSet = true;
    clock.at((starts[0] ?? now) + minuteMs, () => {
      isTimerSet = false;
      onFree();
    });
    return false;
  };
}
