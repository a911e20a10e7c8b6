import { describe, expect, it } from "vitest";
import { addedUsd, addTokens, costIn, tokensOf } from "./usage.ts";

describe("the tokens of a prompt", () => {
  it("are read as the protocol has them, and as Gemini says them", () => {
    expect(tokensOf({ usage: { inputTokens: 100, outputTokens: 20, totalTokens: 120 } })).toEqual({
      inputTokens: 100,
      outputTokens: 20,
    });
    const quota = { token_count: { input_tokens: 7, output_tokens: 3 } };
    expect(tokensOf({ usage: null, _meta: { quota } })).toEqual({ inputTokens: 7, outputTokens: 3 });
    expect(tokensOf({ usage: null })).toBeUndefined();
  });

  it("are those that a cache served, too, whether they are counted with the input or beside it", () => {
    const beside = {
      inputTokens: 10,
      cachedReadTokens: 80,
      cachedWriteTokens: 5,
      outputTokens: 5,
      totalTokens: 100,
    };
    expect(tokensOf({ usage: beside })).toEqual({ inputTokens: 95, outputTokens: 5, cachedTokens: 80 });
    const within = { inputTokens: 95, cachedReadTokens: 80, outputTokens: 5, totalTokens: 100 };
    expect(tokensOf({ usage: within })).toEqual({ inputTokens: 95, outputTokens: 5, cachedTokens: 80 });
  });

  it("are added up over the prompts of a task", () => {
    const one = { inputTokens: 1, outputTokens: 2 };
    expect(addTokens(undefined, one)).toEqual(one);
    expect(addTokens({ ...one, cachedTokens: 1 }, one)).toEqual({
      inputTokens: 2,
      outputTokens: 4,
      cachedTokens: 1,
    });
    expect(addTokens(one, one)).toEqual({ inputTokens: 2, outputTokens: 4 });
  });
});

describe("the cost of a session", () => {
  it("is counted in dollars only", () => {
    expect(costIn({ cost: { amount: 0.5, currency: "USD" } })).toBe(0.5);
    expect(costIn({ cost: { amount: 0.5, currency: "EUR" } })).toBeNull();
    expect(costIn({ cost: null })).toBeUndefined();
  });

  it("counts from what was counted before, or from nothing where the agent began anew", () => {
    expect(addedUsd(0.3, 0.1)).toBe(0.2);
    expect(addedUsd(0.3, undefined)).toBe(0.3);
    expect(addedUsd(0.1, 0.3)).toBe(0.1);
  });
});
