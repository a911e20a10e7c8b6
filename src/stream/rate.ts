/** So many batches may be begun in any stretch of time of this length. */
export interface RateLimit {
  readonly count: number;
  readonly perMs: number;
}

/** What is kept of it: so many were begun, the last of them at this time. */
export interface KeptRate {
  readonly begun: number;
  readonly last: number;
}

export interface RateOptions {
  readonly kept?: KeptRate | undefined;
  /** Batches that may have been begun since that was kept, by whom it cannot be asked any more: until this time. */
  readonly unknown?: KeptRate;
}

/**
 * Holds the batches of a stage to their rate. After a restart it takes all that was kept, or is unknown, for begun as late as it
 * can have been: there are never more than so many in any stretch of time, whatever happened.
 */
export class Rate {
  readonly #limit: RateLimit;
  /** When the last ones were begun, at most `count` of them. */
  #times: number[] = [];

  constructor(limit: RateLimit, { kept, unknown }: RateOptions = {}) {
    this.#limit = limit;
    const all = [kept, unknown].flatMap((one) => one ?? []).sort((a, b) => a.last - b.last);
    for (const { begun, last } of all)
      for (let nth = 0; nth < Math.min(begun, limit.count); nth += 1) this.begin(last);
  }

  /** When the next batch may be begun: now, or later. */
  nextAt(now: number): number {
    const { count, perMs } = this.#limit;
    const last = this.#times.at(-1);
    // the clock was set back: nobody waits until it is there again
    if (last !== undefined && last > now) this.#times = this.#times.map((time) => Math.min(time, now));
    const [oldest] = this.#times;
    return oldest === undefined || this.#times.length < count ? now : Math.max(now, oldest + perMs);
  }

  begin(at: number): void {
    this.#times.push(at);
    if (this.#times.length > this.#limit.count) this.#times.shift();
  }

  /** What is to be kept of it at this time; undefined: nothing counts any more. */
  kept(now: number): KeptRate | undefined {
    const recent = this.#times.filter((time) => time > now - this.#limit.perMs);
    const last = recent.at(-1);
    return last === undefined ? undefined : { begun: recent.length, last };
  }
}
