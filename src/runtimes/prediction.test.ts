import { describe, expect, it } from "vitest";
import { predictFrom } from "./prediction.ts";

describe("a prediction", () => {
  it("of no cases is none", () => {
    expect(predictFrom([])).toBeUndefined();
  });

  it("of an even number of cases is the mean of the two in the middle", () => {
    const cases = [4, 1, 100, 2].map((durationMs) => ({
      durationMs,
      costUsd: durationMs,
      tokens: durationMs,
      ok: true,
    }));
    expect(predictFrom(cases)).toEqual({ durationMs: 3, costUsd: 3, tokens: 3, cases: 4 });
  });
});
