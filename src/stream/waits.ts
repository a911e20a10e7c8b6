import type { StreamHost, WaitingTry } from "./host.ts";
import { orAborted } from "./sources/wait.ts";

/** The batches of a pipeline that are being done; of some the next try waits for its time, and nothing is done for them. */
export class Waits {
  readonly #host: StreamHost;
  readonly #onWait: () => void;
  #doing = 0;
  #waiting = 0;

  constructor(host: StreamHost, onWait: () => void) {
    this.#host = host;
    this.#onWait = onWait;
  }

  /** Something is done for one of them. */
  get isBusy(): boolean {
    return this.#doing > this.#waiting;
  }

  /** Nothing is done any more before one of those is tried that wait, unless a rate lets another batch begin. */
  holdUp(works: Iterable<{ nextAt(now: number): number | undefined }>): boolean {
    const now = this.#host.clock.now();
    if (this.#waiting === 0 || this.isBusy) return false;
    return [...works].every((work) => (work.nextAt(now) ?? now) <= now);
  }

  /** What a batch comes to; one that stopped the pipeline is in work still, and is not being done. */
  around<T>(work: Promise<T>): Promise<T> {
    this.#doing += 1;
    return work.finally(() => {
      this.#doing -= 1;
    });
  }

  /** Comes back when it is time, or the host says that it may be tried before; rejects with the signal's reason. */
  async over(wait: WaitingTry, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const forget = this.#host.clock.at(wait.dueAt, resolve);
    const over = this.#host.waiting?.(wait, resolve);
    this.#waiting += 1;
    this.#onWait();
    try {
      await orAborted(promise, signal);
    } finally {
      this.#waiting -= 1;
      forget();
      over?.();
    }
  }
}
