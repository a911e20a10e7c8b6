import { expect, it } from "vitest";
import type { Clock } from "../ports/clock.ts";

export interface ClockHarness {
  readonly clock: Clock;
  /** Lets so much of the clock's time pass. */
  readonly advance: (byMs: number) => Promise<void>;
}

/** Every line of the contract in `ports/clock.ts`. */
export function clockContract(createHarness: () => ClockHarness): void {
  it("tells the time in ms since the epoch, which goes forward", async () => {
    const { clock, advance } = createHarness();
    const before = clock.now();
    expect(before).toBeGreaterThan(Date.UTC(2020, 0, 1));
    await advance(5);
    expect(clock.now()).toBeGreaterThanOrEqual(before + 5);
  });

  it("fires once, at or after the due time", async () => {
    const { clock, advance } = createHarness();
    const dueAt = clock.now() + 20;
    const firedAt: number[] = [];
    clock.at(dueAt, () => firedAt.push(clock.now()));
    expect(firedAt).toEqual([]);
    await advance(40);
    await advance(40);
    expect(firedAt).toHaveLength(1);
    expect(firedAt[0]).toBeGreaterThanOrEqual(dueAt);
  });

  it("fires a timer that lies in the past, but not inside the call", async () => {
    const { clock, advance } = createHarness();
    let fired = 0;
    clock.at(clock.now() - 1000, () => (fired += 1));
    expect(fired).toBe(0);
    await advance(5);
    expect(fired).toBe(1);
  });

  it("forgets a timer, also one that has fired", async () => {
    const { clock, advance } = createHarness();
    let fired = 0;
    const forget = clock.at(clock.now() + 5, () => (fired += 1));
    forget();
    await advance(30);
    expect(fired).toBe(0);
    forget();
  });

  it("fires in the order of the due times", async () => {
    const { clock, advance } = createHarness();
    const fired: string[] = [];
    const now = clock.now();
    clock.at(now + 30, () => fired.push("third"));
    clock.at(now + 5, () => fired.push("first"));
    clock.at(now + 15, () => fired.push("second"));
    await advance(60);
    expect(fired).toEqual(["first", "second", "third"]);
  });

  it("keeps a timer that is further away than a 32-bit number of ms", async () => {
    const { clock, advance } = createHarness();
    let fired = 0;
    const forget = clock.at(clock.now() + 2 ** 33, () => (fired += 1));
    await advance(30);
    expect(fired).toBe(0);
    forget();
  });
}
