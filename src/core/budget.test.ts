import { describe, expect, it } from "vitest";
import { agent, priced, reasonOf, runOf, together, usd } from "../testing/budget-run.ts";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { budgetOf } from "./budget-view.ts";
import { explain } from "./why.ts";

describe("what agents under way will probably cost", () => {
  it("is held for them, and the next one waits until it is known", () => {
    const run = together(["a", "b", "c"], { cost: 1 }, priced({ "g/a": 0.4, "g/b": 0.4, "g/c": 0.4 }));
    expect(run.owed).toEqual(["perform g/a", "perform g/b"]);
    expect(budgetOf(run.state)).toMatchObject({ heldUsd: 0.8, unpredicted: 0 });
    expect(explain(run.state)).toContainEqual({
      address: "g/c",
      waitsFor: "room under a cap: what is left is held for the agents under way, which may need it",
    });
    run.ok("g/a", usd(0.1));
    expect(run.owed).toEqual(["perform g/b", "perform g/c"]);
    run.ok("g/b", usd(0.4));
    run.ok("g/c", usd(0.4));
    expect(run.status).toBe("completed");
    expect(budgetOf(run.state)).toMatchObject({ spentUsd: 0.9, heldUsd: 0 });
  });

  it("stops the run before the call when nothing is under way", () => {
    const run = together(["a", "b", "c"], { cost: 1 }, priced({ "g/a": 0.4, "g/b": 0.4, "g/c": 0.4 }));
    run.ok("g/a", usd(0.4));
    run.ok("g/b", usd(0.4));
    expect(run.status).toBe("failed");
    expect(reasonOf(run)).toBe(
      "the cap on cost would be passed ($0.80 of $1.00 are used, the next call will probably cost $0.40)",
    );
    expect(run.state.limitHit).toEqual({ limit: "costUsd", used: 0.8, cap: 1, predicted: 0.4 });
    expect(run.state.ledger.agents).toBe(2);
  });

  it("is what history says, before what the file expects", () => {
    const steps = [agent("a", { expect: { cost: 5 } })];
    expect(runOf(steps, { cost: 1 }).status).toBe("failed");
    expect(runOf(steps, { cost: 1 }, priced({ a: 0.5 })).owed).toEqual(["perform a"]);
  });

  it("is a guess where nobody knows, and stops nothing by itself", () => {
    const steps = ["a", "b", "c", "d"].map((name) => agent(name, { prompt: name }));
    const run = runOf(steps, { cost: 1, parallel: 2 });
    run.ok("a", usd(0.6));
    expect(run.owed).toEqual(["perform b"]);
    run.ok("b", usd(0.1));
    expect(run.owed).toEqual(["perform c"]);
    run.ok("c", usd(0.1));
    run.ok("d", usd(0.1));
    expect(run.status).toBe("completed");
  });

  it("counts tokens too", () => {
    const run = runOf([agent("a", { expect: { tokens: 600 } }), agent("b", { expect: { tokens: 600 } })], {
      tokens: 1000,
    });
    expect(run.owed).toEqual(["perform a"]);
    run.ok("a", usd(0, 600));
    expect(reasonOf(run)).toBe(
      "the cap on tokens would be passed (600 of 1000 are used, the next call will probably take 600)",
    );
  });

  it("stands for a price that nobody tells", () => {
    const run = runOf(
      [agent("a"), agent("b", { depends_on: ["a"] })],
      { cost: 1 },
      priced({ a: 0.7, b: 0.5 }),
    );
    run.ok("a", usd(null));
    expect(run.status).toBe("failed");
    expect(run.state.ledger).toMatchObject({ costUsd: 0, presumedUsd: 0.7, unknownCosts: 1 });
    expect(budgetOf(run.state)).toMatchObject({ leftUsd: expect.closeTo(0.3), unknownPrices: 1 });
  });

  it("stands for what was interrupted, and holds for the attempt that comes after it", () => {
    const run = runOf([agent("a")], { cost: 2 }, priced({ a: 0.7 }));
    run.crash();
    expect(run.owed).toEqual(["perform a"]);
    expect(budgetOf(run.state)).toMatchObject({ presumedUsd: 0.7, heldUsd: 0.7, unknownPrices: 1 });
    run.crash();
    expect(run.status).toBe("failed");
    expect(run.node("a").failure).toMatchObject({
      code: "LIMIT_REACHED",
      fix: "raise the cap when you resume: --limit cost=2.10USD",
    });
    run.give({ type: "restart", overrides: { limits: { costUsd: 5 } } });
    expect(run.owed).toEqual(["perform a"]);
    expect(budgetOf(run.state)).toMatchObject({ presumedUsd: 1.4, capUsd: 5 });
  });

  it("stands for an agent that was asked and then stopped, as far as it is not known", () => {
    const stopped = { ok: false, failure: { code: "CANCELLED", message: "", class: "cancelled" } } as const;
    const known = { costUsd: 0.5, inputTokens: 9, outputTokens: 1, atLeast: true } as const;
    const predicted = priced({ "g/a": 0.7, "g/b": 0.7, "g/c": 0.7 });
    const run = together(["a", "b", "c"], { cost: 9 }, predicted);
    run.ok("g/a", stopped);
    expect(run.state.ledger).toMatchObject({ costUsd: 0, presumedUsd: 0.7, unknownCosts: 1, agents: 3 });
    run.ok("g/b", { ...stopped, usage: known });
    expect(run.state.ledger).toMatchObject({ costUsd: 0.5, unknownCosts: 2, inputTokens: 9, agents: 3 });
    expect(run.state.ledger.presumedUsd).toBeCloseTo(0.9);
    run.ok("g/c", { ...stopped, asked: false });
    expect(run.state.ledger).toMatchObject({ costUsd: 0.5, unknownCosts: 2, agents: 2 });
    expect(budgetOf(run.state)).toMatchObject({ heldUsd: 0, unknownPrices: 2 });
  });

  it("is given back when nobody wants an interrupted attempt any more", () => {
    const steps = [agent("a"), agent("b")];
    const run = new CoreRun(
      workflowOf({ name: "race", chain: [{ name: "g", parallel: "any", steps }] }),
      priced({ "g/b": 0.5 }),
    );
    run.ok("g/a", usd(0.1));
    run.crash();
    expect(run.status).toBe("completed");
    expect(budgetOf(run.state)).toMatchObject({ heldUsd: 0, presumedUsd: 0.5, spentUsd: 0.1 });
  });

  it("is the most that an agent gets besides what is left", () => {
    const run = together(["a", "b", "c"], { cost: 3 }, priced({ "g/a": 1, "g/b": 0.5 }));
    const left = (name: string): number => run.work(name).policy.remainingUsd;
    expect([left("g/a"), left("g/b"), left("g/c")]).toEqual([1.25, 1, 1.5]);
  });
});
