interface Waiting {
  /** Before all that are not. */
  readonly isFirst: boolean;
  readonly canGo: () => boolean;
  readonly go: () => void;
}

interface Work {
  hasLeft: boolean;
}

/** A part in the work in a tree. */
export interface Turn {
  /** Nobody else works in the tree now. */
  readonly isAlone: boolean;
  leave(): void;
}

/**
 * Who works in a tree, in this process. Many may at once; whoever wants the tree for themselves waits until nobody else works, and who
 * comes later waits behind them. Somebody who works and wants the tree alone stops working while they wait: two who want it
 * do not wait for each other for ever.
 */
export class Turns {
  readonly #working = new Map<Work, object>();
  #isTaken = false;
  #waiting: readonly Waiting[] = [];

  /** Works in the tree until they leave. */
  enter(owner: object, signal: AbortSignal): Promise<Turn> {
    return this.#inTurn({ canGo: () => !this.#isTaken, isFirst: false, signal }, () => {
      const work: Work = { hasLeft: false };
      this.#working.set(work, owner);
      const others = this.#working;
      return {
        get isAlone() {
          return others.size === 1;
        },
        leave: () => {
          work.hasLeft = true;
          this.#working.delete(work);
          this.#next();
        },
      };
    });
  }

  /** Does a job while nobody but its owner works in the tree. */
  async alone<T>(owner: object, job: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const own = [...this.#working].filter(([, worker]) => worker === owner);
    for (const [work] of own) this.#working.delete(work);
    const canGo = (): boolean => !this.#isTaken && this.#working.size === 0;
    try {
      // Those who work go before all who do not: what they wait for, others wait for, too.
      await this.#inTurn({ canGo, isFirst: own.length > 0, signal }, () => {
        this.#isTaken = true;
      });
    } catch (error) {
      this.#goOn(own);
      throw error;
    }
    try {
      return await job();
    } finally {
      this.#isTaken = false;
      this.#goOn(own);
    }
  }

  #goOn(own: readonly (readonly [Work, object])[]): void {
    for (const [work, owner] of own) if (!work.hasLeft) this.#working.set(work, owner);
    this.#next();
  }

  #inTurn<T>(
    {
      canGo,
      isFirst,
      signal,
    }: { readonly canGo: () => boolean; readonly isFirst: boolean; readonly signal: AbortSignal },
    job: () => T,
  ): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onAbort = (): void => {
      this.#waiting = this.#waiting.filter((one) => one !== waiting);
      reject(signal.reason as Error);
      this.#next();
    };
    const waiting: Waiting = {
      isFirst,
      canGo,
      go() {
        signal.removeEventListener("abort", onAbort);
        resolve(job());
      },
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const waits = [...this.#waiting, waiting];
    this.#waiting = [...waits.filter((one) => one.isFirst), ...waits.filter((one) => !one.isFirst)];
    this.#next();
    return promise;
  }

  #next(): void {
    for (let [first, ...others] = this.#waiting; first?.canGo(); [first, ...others] = this.#waiting) {
      this.#waiting = others;
      first.go();
    }
  }
}

/** Jobs on one tree, one after the other, in the order they were asked for. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(job: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const done = this.#last.then(() => {
      signal.throwIfAborted();
      return job();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
