import type { Clock } from "../ports/clock.ts";

/**
 * What is further away is looked at this often instead of having a timer of its own: `setTimeout` fires at once beyond
 * 2^31 ms, does not count the time a machine sleeps (after waking, a due timer is at most so late), and costs more
 * than most runs that have a deadline in two hours.
 */
const lookMs = 60_000;

/** The machine's time. With `unref`, waiting timers do not keep the process alive. */
export function createRealClock({ unref = false }: { readonly unref?: boolean } = {}): Clock {
  const far = new Set<Alarm>();
  let look: NodeJS.Timeout | undefined;

  function startLooking(): void {
    look ??= setInterval(lookAround, lookMs);
    if (unref) look.unref();
  }

  function stopLooking(): void {
    if (far.size > 0) return;
    clearInterval(look);
    look = undefined;
  }

  function lookAround(): void {
    for (const alarm of far) {
      if (alarm.dueAt - Date.now() > lookMs) continue;
      far.delete(alarm);
      setTimer(alarm);
    }
    stopLooking();
  }

  function setTimer(alarm: Alarm): void {
    const leftMs = Math.max(0, alarm.dueAt - Date.now());
    // setTimeout may fire a millisecond before the wall clock says so
    const fireWhenDue = (): void => (Date.now() < alarm.dueAt ? setTimer(alarm) : alarm.fire());
    alarm.timer = setTimeout(fireWhenDue, leftMs);
    if (unref) alarm.timer.unref();
  }

  return {
    now: () => Date.now(),
    at: (dueAt, fire) => {
      const alarm: Alarm = { dueAt, fire, timer: undefined };
      if (dueAt - Date.now() <= lookMs) setTimer(alarm);
      else {
        far.add(alarm);
        startLooking();
      }
      return () => {
        clearTimeout(alarm.timer);
        if (far.delete(alarm)) stopLooking();
      };
    },
  };
}

interface Alarm {
  readonly dueAt: number;
  readonly fire: () => void;
  timer: NodeJS.Timeout | undefined;
}
