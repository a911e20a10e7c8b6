import { describe, expect, it } from "vitest";
import { array, assert, integer, property } from "fast-check";
import { addedUsage, addUsage, usageWithoutTotal } from "./cost.ts";

const total = (costUsd: number | null, tokens = 0) => ({
  costUsd,
  inputTokens: tokens,
  outputTokens: tokens,
  models: [],
});

describe("the cost of an attempt", () => {
  it("is the whole total of a session nobody counted before", () => {
    expect(addedUsage(total(0.3, 7), undefined)).toEqual({ costUsd: 0.3, inputTokens: 7, outputTokens: 7 });
  });

  it("is the difference to what was counted, without the noise of floating point", () => {
    expect(addedUsage(total(0.3, 7), total(0.1, 2))).toEqual({
      costUsd: 0.2,
      inputTokens: 5,
      outputTokens: 5,
    });
  });

  it("says how many of its tokens the provider's cache served", () => {
    const cached = (tokens: number) => ({ ...total(0.3, 100), cachedTokens: tokens });
    expect(addedUsage(cached(80), undefined).cachedTokens).toBe(80);
    expect(addedUsage({ ...cached(80), inputTokens: 200 }, cached(30))).toMatchObject({
      inputTokens: 100,
      cachedTokens: 50,
    });
    expect(addedUsage(cached(30), cached(30))).not.toHaveProperty("cachedTokens");
    const usage = { costUsd: 1, inputTokens: 9, outputTokens: 1, cachedTokens: 5 };
    expect(addUsage(usage, usage).cachedTokens).toBe(10);
  });

  it("is unknown when either total is, and never negative", () => {
    expect(addedUsage(total(null), total(1)).costUsd).toBeNull();
    expect(addedUsage(total(1), total(null)).costUsd).toBeNull();
    expect(addedUsage(total(1, 1), total(2, 2))).toEqual({ costUsd: 0, inputTokens: 0, outputTokens: 0 });
  });

  it("adds up to the last total over any chain of resumed processes", () => {
    assert(
      property(array(integer({ min: 0, max: 1_000_000 }), { minLength: 1 }), (steps) => {
        let sum = { costUsd: 0 as number | null, inputTokens: 0, outputTokens: 0 };
        let before: ReturnType<typeof total> | undefined;
        let at = 0;
        for (const step of steps) {
          at += step;
          const now = total(at / 1e6, at);
          sum = addUsage(sum, addedUsage(now, before));
          before = now;
        }
        expect(sum.costUsd).toBeCloseTo(at / 1e6, 6);
        expect(sum.inputTokens).toBe(at);
      }),
    );
  });

  it("is nothing for a process that reached no model, and unknown for one that was cut off", () => {
    const message = { kind: "assistant", texts: [], tools: [], synthetic: false } as const;
    const seen = [
      { ...message, id: "a", inputTokens: 10, outputTokens: 1 },
      { ...message, id: "a", inputTokens: 10, outputTokens: 2 },
      { ...message, id: "b", inputTokens: 5, outputTokens: 1 },
      { ...message, id: "c", inputTokens: 99, outputTokens: 99, synthetic: true },
    ];
    expect(usageWithoutTotal(seen, true)).toEqual({ costUsd: null, inputTokens: 15, outputTokens: 3 });
    expect(usageWithoutTotal([], false)).toEqual({ costUsd: 0, inputTokens: 0, outputTokens: 0 });
  });

  it("stays unknown when an unknown one is added", () => {
    const known = { costUsd: 1, inputTokens: 1, outputTokens: 1 };
    expect(addUsage(known, { ...known, costUsd: null })).toEqual({
      costUsd: null,
      inputTokens: 2,
      outputTokens: 2,
    });
  });
});
