import { assert, double, nat, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { chancesOfBest, posteriorOf, quantile } from "./posterior.ts";

const cases = record({ good: nat(500), bad: nat(500) });

describe("what is believed of a way", () => {
  it("is anything when nothing is known", () => {
    const nothing = posteriorOf({ good: 0, bad: 0 });
    for (const probability of [0, 0.05, 0.5, 0.95])
      expect(quantile(nothing, probability)).toBeCloseTo(probability);
  });

  it("has the quantiles of the Beta distribution", () => {
    // Beta(9, 3) and Beta(1, 11), by a table
    expect(quantile(posteriorOf({ good: 8, bad: 2 }), 0.5)).toBeCloseTo(0.7643, 2);
    expect(quantile(posteriorOf({ good: 8, bad: 2 }), 0.05)).toBeCloseTo(0.5299, 2);
    expect(quantile(posteriorOf({ good: 0, bad: 10 }), 0.95)).toBeCloseTo(0.2384, 2);
  });

  it("narrows around the share of good cases, also after many thousands", () => {
    const sure = posteriorOf({ good: 90_000, bad: 10_000 });
    expect(quantile(sure, 0.05)).toBeGreaterThan(0.89);
    expect(quantile(sure, 0.95)).toBeLessThan(0.91);
  });

  it("grows with the probability and stays between 0 and 1", () => {
    const chance = double({ min: 0, max: 0.999_999, noNaN: true });
    assert(
      property(cases, chance, chance, (one, a, b) => {
        const posterior = posteriorOf(one);
        const [low, high] = [quantile(posterior, Math.min(a, b)), quantile(posterior, Math.max(a, b))];
        return low >= 0 && low <= high && high <= 1;
      }),
    );
  });

  it("grows with good cases and falls with bad ones", () => {
    assert(
      property(cases, (one) => {
        const median = (good: number, bad: number) => quantile(posteriorOf({ good, bad }), 0.5);
        const now = median(one.good, one.bad);
        return median(one.good + 1, one.bad) >= now && median(one.good, one.bad + 1) <= now;
      }),
    );
  });
});

describe("which is the best", () => {
  it("is anybody's guess among equals, and certain of one that always worked against one that never did", () => {
    const equal = posteriorOf({ good: 4, bad: 4 });
    expect(chancesOfBest([equal, posteriorOf({ good: 4, bad: 4 })]).map((one) => one.toFixed(2))).toEqual([
      "0.50",
      "0.50",
    ]);
    const [sure = 0] = chancesOfBest([posteriorOf({ good: 50, bad: 0 }), posteriorOf({ good: 0, bad: 50 })]);
    expect(sure).toBeGreaterThan(0.999);
    expect(chancesOfBest([equal])).toEqual([1]);
  });

  it("adds up to 1", () => {
    assert(
      property(cases, cases, cases, (...all) => {
        const sum = chancesOfBest(all.map(posteriorOf)).reduce((total, one) => total + one, 0);
        return Math.abs(sum - 1) < 1e-9;
      }),
    );
  });
});
