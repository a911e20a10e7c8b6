import { assert, integer, property } from "fast-check";
import { expect, it } from "vitest";
import { countedUsd, dayOf, isOver } from "./day.ts";

it("a day is one of UTC", () => {
  expect(dayOf(Date.UTC(2026, 10, 21, 23, 59, 59, 999))).toBe("2026-11-21");
  expect(dayOf(Date.UTC(2026, 10, 22))).toBe("2026-11-22");
});

it("is what the calendar says, from 1970 to 9999", () => {
  const last = Date.UTC(9999, 11, 31);
  assert(
    property(integer({ min: 0, max: last }), (at) => {
      expect(dayOf(at)).toBe(new Date(at).toISOString().slice(0, 10));
    }),
    { numRuns: 2000 },
  );
});

it("counts what it did cost, else what was predicted, else nothing", () => {
  expect(countedUsd({ costUsd: 0, predictedUsd: 2 })).toBe(0);
  expect(countedUsd({ costUsd: null, predictedUsd: 2 })).toBe(2);
  expect(countedUsd({ costUsd: null, predictedUsd: null })).toBe(0);
});

it("lets exactly as much begin as fits", () => {
  const cap = { usd: 1 };
  expect(isOver(cap, { usedUsd: 0.1 + 0.2, predictedUsd: 0.7 })).toBe(false);
  expect(isOver(cap, { usedUsd: 0.5, predictedUsd: 0.6 })).toBe(true);
  expect(isOver(cap, { usedUsd: 0.5, predictedUsd: null })).toBe(false);
  expect(isOver(cap, { usedUsd: 1, predictedUsd: null })).toBe(true);
});
