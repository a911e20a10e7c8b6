import type { Clock } from "../ports/clock.ts";

/**
 * The longest single wait. A timer is set again at least this often, because `setTimeout` fires at once beyond
 * 2^31 ms, and because it does not count the time a machine sleeps: after waking, a due timer is at most so late.
 */
const longestWaitMs = 60_000;

/** The machine's time. With `unref`, waiting timers do not keep the process alive. */
export function createRealClock(options: { readonly unref?: boolean } = {}): Clock {
  return {
    now: () => Date.now(),
    at: (dueAt, fire) => startTimer(fire, { dueAt, unref: options.unref === true }),
  };
}

function startTimer(fire: () => void, when: { readonly dueAt: number; readonly unref: boolean }): () => void {
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const leftMs = Math.max(0, when.dueAt - Date.now());
    timer = setTimeout(leftMs > longestWaitMs ? wait : fireWhenDue, Math.min(leftMs, longestWaitMs));
    if (when.unref) timer.unref();
  };
  // setTimeout may fire a millisecond before the wall clock says so
  const fireWhenDue = (): void => (Date.now() < when.dueAt ? wait() : fire());
  wait();
  return () => clearTimeout(timer);
}
