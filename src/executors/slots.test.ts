import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { createSlots } from "./slots.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";

const { signal } = new AbortController();

/** Lets everything happen that can happen now. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function takers(
  slots: ReturnType<typeof createSlots>,
  count: number,
): { served: number[]; back: (() => void)[] } {
  const result = { served: [] as number[], back: [] as (() => void)[] };
  for (let index = 0; index < count; index += 1) {
    void slots.take(signal).then((giveBack) => {
      result.served.push(index);
      result.back.push(giveBack);
    });
  }
  return result;
}

describe("slots", () => {
  it("are as many at once as allowed, first come first served", async () => {
    const slots = createSlots({ maxConcurrent: 2, maxPerMinute: 1000, clock: createFakeClock() });
    const { served, back } = takers(slots, 4);
    await settle();
    expect(served).toEqual([0, 1]);
    back[1]?.();
    await settle();
    expect(served).toEqual([0, 1, 2]);
  });

  it("count a slot that is given back twice once", async () => {
    const slots = createSlots({ maxConcurrent: 1, maxPerMinute: 1000, clock: createFakeClock() });
    const { served, back } = takers(slots, 3);
    await settle();
    back[0]?.();
    back[0]?.();
    await settle();
    expect(served).toEqual([0, 1]);
  });

  it("leave no timer behind when nobody waits for the next minute any more", async () => {
    const clock = createFakeClock();
    const slots = createSlots({ maxConcurrent: 100, maxPerMinute: 1, clock });
    const stopper = new AbortController();
    await slots.take(signal);
    const waiting = [slots.take(stopper.signal), slots.take(stopper.signal)];
    expect(clock.nextDueAt()).toBeDefined();
    stopper.abort(new Error("Ctrl-C"));
    for (const one of waiting) await expect(one).rejects.toThrow("Ctrl-C");
    expect(clock.nextDueAt()).toBeUndefined();
    const { served } = takers(slots, 1);
    clock.advance(60_000);
    await settle();
    expect(served).toEqual([0]);
  });

  it("begin no more than allowed in any minute", async () => {
    const clock = createFakeClock();
    const slots = createSlots({ maxConcurrent: 100, maxPerMinute: 2, clock });
    const { served } = takers(slots, 5);
    await settle();
    expect(served).toEqual([0, 1]);
    clock.advance(59_999);
    await settle();
    expect(served).toEqual([0, 1]);
    clock.advance(1);
    await settle();
    expect(served).toEqual([0, 1, 2, 3]);
    clock.advance(60_000);
    await settle();
    expect(served).toEqual([0, 1, 2, 3, 4]);
  });

  it("are not given to one that stopped waiting", async () => {
    const slots = createSlots({ maxConcurrent: 1, maxPerMinute: 1000, clock: createFakeClock() });
    const { signal } = new AbortController();
    const first = await slots.take(signal);
    const stopper = new AbortController();
    const second = slots.take(stopper.signal);
    const third = slots.take(signal);
    const reason = new Error("enough");
    stopper.abort(reason);
    await expect(second).rejects.toBe(reason);
    first();
    await expect(third).resolves.toBeTypeOf("function");
    await expect(slots.take(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
