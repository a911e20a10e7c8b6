import { describe, expect, it } from "vitest";
import type { Chain, ChainAction, Step } from "../language/workflow.ts";
import { CoreRun } from "../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../testing/holders.ts";
import { explain } from "./why.ts";

function whys(run: CoreRun): Readonly<Record<string, string>> {
  return Object.fromEntries(
    explain(run.state).map(({ address, waitsFor }) => [
      address,
      waitsFor.replace(/, since \{time:\d+\}/, ""),
    ]),
  );
}

/** The step, and another that comes after it. */
const before = (step: Step) =>
  workflowWith([step, stepOf("after", undefined, { needs: [{ step: step.name, because: "depends_on" }] })]);

const ab: Chain = chainOf([stepOf("a"), stepOf("b")]);

describe("why a node with parts has not ended", () => {
  it("names the step before it in a way, and the way where others wait for the branch", () => {
    const ways = [{ name: "then", when: "true", chain: ab }];
    const run = new CoreRun(before(stepOf("route", { kind: "branch", ways })));
    expect(whys(run)).toEqual({
      "route/then/a": "attempt 1",
      "route/then/b": "step route/then/a",
      after: 'step route (on its way "then")',
    });
  });

  it("names the round of a loop", () => {
    const loop = { kind: "loop", chain: chainOf([stepOf("a")]), max: 3, otherwise: "fail" } as const;
    const run = new CoreRun(before(stepOf("polish", { ...loop, until: "polish.last.a == 1" })));
    run.ok("polish#1/a", { output: 0 });
    expect(whys(run)).toEqual({
      polish: "its round 2 of at most 3",
      "polish#2/a": "attempt 1",
      after: "step polish (round 2 of at most 3)",
    });
    const counted = new CoreRun(workflowWith([stepOf("polish", loop)]));
    expect(whys(counted)["polish"]).toBe("its round 1 of 3");
  });

  it("says that a loop between two rounds, or an each between items, waits for the run that is paused", () => {
    const loop = { kind: "loop", chain: chainOf([stepOf("a")]), max: 3, otherwise: "fail" } as const;
    const run = new CoreRun(workflowWith([stepOf("polish", loop)]));
    run.give({ type: "pause" });
    run.ok("polish#1/a");
    expect(whys(run)["polish"]).toBe("the run, which is paused");
  });

  it("tells how many items are under way, and how many begin as they end", () => {
    const each = {
      kind: "each",
      items: "${ [1, 2, 3] }",
      as: "item",
      concurrency: 2,
      chain: chainOf([stepOf("a")]),
    } as const;
    const run = new CoreRun(before(stepOf("review", each, { errorStrategy: "continue_on_failure" })));
    run.fail("review[0]/a");
    expect(whys(run)).toEqual({
      "review[0]/a": "nothing: it broke",
      "review[1]/a": "attempt 1",
      "review[2]/a": "attempt 1",
      review: "2 of its 3 items",
      after: "step review (1 of 3 items are done)",
    });
    const first = new CoreRun(before(stepOf("review", each)));
    expect(whys(first)["review"]).toBe("2 of its 3 items; 1 more begin as these end, 2 at once");
  });

  it("tells how many steps a join needs, and says nothing more once it has them", () => {
    const steps = ["a", "b", "c"].map((name) => stepOf(name));
    const race: ChainAction = {
      kind: "chain",
      chain: chainOf(steps, { parallelAlways: true }),
      join: { quorum: 2 },
    };
    const run = new CoreRun(before(stepOf("race", race)));
    run.ok("race/a");
    expect(whys(run)["race"]).toBe("1 more of its steps to end well (1 of 2 did)");
    run.ok("race/b");
    expect(whys(run)["race/c"]).toBe("attempt 1, to be stopped: its block does not need it any more");
    expect(whys(run)["race"]).toBeUndefined();
    run.fail("race/c", { code: "CANCELLED", class: "cancelled" });
    run.ok("after");
    expect(whys(run)).toEqual({});
  });

  it("says nothing of what a race left behind, however deep", () => {
    const inner: ChainAction = { kind: "chain", chain: ab };
    const race: ChainAction = {
      kind: "chain",
      chain: chainOf([stepOf("fast"), stepOf("slow", inner)], { parallelAlways: true }),
      join: "any",
    };
    const run = new CoreRun(workflowWith([stepOf("race", race)]));
    run.ok("race/fast");
    run.fail("race/slow/a", { code: "CANCELLED", class: "cancelled" });
    expect(run.status).toBe("completed");
    expect(whys(run)).toEqual({});
  });

  it("leaves it to the step that failed to say why", () => {
    const run = new CoreRun(
      workflowWith([stepOf("route", { kind: "branch", ways: [{ name: "x", chain: ab }] })]),
    );
    run.fail("route/x/a");
    expect(Object.keys(whys(run))).not.toContain("route");
    expect(whys(run)["route/x/a"]).toBe("nothing: it broke");
  });
});
