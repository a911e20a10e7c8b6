import { describe, expect, it } from "vitest";
import type { EachAction, LoopAction } from "../language/workflow.ts";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../testing/holders.ts";
import { viewOf } from "./view.ts";

const one = chainOf([stepOf("a")]);

const nodeOf = (run: CoreRun, address: string) =>
  viewOf(run.state).nodes.find((node) => node.address === address);

describe("the view of a node with parts", () => {
  it("has the way a branch took, and what its conditions saw", () => {
    const ways = [
      { name: "then", when: "inputs.score > 3", chain: one },
      { name: "else", chain: one },
    ];
    const run = new CoreRun(workflowWith([stepOf("route", { kind: "branch", ways })]), {
      inputs: { score: 1 },
    });
    expect(nodeOf(run, "route")?.decision).toEqual({
      way: "else",
      saw: [{ way: "then", condition: "inputs.score > 3", value: false, read: { "inputs.score": 1 } }],
    });
    const late = new CoreRun(
      workflowWith([
        stepOf("first"),
        stepOf("route", { kind: "branch", ways }, { needs: [{ step: "first", because: "depends_on" }] }),
      ]),
    );
    expect(nodeOf(late, "route")).not.toHaveProperty("decision");
    expect(nodeOf(late, "route")?.title).toBe("then | else");
  });

  it("has the rounds of a loop with what was found after each", () => {
    const loop: LoopAction = {
      kind: "loop",
      chain: one,
      max: 9,
      until: "polish.output.a >= 3",
      plateau: { of: "polish.output.a", rounds: 2 },
      otherwise: "fail",
    };
    const run = new CoreRun(workflowWith([stepOf("polish", loop)]));
    expect(nodeOf(run, "polish")?.rounds).toEqual({
      round: 1,
      max: 9,
      until: loop.until,
      plateau: loop.plateau,
      stale: 0,
      forgotten: 0,
      judged: [],
    });
    run.ok("polish#1/a", { output: 2 });
    run.ok("polish#2/a", { output: 1 });
    expect(nodeOf(run, "polish")?.rounds).toMatchObject({
      round: 3,
      best: 2,
      stale: 1,
      judged: [
        { round: 1, done: false, until: false, measure: 2 },
        { round: 2, done: false, until: false, measure: 1 },
      ],
    });
    expect(nodeOf(run, "polish")?.rounds?.judged[0]).not.toHaveProperty("at");
    const waiting = workflowWith([
      stepOf("x"),
      stepOf("polish", loop, { needs: [{ step: "x", because: "depends_on" }] }),
    ]);
    expect(nodeOf(new CoreRun(waiting), "polish")).not.toHaveProperty("rounds");
  });

  it("counts the items of an each, those that failed and those that are to come; a step of each is counted", () => {
    const each: EachAction = {
      kind: "each",
      items: "${ inputs.list }",
      as: "it",
      concurrency: 2,
      chain: chainOf([
        stepOf("look"),
        stepOf("if", {
          kind: "branch",
          ways: [
            { name: "x", chain: one },
            { name: "y", chain: chainOf([]) },
          ],
        }),
        stepOf("g", { kind: "chain", chain: one }),
      ]),
    };
    const step = stepOf("review", each, { errorStrategy: "continue_on_failure" });
    const run = new CoreRun(workflowWith([step]), { inputs: { list: ["a", { b: 1 }, 3, 4] } });
    run.fail("review[0]/look");
    expect(nodeOf(run, "review")?.items).toEqual({
      total: 4,
      begun: 3,
      working: 2,
      good: 0,
      failed: 1,
      atOnce: 2,
    });
    expect(nodeOf(run, "review[1]")).toMatchObject({ item: { b: 1 }, title: '{"b":1}', name: "[1]" });
    expect(nodeOf(run, "review[0]")).toMatchObject({ failedWithin: true, status: "failed" });
    // Three items are begun, of which groups are closed; the fourth has a look, a way and a group of one.
    const leaves = viewOf(run.state).nodes.filter(({ kind }) => kind === "step");
    expect(viewOf(run.state).counts.total).toBe(leaves.length + 3);
  });

  it("tells a failure of its own from one within", () => {
    const ways = [{ name: "then", when: "inputs.nothing", chain: one }];
    const run = new CoreRun(workflowWith([stepOf("route", { kind: "branch", ways })]));
    expect(nodeOf(run, "route")).toMatchObject({ status: "failed", failure: { code: "EXPRESSION_FAILED" } });
    expect(nodeOf(run, "route")).not.toHaveProperty("failedWithin");
  });

  it("has how many steps a join needs", () => {
    const chain = chainOf([stepOf("a"), stepOf("b")], { parallelAlways: true });
    const run = new CoreRun(workflowWith([stepOf("race", { kind: "chain", chain, join: "any" })]));
    expect(nodeOf(run, "race")?.join).toEqual({ wanted: 1, of: 2, good: 0, reached: false });
    expect(nodeOf(run, "race")?.title).toMatch(/^2 steps, .*, any of them enough$/);
    run.ok("race/a");
    expect(nodeOf(run, "race")?.join).toMatchObject({ good: 1, reached: true });
  });

  it("has nothing at work in a run that a cap has ended", () => {
    const steps = [{ name: "ask", agent: "mock", prompt: "hi" }];
    const items = { items: [1, 2, 3, 4], concurrency: 3 };
    const chain = [{ name: "f", for_each: items, steps }];
    const run = new CoreRun(workflowOf({ name: "t", limits: { agents: 1 }, chain }));
    expect(nodeOf(run, "f")).toMatchObject({ status: "open", items: { begun: 3, working: 3 } });
    run.ok("f[0]/ask", { output: 1 });
    expect(run.state.status).toBe("failed");
    expect(nodeOf(run, "f")).toMatchObject({ status: "stopped", items: { total: 4, working: 0, good: 1 } });
    expect(nodeOf(run, "f[1]")?.status).toBe("stopped");
    expect(nodeOf(run, "f[1]/ask")?.status).toBe("not-run");
    expect(nodeOf(run, "f[0]/ask")?.status).toBe("claimed");
  });
});
