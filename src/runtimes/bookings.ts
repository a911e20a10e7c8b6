import type { EndedSpending } from "../ports/day-ledger.ts";

interface Booking {
  readonly ended: EndedSpending;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What is booked of one work, from its beginning on. */
export interface WorkBooking {
  readonly book: (ended: EndedSpending) => Promise<void>;
  /** What it came to is decided next: what it did cost becomes durable with that. */
  readonly settled: () => void;
}

/** What works did cost, which has to become durable in the same commit as what came of them. */
export class Bookings {
  readonly #due: Booking[] = [];
  #isClosed = false;

  /** How many wait for the next commit. */
  get size(): number {
    return this.#due.length;
  }

  of(): WorkBooking {
    let booking: Booking | undefined;
    return {
      book: (ended) =>
        new Promise((resolve, reject) => {
          booking = { ended, resolve, reject };
        }),
      settled: () => {
        if (!booking) return;
        if (this.#isClosed) booking.reject(new Error("nothing is committed any more"));
        else this.#due.push(booking);
      },
    };
  }

  /** A commit, with all that waits for one. */
  async with(commit: (booked: readonly EndedSpending[]) => Promise<void>): Promise<void> {
    const all = this.#due.splice(0);
    try {
      await commit(all.map(({ ended }) => ended));
    } catch (error) {
      for (const { reject } of all) reject(error);
      throw error;
    }
    for (const { resolve } of all) resolve();
  }

  /** No commit follows: what waits, and what comes, has to be booked otherwise. */
  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#due.splice(0)) reject(new Error("nothing is committed any more"));
  }
}
