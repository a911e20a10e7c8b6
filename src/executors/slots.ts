import type { Clock } from "../ports/clock.ts";

export interface SlotOptions {
  readonly maxConcurrent: number;
  /** How many may start in any 60 seconds. */
  readonly maxPerMinute: number;
  readonly clock: Clock;
}

/** The right to work: so many at once, so many a minute, first come first served. */
export interface Slots {
  /** True when whoever asks now has to wait. */
  isFull(): boolean;
  /** Resolves with the function that gives the slot back; rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>;
}

const minuteMs = 60_000;

export function createSlots({ maxConcurrent, maxPerMinute, clock }: SlotOptions): Slots {
  const waiting = new Set<() => void>();
  const starts = limitStarts({ maxPerMinute, clock, onFree: () => serve() });
  let taken = 0;

  function serve(): void {
    for (const grant of waiting) {
      if (taken >= maxConcurrent || !starts.mayStart()) return;
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
    isFull: () => taken >= maxConcurrent || !starts.hasRoom(),
    take: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const grant = (): void => {
          signal.removeEventListener("abort", onAbort);
          resolve(giveBack());
        };
        const onAbort = (): void => {
          waiting.delete(grant);
          if (waiting.size === 0) starts.forget();
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

interface Starts {
  /** True when one more may be begun now. */
  hasRoom(): boolean;
  /** Books one start, or says no because the last minute had its share. */
  mayStart(): boolean;
  /** Nobody waits for one any more: a process must not live on for it. */
  forget(): void;
}

function limitStarts({ maxPerMinute, clock, onFree }: StartLimit): Starts {
  const starts: number[] = [];
  let timer: (() => void) | undefined;

  function hasRoom(): boolean {
    const from = clock.now() - minuteMs;
    while (starts[0] !== undefined && starts[0] <= from) starts.shift();
    return starts.length < maxPerMinute;
  }

  return {
    hasRoom,
    mayStart: () => {
      if (hasRoom()) return starts.push(clock.now()) > 0;
      timer ??= clock.at((starts[0] ?? clock.now()) + minuteMs, () => {
        timer = undefined;
        onFree();
      });
      return false;
    },
    forget: () => {
      timer?.();
      timer = undefined;
    },
  };
}
