import type { Clock } from "../ports/clock.ts";

/** Calls one function in the next turn of the process, once however often it is asked to, and at a moment that it is told. */
export class Waker {
  readonly #clock: Clock;
  readonly #work: () => void;
  #isDue = false;
  #at = Number.POSITIVE_INFINITY;
  #forget: () => void = () => {};

  constructor(clock: Clock, work: () => void) {
    this.#clock = clock;
    this.#work = work;
  }

  /** It has been woken, and was not called since. */
  get isDue(): boolean {
    return this.#isDue;
  }

  wake(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#work();
    });
  }

  /** Wakes at that moment, ms since the epoch, instead of the one that was told before. */
  wakeAt(at: number): void {
    if (at === this.#at) return;
    this.sleep();
    this.#at = at;
    if (Number.isFinite(at))
      this.#forget = this.#clock.at(at, () => {
        this.#at = Number.POSITIVE_INFINITY;
        this.wake();
      });
  }

  /** No moment wakes it any more. */
  sleep(): void {
    this.#forget();
    this.#forget = () => {};
    this.#at = Number.POSITIVE_INFINITY;
  }
}
