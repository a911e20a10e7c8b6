import { describe, expect, it } from "vitest";
import type { JsonObject } from "../expression/json.ts";
import { agent, priced, reasonOf, runOf, together, usd } from "../testing/budget-run.ts";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { advance, create } from "./advance.ts";
import { budgetOf } from "./budget-view.ts";

describe("caps of steps and blocks", () => {
  it("hold for all attempts of a step", () => {
    const step = agent("a", { retry: { max: 5, on: ["failure"], backoff: "none" }, limits: { agents: 2 } });
    const run = runOf([step, { name: "b", run: "true" }], {});
    run.fail("a", { class: "failure", message: "no luck" });
    run.fire("retrying:a");
    run.fail("a", { class: "failure", message: "no luck" });
    run.fire("retrying:a");
    expect(run.node("a").failure).toMatchObject({
      code: "LIMIT_REACHED",
      message:
        'Cannot ask the agent for this step: the cap on agents of "a" is used up (2 of 2); the attempt before failed: no luck',
      fix: 'raise "agents" in the `limits` of "a", then resume with --update',
    });
    expect(run.state.limitHit).toBeUndefined();
  });

  it("hold for all that a block holds, and are told as the failure of the step that they stop", () => {
    const steps = [agent("a"), agent("b"), agent("c")];
    const chain = [
      { name: "g", limits: { cost: 1 }, error_strategy: "continue_on_failure", steps },
      { name: "after", run: "true" },
    ];
    const run = new CoreRun(workflowOf({ name: "w", chain }), priced({ "g/b": 0.5 }));
    run.ok("g/a", usd(0.6));
    expect(run.node("g/b").failure?.message).toContain(
      'the cap on cost of "g" would be passed ($0.60 of $1.00',
    );
    run.ok("after");
    expect(run.status).toBe("degraded");
    expect(budgetOf(run.state).nodes).toEqual([
      {
        address: "g",
        limits: { costUsd: 1 },
        used: { costUsd: 0.6, presumedUsd: 0, tokens: 0, agents: 1, timeMs: 0 },
      },
    ]);
  });

  it("make one wait for the other in the block, and nobody outside it", () => {
    const steps = [agent("a"), agent("b")];
    const group = { name: "g", parallel: "all", limits: { cost: 1 }, steps };
    const chain = { parallel_where_possible: true, steps: [group, { name: "h", parallel: "all", steps }] };
    const prices = { "g/a": 0.7, "g/b": 0.7, "h/a": 0.7, "h/b": 0.7 };
    const run = new CoreRun(workflowOf({ name: "w", chain }), priced(prices));
    expect(run.owed).toContain("perform g/a");
    expect(run.owed).not.toContain("perform g/b");
    run.ok("g/a", usd(0.2));
    expect(run.owed).toContain("perform g/b");
  });

  it("are the tighter bound of what an agent may spend", () => {
    const run = runOf([agent("a", { limits: { cost: 0.5 } }), agent("b", { limits: { agents: 1 } })], {
      cost: 4,
    });
    expect(run.work("a").policy.remainingUsd).toBe(0.5);
    expect(run.work("b").policy.remainingUsd).toBe(2);
  });

  it("survive a crash and a restart", () => {
    const run = runOf([agent("a", { limits: { cost: 1 } })], {});
    run.fail("a", {}, usd(1));
    expect(run.status).toBe("failed");
    run.give({ type: "restart" });
    expect(run.node("a").failure?.message).toContain("is used up ($1.00 of $1.00)");
    const rerun = runOf([agent("a", { limits: { cost: 1 } })], {}, priced({ a: 0.6 }));
    rerun.crash();
    expect(rerun.node("a").failure?.message).toContain('the cap on cost of "a" would be passed');
  });

  it("count what was not asked for nothing", () => {
    const retry = { max: 3, on: ["transient"], backoff: "none" };
    const run = runOf([agent("a", { retry, limits: { agents: 1 } })], {});
    run.fail("a", { class: "transient" }, { asked: false });
    run.fire("retrying:a");
    run.ok("a");
    expect(run.status).toBe("completed");
  });

  it("are forgotten with the rounds of a long loop", () => {
    const body = [agent("a", { limits: { cost: 1 } })];
    const limits = { agents: 5000, cost: 5000 };
    const workflow = workflowOf({ name: "w", limits, chain: [{ name: "l", repeat: 1200, steps: body }] });
    // without the laws after every input, which would take the square of the rounds
    const { state } = create({
      type: "create",
      at: 0,
      runId: "r",
      seed: "s",
      workflow,
      inputs: {},
      plan: { expectedMs: {} },
      overrides: {},
    });
    for (let round = 1; round <= 1100; round += 1)
      advance(state, {
        type: "outcome",
        at: 0,
        effect: `l#${round}/a@0.1`,
        outcome: { ok: true, ...usd(0.1) },
      });
    expect(state.ledger.agents).toBe(1101);
    expect(state.budget.used.size).toBe(1000);
  });
});

describe("caps that are only told", () => {
  const audited = (limits: JsonObject): CoreRun =>
    new CoreRun(
      workflowOf({
        name: "w",
        limits: { mode: "audit", ...limits },
        chain: [agent("a"), agent("b"), agent("c")],
      }),
    );

  it("are told once, and the run goes on", () => {
    const run = audited({ cost: 1 });
    run.ok("a", usd(2));
    run.ok("b", usd(2));
    run.ok("c", usd(2));
    expect(run.status).toBe("completed");
    expect(reasonOf(run)).toBe("the cap on cost was passed ($6.00 of $1.00)");
    expect(run.events.filter(({ type }) => type === "limit.passed")).toEqual([
      { type: "limit.passed", at: run.now, limit: "costUsd", used: 2, cap: 1 },
    ]);
    expect(budgetOf(run.state).mode).toBe("audit");
  });

  it("are told when agents under way have passed them together, also those of a block", () => {
    const steps = [agent("a"), agent("b")];
    const workflow = workflowOf({
      name: "w",
      limits: { mode: "audit", cost: 1, tokens: 50 },
      chain: [{ name: "g", parallel: "all", limits: { cost: 0.9 }, steps }],
    });
    const run = new CoreRun(workflow);
    run.ok("g/a", usd(0.7, 10));
    run.ok("g/b", usd(0.7, 60));
    expect(run.events.flatMap((event) => (event.type === "limit.passed" ? [event] : []))).toEqual([
      { type: "limit.passed", at: run.now, limit: "costUsd", used: 1.4, cap: 0.9, of: "g" },
      { type: "limit.passed", at: run.now, limit: "costUsd", used: 1.4, cap: 1 },
      { type: "limit.passed", at: run.now, limit: "tokens", used: 70, cap: 50 },
    ]);
  });

  it("bound no agent and let none wait", () => {
    const run = together(["a", "b"], { mode: "audit", cost: 1 }, priced({ "g/a": 0.8, "g/b": 0.8 }));
    expect(run.owed).toEqual(["perform g/a", "perform g/b"]);
    expect(run.work("g/a").policy.remainingUsd).toBe(Number.POSITIVE_INFINITY);
  });

  it("are all named at the end, with the time", () => {
    const run = audited({ cost: 1, agents: 2, time: "1m" });
    run.ok("a", usd(2));
    run.now += 90_000;
    run.ok("b");
    run.ok("c");
    expect(reasonOf(run)).toBe(
      "the caps on cost ($2.00 of $1.00), agents (3 of 2) and time (90 s of 60 s) were passed",
    );
  });

  it("are so for one run when its caller says so, and the other way round", () => {
    const workflow = workflowOf({ name: "w", limits: { agents: 1 }, chain: [agent("a"), agent("b")] });
    const run = new CoreRun(workflow, { overrides: { limitMode: "audit" } });
    run.ok("a");
    run.ok("b");
    expect(run.status).toBe("completed");
    const strict = workflowOf({
      name: "w",
      limits: { agents: 1, mode: "audit" },
      chain: [agent("a"), agent("b")],
    });
    const held = new CoreRun(strict, { overrides: { limitMode: "enforce" } });
    held.ok("a");
    expect(held.status).toBe("failed");
  });

  it("tell the time once", () => {
    const run = audited({ time: "1m" });
    run.fire("deadline");
    expect(run.events.at(-1)).toMatchObject({ type: "limit.passed", limit: "timeMs", cap: 60_000 });
    expect(run.dueAt("deadline")).toBeUndefined();
    run.ok("a");
    expect(run.owed).toEqual(["perform b"]);
    expect(run.dueAt("deadline")).toBeUndefined();
  });
});

describe("a run that a cap stopped", () => {
  it("is degraded with what it has when the workflow says so", () => {
    const workflow = workflowOf({
      name: "w",
      limits: { agents: 1, on_limit: "degrade" },
      chain: [agent("a"), agent("b")],
    });
    const run = new CoreRun(workflow);
    run.ok("a");
    expect(run.status).toBe("degraded");
    expect(reasonOf(run)).toBe("the cap on agents is used up (1 of 1)");
    expect(run.node("a").end).toBe("claimed");
    run.give({ type: "restart", overrides: { limits: { agents: 2 } } });
    run.ok("b");
    expect(run.status).toBe("completed");
  });
});

describe("the cap of the day", () => {
  const limit = { limit: "dayUsd", used: 19.5, cap: 20, predicted: 1 } as const;

  it("stops the run when it forbids an attempt, which counts against no cap", () => {
    const run = runOf([agent("a"), agent("b", { depends_on: ["a"] })], {});
    run.fail("a", { code: "LIMIT_REACHED", message: "the day is used up" }, { asked: false, limit });
    expect(run.status).toBe("failed");
    expect(reasonOf(run)).toBe(
      "the cap on the day would be passed ($19.50 of $20.00 are used, the next call will probably cost $1.00)",
    );
    expect(run.state.ledger.agents).toBe(0);
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform a"]);
  });

  it("is told once of several that it forbids, and where it is only told", () => {
    const run = together(["a", "b"], {});
    run.fail("g/a", { code: "LIMIT_REACHED" }, { asked: false, limit });
    run.fail("g/b", { code: "LIMIT_REACHED" }, { asked: false, limit });
    expect(run.events.filter(({ type }) => type === "limit.reached")).toHaveLength(1);
    const audited = runOf([agent("a")], { mode: "audit" });
    audited.ok("a", { limit: { limit: "dayUsd", used: 21, cap: 20 } });
    expect(audited.status).toBe("completed");
    expect(audited.events.filter(({ type }) => type === "limit.passed")).toHaveLength(1);
  });
});
