import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Endpoint } from "./endpoints.ts";
import { addUsage, costOf, usageBeyond, usageOf } from "./prices.ts";

const endpoint: Endpoint = {
  name: "local/x",
  provider: "openai-compatible",
  model: "x",
  baseUrl: "http://127.0.0.1:1/v1",
  enforcesSchema: true,
};
const unknown = () => null;

describe("what a call cost", () => {
  it("is its tokens by the prices of the model, those of the cache by their own", () => {
    const tokens = { input: 1_000_000, output: 100_000, cached: 600_000, cacheWrite: 200_000 };
    const prices = { input: 3, output: 15 };
    expect(costOf(tokens, { ...endpoint, prices }, unknown)).toBe(4.5);
    const all = { ...prices, cached: 0.3, cacheWrite: 3.75 };
    expect(costOf(tokens, { ...endpoint, prices: all }, unknown)).toBe(3.03);
  });

  it("is unknown without a price, and without the tokens", () => {
    expect(costOf({ input: 1, output: 1 }, endpoint, unknown)).toBeNull();
    const priced = { ...endpoint, prices: { input: 1, output: 1 } };
    expect(costOf({ input: undefined, output: 1 }, priced, unknown)).toBeNull();
    expect(costOf({ input: 1, output: undefined }, endpoint, () => 1)).toBeNull();
  });

  it("is nothing where nothing costs anything, whatever is told", () => {
    const free = { ...endpoint, prices: { input: 0, output: 0 } };
    expect(costOf({ input: undefined, output: undefined }, free, unknown)).toBe(0);
  });

  it("is that of the list where the model has no prices of its own", () => {
    expect(costOf({ input: 2, output: 3 }, endpoint, (_, { input = 0 }) => input / 4)).toBe(0.5);
  });
});

describe("the use of a session", () => {
  const tokens = fc.nat(1_000_000);
  const usage = fc
    .record({ input: tokens, output: tokens, cached: tokens, usd: fc.option(fc.nat(1000)) })
    .map(({ usd, ...told }) => usageOf(told, usd === null ? null : usd / 100));

  it("is the sum of its parts: what was counted and what came after", () => {
    fc.assert(
      fc.property(usage, usage, (before, after) => {
        const rest = usageBeyond(addUsage(before, after), before);
        const known = before.costUsd !== null;
        expect(rest).toEqual(known ? after : { ...after, costUsd: null });
      }),
    );
  });
});
