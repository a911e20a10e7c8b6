import { array, assert, constantFrom, double, integer, oneof, property } from "fast-check";
import { expect, it } from "vitest";
import { createHistogram, type Histogram } from "./histogram.ts";

const year = 365 * 86_400_000;
const values = array(
  oneof(
    integer({ min: 1, max: 5000 }),
    double({ min: 0.1, max: 30 * year, noNaN: true }),
    constantFrom(0.1, 1, 10, 1000, year),
  ),
  { minLength: 1, maxLength: 300 },
);
const shares = double({ min: 0, max: 1, noNaN: true });

function histogramOf(list: readonly number[]): Histogram {
  const histogram = createHistogram();
  for (const value of list) histogram.add(value);
  return histogram;
}

it("a quantile is wrong by at most 5 % of itself", () => {
  assert(
    property(values, shares, (list, share) => {
      const sorted = list.toSorted((one, other) => one - other);
      const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? Number.NaN;
      const told = histogramOf(list).quantile(share);
      expect(Math.abs(told - exact)).toBeLessThanOrEqual(0.05 * exact);
    }),
    { numRuns: 500 },
  );
});

it("what is merged, or read from its JSON form, is as if all had been added to one", () => {
  assert(
    property(values, values, (some, others) => {
      const merged = histogramOf(some);
      merged.merge(histogramOf(others));
      const again = createHistogram(JSON.parse(JSON.stringify(merged.toJson())) as number[]);
      const all = histogramOf([...some, ...others]);
      for (const one of [merged, again]) {
        expect(one.toJson()).toEqual(all.toJson());
        expect(one.count).toBe(some.length + others.length);
        expect(one.quantiles()).toEqual(all.quantiles());
      }
    }),
  );
});

it("its JSON form stays small, whatever is added", () => {
  const histogram = createHistogram();
  for (let exponent = -10; exponent < 30; exponent += 0.001) histogram.add(10 ** exponent);
  expect(histogram.toJson().length).toBeLessThan(1000);
});

it("one that is empty says 0, and what is shorter than 0.1 ms counts as 0", () => {
  expect(createHistogram().quantiles()).toEqual({ p50: 0, p95: 0, p99: 0 });
  const histogram = createHistogram();
  for (const value of [0, -5, Number.NaN, 0.05]) histogram.add(value);
  histogram.add(100, 96);
  expect(histogram.count).toBe(100);
  expect(histogram.quantile(0.04)).toBe(0);
  expect(histogram.quantile(0.05)).toBeCloseTo(100, -1);
});

it("takes nothing for its JSON form that it never gave", () => {
  for (const wrong of [null, {}, [1], [1, "2"], [-1, 2], [1.5, 1], [1e6, 1], [1, -1], [1, 1, null, null]])
    expect(() => createHistogram(wrong)).toThrow("it is not the JSON form of a histogram");
});
