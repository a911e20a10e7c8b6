import { describe, expect, it } from "vitest";
import { CoreRun } from "../../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../../testing/holders.ts";
import type { Way } from "../../language/workflow.ts";
import { fold } from "../apply.ts";
import type { Event } from "../events.ts";
import { findUnsound } from "../sound.ts";
import { viewOf } from "../view.ts";

function runOf(ways: readonly Way[], score: number): CoreRun {
  const after = stepOf("after", undefined, { needs: [{ step: "route", because: "depends_on" }] });
  const route = stepOf(
    "route",
    { kind: "branch", ways },
    { needs: [{ step: "scan", because: "reference" }] },
  );
  const run = new CoreRun(workflowWith([stepOf("scan"), route, after]));
  run.ok("scan", { output: { score } });
  return run;
}

const then: Way = { name: "then", when: "scan.output.score > 3", chain: chainOf([stepOf("a"), stepOf("b")]) };
const other: Way = { name: "else", chain: chainOf([stepOf("c")]) };

describe("a branch", () => {
  it("takes the way whose condition is true, and no other", () => {
    const run = runOf([then, other], 5);
    expect(run.owed).toEqual(["perform route/then/a"]);
    run.ok("route/then/a", { output: 1 });
    run.ok("route/then/b", { output: 2 });
    expect(run.owed).toEqual(["perform after"]);
    run.ok("after");
    expect(run.status).toBe("completed");
    expect(Object.keys(run.ends)).not.toContain("route/else/c");
  });

  it("takes the last way when no condition is true", () => {
    const run = runOf([then, other], 1);
    expect(run.owed).toEqual(["perform route/else/c"]);
  });

  it("writes down what it saw, and which way it took", () => {
    const run = runOf([then, other], 5);
    expect(run.events.find(({ type }) => type === "branch.decided")).toMatchObject({
      way: "then",
      saw: [
        { way: "then", condition: "scan.output.score > 3", value: true, read: { "scan.output.score": 5 } },
      ],
    });
    expect(viewOf(run.state).nodes.find(({ address }) => address === "route")).toMatchObject({
      title: "then",
    });
  });

  it("writes down little of many long conditions, and always the one that held", () => {
    const ways = Array.from({ length: 40 }, (_, index): Way => ({
      name: `w${index}`,
      when: `scan.output.score == ${index} && "${"x".repeat(1000)}" != ""`,
      chain: chainOf([stepOf("a")]),
    }));
    const run = runOf(ways, 30);
    const decided = run.events.find((event) => event.type === "branch.decided");
    expect(decided).toMatchObject({ way: "w30", unsaid: 31 - 8 });
    expect(decided?.saw.map(({ way }) => way)).toEqual(["w0", "w1", "w2", "w3", "w4", "w5", "w6", "w30"]);
    expect(JSON.stringify(decided).length).toBeLessThan(4000);
    const shown = viewOf(run.state).nodes.find(({ address }) => address === "route");
    expect(shown?.decision).toMatchObject({ way: "w30", unsaid: 23 });
  });

  it("is skipped when no way is taken, and what comes after it goes on", () => {
    const run = runOf([then], 1);
    expect(run.node("route").end).toBe("skipped");
    expect(run.owed).toEqual(["perform after"]);
  });

  it("ends well at once on a way without steps", () => {
    const run = runOf([then, { name: "else", chain: chainOf([]) }], 1);
    expect(run.node("route").end).toBe("verified");
  });

  it("fails when a condition is neither true nor false, or has no value", () => {
    for (const when of ["scan.output.score", "scan.output.nothing > 1"]) {
      const run = runOf([{ ...then, when }, other], 5);
      expect(run.node("route").failure?.code).toBe("EXPRESSION_FAILED");
      expect(run.status).toBe("failed");
    }
  });

  it("fails when its way fails", () => {
    const run = runOf([then, other], 5);
    run.fail("route/then/a");
    expect(run.status).toBe("failed");
    expect(run.node("route").failure?.message).toContain("it broke");
  });

  it("goes on in its way after a crash at every moment", () => {
    const whole = runOf([then, other], 5);
    whole.ok("route/then/a");
    for (let keep = 1; keep <= whole.events.length; keep += 1) {
      const run = runOf([then, other], 5);
      run.ok("route/then/a");
      run.crash(keep);
      for (const address of ["scan", "route/then/a", "route/then/b", "after"])
        if (run.owed.includes(`perform ${address}`)) run.ok(address, { output: { score: 5 } });
      expect(run.status).toBe("completed");
    }
  });

  it("is the same from an older log, in which its way was opened by events of its own", () => {
    const run = runOf([then, other], 5);
    run.ok("route/then/a");
    const older = run.events.flatMap((event): readonly Event[] => {
      if (event.type !== "branch.decided") return [event];
      const { at, address } = event;
      const opened = { type: "part.opened", address, part: "/then", body: 0, place: 0, at } as const;
      return [event, opened, { type: "block.opened", address: `${address}/then`, at }];
    });
    expect(older).toHaveLength(run.events.length + 2);
    expect(findUnsound(older)).toEqual([]);
    expect(fold(older)).toEqual(run.state);
  });

  it("does what it decided after a crash right after the decision", () => {
    for (const [score, ends] of [
      [5, "perform route/then/a"],
      [1, "perform after"],
    ] as const) {
      const run = runOf([then], score);
      run.crash(1 + run.events.findIndex(({ type }) => type === "branch.decided"));
      expect(run.owed).toEqual([ends]);
      expect(run.events.filter(({ type }) => type === "branch.decided")).toHaveLength(1);
    }
  });

  it("is in the scope of later steps with its way and the outputs of that way", () => {
    const say = stepOf(
      "say",
      { kind: "function", function: "f", args: "${ [route.way, route.output.a] }" },
      {
        needs: [{ step: "route", because: "reference" }],
      },
    );
    const route = stepOf("route", { kind: "branch", ways: [{ ...then, when: "true" }] });
    const run = new CoreRun(workflowWith([route, say]));
    run.ok("route/then/a", { output: 1 });
    run.ok("route/then/b");
    expect(run.work("say")).toMatchObject({ request: { args: ["then", 1] } });
  });
});
