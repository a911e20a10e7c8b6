import type { Clock } from "../ports/clock.ts";

export interface Seldom {
  /** There is something to tell. */
  tell(): void;
  /** Nothing is told any more. */
  forget(): void;
}

/** Calls `fire` when there is something to tell: at once, and then not more than once in so much time. */
export function atMostEvery(clock: Clock, everyMs: number, fire: () => void): Seldom {
  let last = Number.NEGATIVE_INFINITY;
  let forgetTimer: (() => void) | undefined;
  const now = (): void => {
    forgetTimer = undefined;
    last = clock.now();
    fire();
  };
  return {
    tell: () => {
      if (forgetTimer) return;
      if (last + everyMs <= clock.now()) now();
      else forgetTimer = clock.at(last + everyMs, now);
    },
    forget: () => forgetTimer?.(),
  };
}
