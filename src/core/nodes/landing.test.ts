import { describe, expect, it } from "vitest";
import type { LandingGate } from "../../language/gate.ts";
import type { Step, Workflow } from "../../language/workflow.ts";
import { CoreRun, parallelOf, workflowOf } from "../../testing/core-run.ts";
import { agentStep, checkpoint, inTrees, tipsOf, treeOf, withSteps } from "../../testing/trees-run.ts";
import type { Outcome } from "../outcome.ts";
import { explain } from "../why.ts";

const landing: LandingGate = {
  kind: "landing",
  name: "landing",
  level: "blocking",
  retry: 2,
  strategy: "agent",
  by: "rebase",
  order: "finished",
};

const asking = workflowOf({ name: "x", chain: [{ name: "x", approval: "Bring it together?" }] }).chain
  .steps[0];
const resolve = asking?.action.kind === "ask" ? { ask: asking.action } : {};

function conflict(run: CoreRun, address: string, more: Partial<Outcome> = {}): void {
  const evidence = { conflicts: ["x"], summary: "x is in conflict" };
  run.give({ type: "outcome", effect: run.work(address).id, outcome: { ok: false, evidence, ...more } });
}

/** Each of these steps works in a tree of its own and lands. */
function laned(workflow: Workflow, rules: Partial<LandingGate> = {}): Workflow {
  return withSteps(workflow, (step) => ({
    ...step,
    lane: true,
    gates: [...step.gates, { ...landing, ...rules }],
  }));
}

describe("writers side by side", () => {
  const two = [agentStep("a"), agentStep("b")];

  it("land one after another, each after its own work", () => {
    const run = inTrees(laned(parallelOf(two)));
    expect(treeOf(run, "a")).toMatchObject({ place: { runId: "r1", lane: "a" }, begin: "base" });
    run.ok("a", checkpoint("a1", 1));
    expect(treeOf(run, "a")).toMatchObject({
      place: { lane: "a" },
      onto: { place: { runId: "r1", lane: "" }, tip: "base" },
      lands: "a1",
    });
    run.ok("a", { evidence: { landed: "c1" }, ...checkpoint("c1", 1) });
    run.ok("b", checkpoint("b1", 1));
    expect(treeOf(run, "b")).toMatchObject({ onto: { tip: "c1" }, lands: "b1" });
    run.crash();
    run.ok("b", { evidence: { landed: "c2" }, ...checkpoint("c2", 2) });
    expect(run.status).toBe("completed");
    expect(run.ends).toEqual({ a: "claimed", b: "claimed" });
    expect(tipsOf(run)).toEqual({ "": "c2" });
  });

  it("are told of a conflict and go on with what is there", () => {
    const run = inTrees(laned(parallelOf(two)));
    run.ok("a", checkpoint("a1", 1));
    conflict(run, "a");
    run.fire("retrying:a");
    expect(treeOf(run, "a").begin).toBeUndefined();
    expect(run.work("a")).toMatchObject({
      request: { feedback: expect.stringContaining("x is in conflict") as string },
    });
    run.ok("a", checkpoint("a2", 2));
    expect(treeOf(run, "a")).toMatchObject({ lands: "a2" });
  });

  it("begin anew on what is there, where that is declared", () => {
    const run = inTrees(laned(parallelOf(two), { strategy: "serialize" }));
    run.ok("a", checkpoint("a1", 1));
    conflict(run, "a", checkpoint("c9", 0));
    run.fire("retrying:a");
    expect(treeOf(run, "a")).toMatchObject({ begin: "c9" });
    run.crash();
    expect(treeOf(run, "a").begin).toBeUndefined();
  });

  it("wait for a person to bring together what is in conflict", () => {
    const run = inTrees(laned(parallelOf([agentStep("a")]), { strategy: "human", retry: 0, ...resolve }));
    run.ok("a", checkpoint("a1", 1));
    conflict(run, "a");
    expect(run.status).toBe("waiting");
    run.crash();
    run.give({ type: "answer", address: "a", value: true });
    expect(run.owed).toEqual(["gate a!after0"]);
    conflict(run, "a");
    run.give({ type: "answer", address: "a", value: true });
    run.ok("a", { evidence: { landed: "c1" }, ...checkpoint("c1", 1) });
    expect(run.status).toBe("completed");
  });

  it("fail when the person says no", () => {
    const run = inTrees(laned(parallelOf([agentStep("a")]), { strategy: "human", retry: 0, ...resolve }));
    run.ok("a", checkpoint("a1", 1));
    conflict(run, "a");
    run.give({ type: "answer", address: "a", value: false });
    expect(run.status).toBe("failed");
  });

  it("are not done again when something else keeps them from landing", () => {
    const run = inTrees(laned(parallelOf([agentStep("a")])));
    run.ok("a", checkpoint("a1", 1));
    run.fail("a", { code: "WORKSPACE_NOT_READY" });
    expect(run.ends).toEqual({ a: "failed" });
  });

  it("land as they are declared, where that is asked", () => {
    const run = inTrees(
      laned(parallelOf([agentStep("a"), agentStep("b"), agentStep("c")]), { order: "declared" }),
    );
    run.ok("c", checkpoint("d1", 1));
    run.ok("b", checkpoint("b1", 1));
    expect(run.owed).toEqual(["perform a"]);
    expect(explain(run.state)).toContainEqual(
      expect.objectContaining({ address: "b", waitsFor: '"a" to land before it' }),
    );
    run.crash();
    expect(run.owed).toEqual(["perform a"]);
    run.ok("a", checkpoint("a1", 1));
    expect(run.owed).toEqual(["gate a!after0"]);
    run.ok("a", { evidence: { landed: "c1" }, ...checkpoint("c1", 1) });
    expect(run.owed).toEqual(["gate b!after0"]);
    run.ok("b", { evidence: { landed: "c2" }, ...checkpoint("c2", 2) });
    expect(run.owed).toEqual(["gate c!after0"]);
  });

  it("do not wait for one that waits for others itself", () => {
    const run = inTrees(
      laned(parallelOf([agentStep("a", { depends_on: ["c"] }), agentStep("b"), agentStep("c")]), {
        order: "declared",
      }),
    );
    run.ok("c", checkpoint("d1", 1));
    expect(run.owed).toEqual(["perform b"]);
    run.ok("b", checkpoint("b1", 1));
    run.ok("b", { evidence: { landed: "c1" }, ...checkpoint("c1", 1) });
    expect(run.owed).toEqual(["gate c!after0"]);
  });

  it("do not wait for one that failed before it could land", () => {
    const run = inTrees(
      laned(parallelOf(two, { chain: { error_strategy: "continue_on_failure" } }), { order: "declared" }),
    );
    run.ok("b", checkpoint("b1", 1));
    run.fail("a");
    expect(run.owed).toEqual(["gate b!after0"]);
  });

  it("land only once in a race", () => {
    const race = workflowOf({
      name: "test",
      chain: { steps: [{ name: "r", parallel: { join: "any" }, steps: two }] },
    });
    const run = inTrees(
      withSteps(race, (step) => {
        if (step.action.kind !== "chain") return step;
        const { chain: inner } = step.action;
        const steps = inner.steps.map((one) => ({ ...one, lane: true as const, gates: [landing] }));
        return { ...step, action: { ...step.action, chain: { ...inner, steps } } };
      }),
    );
    run.ok("r/a", checkpoint("a1", 1));
    run.ok("r/b", checkpoint("b1", 1));
    expect(run.owed).toEqual(["gate r/a!after0"]);
    run.ok("r/a", { evidence: { landed: "c1" }, ...checkpoint("c1", 1) });
    expect(run.status).toBe("completed");
    expect(run.ends).toMatchObject({ "r/a": "claimed", "r/b": "cancelled" });
  });

  it("do not wait for each other in a race, however they should land", () => {
    const race = workflowOf({
      name: "test",
      chain: { steps: [{ name: "r", parallel: { join: "any" }, steps: two }] },
    });
    const run = inTrees(
      withSteps(race, (step) => {
        if (step.action.kind !== "chain") return step;
        const { chain: inner } = step.action;
        const gates = [{ ...landing, order: "declared" as const }];
        const steps = inner.steps.map((one) => ({ ...one, lane: true as const, gates }));
        return { ...step, action: { ...step.action, chain: { ...inner, steps } } };
      }),
    );
    run.ok("r/b", checkpoint("b1", 1));
    expect(run.owed).toEqual(["gate r/b!after0", "perform r/a"]);
  });

  it.each(["finished", "declared"] as const)("land what is done when another has failed, as %s", (order) => {
    const run = inTrees(laned(parallelOf([agentStep("a"), agentStep("b"), agentStep("c")]), { order }));
    run.fail("b");
    run.ok("c", checkpoint("d1", 1));
    expect(run.owed).toEqual(order === "declared" ? ["perform a"] : ["gate c!after0", "perform a"]);
    run.ok("a", checkpoint("a1", 1));
    run.ok("a", { evidence: { landed: "c1" }, ...checkpoint("c1", 1) });
    run.crash();
    run.ok("c", { evidence: { landed: "c2" }, ...checkpoint("c2", 2) });
    expect(run.status).toBe("failed");
    expect(run.ends).toEqual({ a: "claimed", b: "failed", c: "claimed" });
    expect(tipsOf(run)).toMatchObject({ "": "c2" });
  });

  it("land nothing when nothing was kept", () => {
    const run = new CoreRun(laned(parallelOf([agentStep("a")])));
    run.ok("a");
    expect(run.ends).toEqual({ a: "claimed" });
  });
});

describe("several steps in one tree", () => {
  const land: Step = {
    ...(workflowOf({ name: "x", chain: [{ name: "landing", run: "x" }] }).chain.steps[0] as Step),
    action: { kind: "land" },
    needs: [
      { step: "do", because: "depends_on" },
      { step: "test", because: "depends_on" },
    ],
    gates: [landing],
  };
  const list = workflowOf({
    name: "test",
    chain: {
      steps: [
        {
          name: "all",
          for_each: { items: "${ ['x', 'y'] }", as: "it", key: "it" },
          steps: [agentStep("do"), { name: "test", run: "t" }],
        },
      ],
    },
  });
  const workflow = withSteps(list, (step) => {
    if (step.action.kind !== "each") return step;
    const { chain: inner } = step.action;
    return {
      ...step,
      action: { ...step.action, lanes: true, chain: { ...inner, steps: [...inner.steps, land] } },
    };
  });

  it("are done one after another there, and land together", () => {
    const run = inTrees(workflow);
    run.ok("all[x]/do", checkpoint("x1", 1));
    expect(treeOf(run, "all[x]/test")).toMatchObject({ place: { lane: "all[x]" }, begin: "x1" });
    run.ok("all[x]/test", checkpoint("x2", 2));
    expect(treeOf(run, "all[x]/landing")).toMatchObject({ lands: "x2", onto: { place: { lane: "" } } });
    run.crash();
    run.ok("all[x]/landing", { evidence: { landed: "c1" }, ...checkpoint("c1", 1) });
    expect(tipsOf(run)).toEqual({ "": "c1", "all[y]": "base" });
    run.ok("all[y]/do", checkpoint("y1", 1));
    run.fail("all[y]/test");
    expect(run.status).toBe("failed");
    run.give({ type: "restart" });
    expect(treeOf(run, "all[y]/test")).toMatchObject({ begin: "y1" });
    run.ok("all[y]/test", checkpoint("y2", 2));
    run.ok("all[y]/landing", { evidence: { landed: "c2" }, ...checkpoint("c2", 2) });
    expect(run.status).toBe("completed");
  });

  it("ask an agent to bring together what could not land", () => {
    const run = inTrees(workflow);
    run.ok("all[x]/do", checkpoint("x1", 1));
    run.ok("all[x]/test", checkpoint("x2", 2));
    conflict(run, "all[x]/landing");
    run.fire("retrying:all[x]/landing");
    expect(run.work("all[x]/landing")).toMatchObject({
      type: "perform",
      request: { kind: "agent", agent: "claude-code", feedback: expect.stringContaining("x is") as string },
      policy: { workspace: { saves: true } },
    });
    run.ok("all[x]/landing", {
      ...checkpoint("x3", 3),
      usage: { costUsd: 1, inputTokens: 1, outputTokens: 1 },
    });
    expect(treeOf(run, "all[x]/landing")).toMatchObject({ lands: "x3" });
    expect(run.state.ledger.costUsd).toBe(1);
  });

  it("ask none whose quota is used up", () => {
    const run = inTrees(workflow);
    for (const item of ["x", "y"]) {
      run.ok(`all[${item}]/do`, checkpoint(`${item}1`, 1));
      run.ok(`all[${item}]/test`, checkpoint(`${item}2`, 2));
      conflict(run, `all[${item}]/landing`);
    }
    run.fire("retrying:all[x]/landing");
    run.fail("all[x]/landing", { class: "quota", resetAt: run.now + 90_000 });
    run.fire("retrying:all[y]/landing");
    expect(run.owed).toEqual(["timer quota:claude-code", "timer retrying:all[x]/landing"]);
    run.fire("retrying:all[x]/landing");
    run.fire("quota:claude-code");
    expect(run.owed).toEqual(["perform all[x]/landing", "perform all[y]/landing"]);
  });
});
