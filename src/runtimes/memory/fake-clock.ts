import type { Clock } from "../../ports/clock.ts";

/**
 * A clock that stands still until it is moved.
 *
 * - `advance` moves it and fires what became due, in the order of the due times (those of the same time in the order
 *   they were set), each at its own time, also timers that are set meanwhile; a timer in the past fires at the next
 *   `advance`, also by 0;
 * - `nextDueAt` is the time of the earliest timer.
 */
export interface FakeClock extends Clock {
  advance(byMs: number): void;
  nextDueAt(): number | undefined;
}

interface Timer {
  readonly dueAt: number;
  readonly order: number;
  readonly fire: () => void;
}

/** `now` is the time it starts at: the beginning of 2026 when not given, so that it looks like a time. */
export function createFakeClock(options: { readonly now?: number } = {}): FakeClock {
  const timers = new Set<Timer>();
  let now = options.now ?? Date.UTC(2026, 0, 1);
  let order = 0;

  function earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) if (!first || isBefore(timer, first)) first = timer;
    return first;
  }

  return {
    now: () => now,
    at: (dueAt, fire) => {
      const timer = { dueAt, order: (order += 1), fire };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance: (byMs) => {
      const end = now + byMs;
      for (let next = earliest(); next && next.dueAt <= end; next = earliest()) {
        timers.delete(next);
        now = Math.max(now, next.dueAt);
        next.fire();
      }
      now = end;
    },
    nextDueAt: () => earliest()?.dueAt,
  };
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueAt === b.dueAt ? a.order < b.order : a.dueAt < b.dueAt;
}
