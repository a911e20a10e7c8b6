import { array, assert, boolean, integer, property, record } from "fast-check";
import { expect, it } from "vitest";
import { createFailureShare, createRate, createSlidingCount } from "./rates.ts";

const spanMs = 10_000;
const slotMs = 500;

interface Told {
  readonly at: number;
  readonly count: number;
  readonly failed: boolean;
}

/** Events at times that sometimes go back a little. */
const events = array(
  record({ step: integer({ min: -50, max: 4000 }), count: integer({ min: 0, max: 9 }), failed: boolean() }),
  { maxLength: 60 },
).map((steps) => {
  let at = 1_000_000;
  return steps.map(({ step, count, failed }): Told => ({ at: (at += step), count, failed }));
});

/** The same with times that only go on, as they count. */
function inOrder(told: readonly Told[]): readonly Told[] {
  let latest = 0;
  return told.map((one) => ({ ...one, at: (latest = Math.max(latest, one.at)) }));
}

/** The events that count at a time: those of its slot and of the 19 before it. */
function counted(
  told: readonly Told[],
  { at, wideMs = slotMs }: { at: number; wideMs?: number },
): readonly Told[] {
  return told.filter((one) => Math.floor(one.at / wideMs) > Math.floor(at / wideMs) - 20);
}

function sumOf(told: readonly Told[]): number {
  return told.reduce((sum, { count }) => sum + count, 0);
}

it("what is counted is what lies in the slots of the last while", () => {
  assert(
    property(events, integer({ min: 0, max: 15_000 }), (told, later) => {
      const sliding = createSlidingCount(spanMs);
      const heard: Told[] = [];
      for (const [index, { at }] of inOrder(told).entries()) {
        sliding.add(told[index]?.at ?? 0, told[index]?.count);
        heard.push({ ...told[index], at } as Told);
        expect(sliding.count(at)).toBe(sumOf(counted(heard, { at })));
      }
      const end = (heard.at(-1)?.at ?? 0) + later;
      expect(sliding.count(end)).toBe(sumOf(counted(heard, { at: end })));
    }),
  );
});

it("nothing older than the while counts, and all that is younger by a slot does", () => {
  assert(
    property(events, integer({ min: 0, max: 15_000 }), (told, later) => {
      const rate = createRate({ sinceMs: 0, spanMs });
      const heard = inOrder(told);
      for (const { at, count } of heard) rate.add(at, count);
      const end = (heard.at(-1)?.at ?? 1_000_000) + later;
      const within = (ms: number) => sumOf(heard.filter(({ at }) => at > end - ms));
      const perSecond = rate.perSecond(end);
      expect(perSecond).toBeGreaterThanOrEqual(within(spanMs - slotMs) / (spanMs / 1000));
      expect(perSecond).toBeLessThanOrEqual(within(spanMs) / ((spanMs - slotMs) / 1000));
    }),
  );
});

it("a steady rate is told as it is, from the first second on", () => {
  const rate = createRate({ sinceMs: 1_000_000 });
  expect(rate.perSecond(1_000_000)).toBe(0);
  for (let ms = 1; ms <= 60_000; ms += 1) {
    const at = 1_000_000 + ms;
    rate.add(at, 3);
    const perSecond = rate.perSecond(at);
    expect(Math.abs(perSecond - 3 * Math.min(1000, ms))).toBeLessThan(2);
  }
  expect(rate.perSecond(1_200_000)).toBe(0);
});

it("the share of failures is that of the tries of the last minute", () => {
  assert(
    property(events, integer({ min: 0, max: 70_000 }), (told, later) => {
      const failures = createFailureShare();
      const heard = inOrder(told);
      for (const { at, failed } of heard) failures.add(at, failed);
      const end = (heard.at(-1)?.at ?? 0) + later;
      const tries = counted(heard, { at: end, wideMs: 3000 });
      const exact = tries.length === 0 ? 0 : tries.filter(({ failed }) => failed).length / tries.length;
      expect(failures.share(end)).toBe(exact);
    }),
  );
});
