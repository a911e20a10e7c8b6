/**
 * How many events there were in the last while, in a memory that does not grow. Times are those of a clock, ms; one that goes
 * back counts as the last one told.
 *
 * The while is made of slots: the one that has begun, and as many whole ones before it as fit in with it. So what is counted is
 * all of the last `spanMs` less a slot, and nothing that is older than `spanMs`.
 */
export interface SlidingCount {
  add(atMs: number, count?: number): void;
  count(atMs: number): number;
  /** How much of the while has been watched: since the first time that was told. */
  watchedMs(atMs: number): number;
}

const slots = 20;

export function createSlidingCount(spanMs: number): SlidingCount {
  const slotMs = spanMs / slots;
  const counts = new Float64Array(slots);
  let firstMs: number | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;

  /** Empties the slots that have begun since. Gives the one of this time. */
  function goOn(atMs: number): number {
    const nowMs = Math.max(atMs, lastMs);
    const slot = Math.floor(nowMs / slotMs);
    const begun = firstMs === undefined ? 0 : slot - Math.floor(lastMs / slotMs);
    for (let back = 0; back < Math.min(begun, slots); back += 1) counts[placeOf(slot - back)] = 0;
    firstMs ??= nowMs;
    lastMs = nowMs;
    return slot;
  }

  return {
    add: (atMs, count = 1) => {
      const place = placeOf(goOn(atMs));
      counts[place] = (counts[place] ?? 0) + count;
    },
    count: (atMs) => {
      goOn(atMs);
      return counts.reduce((sum, one) => sum + one, 0);
    },
    watchedMs: (atMs) => {
      const slot = goOn(atMs);
      return lastMs - Math.max(firstMs ?? lastMs, (slot - slots + 1) * slotMs);
    },
  };
}

function placeOf(slot: number): number {
  return ((slot % slots) + slots) % slots;
}

/** Events a second. */
export interface Rate {
  add(atMs: number, count?: number): void;
  perSecond(atMs: number): number;
}

/** Over the last `spanMs`, or since `sinceMs` while that is shorter; what happened within the first second counts as one's. */
export function createRate({
  sinceMs,
  spanMs = 10_000,
}: {
  readonly sinceMs: number;
  readonly spanMs?: number;
}): Rate {
  const events = createSlidingCount(spanMs);
  events.add(sinceMs, 0);
  return {
    add: (atMs, count) => events.add(atMs, count),
    perSecond: (atMs) => (events.count(atMs) * 1000) / Math.max(1000, events.watchedMs(atMs)),
  };
}

/** Which share of tries failed, from 0 to 1. */
export interface FailureShare {
  add(atMs: number, failed: boolean): void;
  share(atMs: number): number;
}

/** Over the last minute; 0 when nothing was tried in it. */
export function createFailureShare(spanMs = 60_000): FailureShare {
  const tries = createSlidingCount(spanMs);
  const failures = createSlidingCount(spanMs);
  return {
    add: (atMs, failed) => {
      tries.add(atMs);
      failures.add(atMs, failed ? 1 : 0);
    },
    share: (atMs) => {
      const count = tries.count(atMs);
      return count === 0 ? 0 : failures.count(atMs) / count;
    },
  };
}
