import type { Event, Input } from "../../core/events.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { RunState } from "../../core/state.ts";
import type { FakeClock } from "../../runtimes/memory/fake-clock.ts";
import type { Dice } from "./dice.ts";
import { must, same } from "./same.ts";

/** A memory on the disk, to which processes add that may die before they can say so. */
export class NotesModel {
  readonly #notes = new Set<string>();
  readonly #clock: FakeClock;
  readonly #dice: Dice;

  constructor(clock: FakeClock, dice: Dice) {
    this.#clock = clock;
    this.#dice = dice;
  }

  remember({ unwritten }: RunState, address: string): Promise<Input | undefined> {
    const owed = unwritten.get(address);
    if (!owed) return Promise.resolve(undefined);
    const { name, texts } = owed;
    const { promise, resolve } = Promise.withResolvers<Input>();
    this.#clock.at(this.#clock.now() + this.#dice.below(5000), () => {
      for (const text of texts) this.#notes.add(text);
      const written = { name, added: texts.length };
      resolve({ type: "remembered", address, written, at: this.#clock.now() });
    });
    return promise;
  }

  /** What verified steps learned is there, whoever died; nothing else is; and the log says of each that it is, once. */
  check(events: readonly Event[]): void {
    const outcomes = new Map<string, Outcome>();
    // another life may have the gates left to do of what was done in this one
    const unverified = new Map<string, Outcome>();
    const learned = new Set<string>();
    const owed = new Set<string>();
    const end = (address: string): void => {
      const texts = outcomes.get(address)?.learned ?? [];
      unverified.delete(address);
      for (const text of texts) learned.add(text);
      if (texts.length > 0) owed.add(address);
    };
    for (const event of events) {
      if (event.type === "attempt.ended") {
        outcomes.set(event.address, event.outcome);
        unverified.set(event.address, event.outcome);
      }
      if (event.type === "result.reused") {
        const left = unverified.get(event.address);
        if (left) outcomes.set(event.address, left);
      }
      if (event.type === "run.restarted") outcomes.clear();
      if (event.type === "node.ended" && event.end === "verified") end(event.address);
      if (event.type === "memory.written")
        must(owed.delete(event.address), `what ${event.address} learned is kept once`);
    }
    must(owed.size === 0, `what ${[...owed].join(", ")} learned is kept before the run is over`);
    same([...this.#notes].toSorted(), [...learned].toSorted(), "what is kept is what was learned");
  }
}
