import { describe, expect, it } from "vitest";
import type { JsonObject } from "../expression/json.ts";
import { agent, priced, reasonOf, runOf, usd } from "../testing/budget-run.ts";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { budgetOf } from "./budget-view.ts";
import { medianOf, predictedCases, typicalOf, withCase } from "./experience.ts";

describe("what a run has seen of a step", () => {
  const again = (keys: JsonObject = {}, limits: JsonObject = { cost: 0.35 }) =>
    workflowOf({ name: "w", limits, chain: [{ name: "l", repeat: 9, steps: [agent("w", keys)] }] });

  it("is the prediction for the rounds that follow", () => {
    const run = new CoreRun(again());
    for (const round of [1, 2, 3]) run.ok(`l#${round}/w`, usd(0.1));
    expect(run.status).toBe("failed");
    expect(reasonOf(run)).toBe(
      "the cap on cost would be passed ($0.30 of $0.35 are used, the next call will probably cost $0.10)",
    );
  });

  it("is it for other items and for equal steps elsewhere, and is held for those under way", () => {
    const items = { name: "e", for_each: { items: [1, 2], concurrency: 1 }, steps: [agent("w")] };
    const steps = [
      items,
      agent("x", { depends_on: ["e"] }),
      agent("y", { depends_on: ["e"], prompt: "other" }),
    ];
    const run = runOf(steps, { cost: 1 });
    run.ok("e[0]/w", usd(0.2));
    expect(budgetOf(run.state)).toMatchObject({ heldUsd: 0.2, unpredicted: 0 });
    run.ok("e[1]/w", usd(0.2));
    expect(run.owed).toEqual(["perform x", "perform y"]);
    expect(budgetOf(run.state)).toMatchObject({ heldUsd: 0.2, unpredicted: 1 });
  });

  it("counts before what the file expects, and after what other runs tell", () => {
    const expecting = again({ expect: { cost: 0.3 } });
    const guessed = new CoreRun(expecting);
    guessed.ok("l#1/w", usd(0.1));
    expect(guessed.owed).toEqual(["perform l#2/w"]);
    const told = new CoreRun(expecting, priced({ "l#/w": 0.2 }));
    told.ok("l#1/w", usd(0.1));
    expect(budgetOf(told.state)).toMatchObject({ heldUsd: 0.2 });
  });

  it("is of tokens too, and of failures as long as nothing ended well", () => {
    const run = new CoreRun(again({ retry: 2 }, { tokens: 100 }));
    run.fail("l#1/w", { class: "transient" }, usd(0, 60));
    run.fire("retrying:l#1/w");
    expect(run.status).toBe("failed");
    expect(run.state.limitHit).toMatchObject({ limit: "tokens", used: 60, predicted: 60 });
  });

  it("says nothing of another agent, of results from the cache, and of prices that nobody tells", () => {
    const run = new CoreRun(again({}, { cost: 1.25 }));
    run.ok("l#1/w", { ...usd(0.8), cached: true });
    run.ok("l#2/w", usd(null));
    run.ok("l#3/w", usd(0.1));
    expect(budgetOf(run.state)).toMatchObject({ heldUsd: 0.1 });
    run.ok("l#4/w", usd(0.3));
    expect(run.status).toBe("failed");
    run.give({ type: "restart", overrides: { agent: "other", limits: { costUsd: 9 } } });
    expect(budgetOf(run.state)).toMatchObject({ unpredicted: 1 });
  });

  it("is of each judge by itself", () => {
    const gates = { judge: "good" };
    const steps = [{ name: "w", run: "true", gates }];
    const limits = { cost: 0.45, on_limit: "degrade" };
    const run = new CoreRun(workflowOf({ name: "w", limits, chain: [{ name: "l", repeat: 9, steps }] }));
    run.ok("l#1/w");
    run.ok("l#1/w", { ...usd(0.2), evidence: { summary: "it holds" } });
    run.ok("l#2/w");
    expect(budgetOf(run.state)).toMatchObject({ heldUsd: 0.2, unpredicted: 0 });
  });
});

describe("the middle of what was seen", () => {
  const usage = (costUsd: number | null) => ({ costUsd, inputTokens: 0, outputTokens: 0 });

  it("is the middle one, or what lies between the two in the middle", () => {
    expect([medianOf([]), medianOf([3]), medianOf([9, 1, 2]), medianOf([1, 9])]).toEqual([
      undefined,
      3,
      2,
      5,
    ]);
  });

  it("is of the last cases, and nothing for what is free", () => {
    let seen = withCase(undefined, { ok: true, usage: usage(9) });
    for (let count = 0; count < predictedCases; count += 1)
      seen = withCase(seen, { ok: true, usage: usage(1) });
    expect(seen.good).toHaveLength(predictedCases);
    expect(typicalOf(seen)).toEqual({ costUsd: 1 });
    expect(typicalOf(withCase(undefined, { ok: true, usage: usage(0) }))).toEqual({});
    expect(typicalOf(withCase(undefined, { ok: false, usage: usage(null) }))).toEqual({});
  });
});
