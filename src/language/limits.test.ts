import { describe, expect, it } from "vitest";
import { isTuttiError } from "../errors.ts";
import { limitName, limitNames, parseLimit } from "./limits.ts";
import { defaultLimits } from "./workflow.ts";

function refusal(name: string, value: string): string {
  try {
    parseLimit(name, value);
  } catch (error) {
    if (isTuttiError(error, "BAD_VALUE")) return `${error.message} | ${error.fix}`;
    throw error;
  }
  return "taken";
}

describe("a limit as a person writes it", () => {
  it("is read in its own unit", () => {
    expect(parseLimit("cost", "20USD")).toEqual({ costUsd: 20 });
    expect(parseLimit("cost", "$0.5")).toEqual({ costUsd: 0.5 });
    expect(parseLimit("tokens", "2M")).toEqual({ tokens: 2_000_000 });
    expect(parseLimit("agents", "3")).toEqual({ agents: 3 });
    expect(parseLimit("time", "1h30m")).toEqual({ timeMs: 5_400_000 });
    expect(parseLimit("time", 90)).toEqual({ timeMs: 90_000 });
    expect(parseLimit("parallel", 4)).toEqual({ parallel: 4 });
    expect(parseLimit("output", "1MiB")).toEqual({ outputBytes: 1_048_576 });
  });

  it("may have the name that a run shows", () => {
    expect(parseLimit("costUsd", "5")).toEqual({ costUsd: 5 });
    expect(parseLimit("timeMs", "500")).toEqual({ timeMs: 500 });
    expect(parseLimit("timeMs", "2h")).toEqual({ timeMs: 7_200_000 });
  });

  it("is refused with the nearest name, or all names", () => {
    expect(refusal("cots", "5")).toContain('did you mean "cost"?');
    expect(refusal("patience", "5")).toContain("the limits are: cost, tokens, agents");
  });

  it("is refused with what it must be, and an example", () => {
    expect(refusal("parallel", "0")).toContain("1 or more | for example: parallel=8");
    expect(refusal("cost", "20EUR")).toContain("US dollars");
  });

  it("has a name for every cap of a run", () => {
    const keys = [...Object.keys(defaultLimits), "dayUsd"] as (keyof typeof defaultLimits)[];
    expect(keys.map(limitName)).toEqual(limitNames);
    expect(limitName("other" as "tokens")).toBe("other");
  });
});
