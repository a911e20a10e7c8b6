import { assert, constantFrom, double, option, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLimit } from "../../language/limits.ts";
import type { Limits } from "../../language/workflow.ts";
import { CoreRun, workflowOf } from "../../testing/core-run.ts";
import { limitFailure, raisedLimit } from "./limit-advice.ts";

describe("the failure of a step for which a cap leaves no room", () => {
  const hit = { limit: "costUsd", used: 1, cap: 1, predicted: 0.5 } as const;

  it("says which cap it is, and how it is raised", () => {
    expect(limitFailure(hit, { before: "; before that: x" })).toMatchObject({
      code: "LIMIT_REACHED",
      message: expect.stringMatching(
        /^Cannot ask the agent for this step: the cap on cost .*; before that: x$/,
      ) as string,
      fix: "raise the cap when you resume: --limit cost=1.50USD",
    });
    expect(limitFailure({ ...hit, of: "review" }).fix).toBe(
      'raise "cost" in the `limits` of "review", then resume with --update',
    );
  });

  it("says a cap between two cents as it is", () => {
    const { message } = limitFailure({ limit: "costUsd", used: 0.1 + 0.15, cap: 0.255, predicted: 0.01 });
    expect(message).toContain("($0.25 of $0.255 are used, the next call will probably cost $0.01)");
  });

  it("names the run around it whose cap it is", () => {
    const { message, fix } = limitFailure(hit, { runId: "3m1x" });
    expect(message).toMatch(/ of run 3m1x$/);
    expect(fix).toBe("raise the cap when you resume run 3m1x: --limit cost=1.50USD");
  });
});

describe("the cap with which a run goes on", () => {
  it("holds the next call where its price is known, else half of the old cap more", () => {
    const hit = { limit: "costUsd", used: 0.9, cap: 1 } as const;
    expect(raisedLimit({ ...hit, predicted: 0.3 })).toBe("--limit cost=1.20USD");
    expect(raisedLimit({ ...hit, used: 1.02 })).toBe("--limit cost=1.52USD");
    expect(raisedLimit({ ...hit, limit: "dayUsd", cap: 0, used: 0 })).toBe("--limit day=0.01USD");
    expect(raisedLimit({ limit: "tokens", used: 1000, cap: 1000 })).toBe("--limit tokens=1500");
    expect(raisedLimit({ limit: "agents", used: 1, cap: 1 })).toBe("--limit agents=2");
    expect(raisedLimit({ limit: "timeMs", used: 7_200_000, cap: 7_200_000 })).toBe("--limit time=180m");
  });

  it("counts what was used since", () => {
    const { state } = new CoreRun(workflowOf({ chain: [{ run: "true" }] }));
    const later = {
      ...state,
      ledger: { ...state.ledger, agents: 5, costUsd: 2, presumedUsd: 1, inputTokens: 60, outputTokens: 40 },
    };
    expect(raisedLimit({ limit: "agents", used: 4, cap: 4 }, later)).toBe("--limit agents=7");
    expect(raisedLimit({ limit: "costUsd", used: 1, cap: 1 }, later)).toBe("--limit cost=3.50USD");
    expect(raisedLimit({ limit: "tokens", used: 10, cap: 10 }, later)).toBe("--limit tokens=105");
    expect(raisedLimit({ limit: "timeMs", used: 60_000, cap: 60_000 }, later)).toBe("--limit time=2m");
  });

  it("is read by --limit, and is more than the old one and than what is used", () => {
    const limits: readonly (keyof Limits)[] = [
      "costUsd",
      "dayUsd",
      "tokens",
      "agents",
      "timeMs",
      "outputBytes",
    ];
    const amount = double({ min: 0, max: 1e7, noNaN: true });
    assert(
      property(constantFrom(...limits), amount, amount, option(amount), (limit, used, cap, predicted) => {
        const hit = { limit, used, cap, ...(predicted === null ? {} : { predicted }) };
        const [name = "", value = ""] = raisedLimit(hit).replace("--limit ", "").split("=");
        const raised = parseLimit(name, value)[limit] ?? 0;
        expect(raised).toBeGreaterThan(Math.max(used, cap));
        expect(raised).toBeGreaterThanOrEqual(used + (predicted ?? cap / 2) - 1e-3);
      }),
    );
  });
});
