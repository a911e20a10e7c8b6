import { describe, expect, it } from "vitest";
import type { Way } from "../../language/workflow.ts";
import { CoreRun, workflowOf } from "../../testing/core-run.ts";
import { chainOf, stepOf } from "../../testing/holders.ts";
import { decided, runOf, way } from "../../testing/next-ways.ts";

describe("a restart of a branch that takes the next way", () => {
  function restarted(run: CoreRun, from?: string): CoreRun {
    run.give({ type: "restart", ...(from === undefined ? {} : { from }) });
    return run;
  }

  it("goes on with the way that ended well, and uses what it did again", () => {
    const say = stepOf("turn", { kind: "function", function: "f", args: "${ do.tried }" });
    const ways = ["a", "b"].map((name): Way => ({ name, when: "true", chain: chainOf([say]) }));
    const run = runOf(ways);
    run.fail("do/a/turn");
    run.ok("do/b/turn");
    run.fail("after");
    restarted(run);
    expect(run.owed).toEqual(["perform after"]);
    run.fail("after");
    restarted(run);
    expect(run.owed).toEqual(["perform after"]);
    expect(run.node("do").carried).toMatchObject([{ way: "a", output: { turn: null } }]);
  });

  it("goes on with the way that was under way, and after it with those that are left", () => {
    const run = runOf();
    run.fail("do/a/turn");
    run.give({ type: "cancel" });
    run.fail("do/b/turn", { code: "CANCELLED", class: "cancelled" });
    restarted(run);
    expect(run.owed).toEqual(["perform do/b/turn"]);
    run.fail("do/b/turn");
    expect(run.owed).toEqual(["perform do/rest/turn"]);
    run.fail("do/rest/turn", { message: "nor this" });
    expect(run.node("do").failure?.message).toMatch(/"do\/a\/turn".*"do\/b\/turn".*nor this/);
  });

  it("takes the next one where the one before it had failed when the run ended", () => {
    const run = runOf();
    run.give({ type: "pause" });
    run.fail("do/a/turn");
    run.give({ type: "cancel" });
    restarted(run);
    expect(run.owed).toEqual(["perform do/b/turn"]);
    expect(decided(run).at(-1)?.after).toMatchObject({ way: "a" });
  });

  it("fails when no other may be taken any more after what an earlier life tried", () => {
    const run = runOf([way("a", "true"), way("b", "size(do.tried) > 5")]);
    run.give({ type: "pause" });
    run.fail("do/a/turn");
    run.give({ type: "cancel" });
    restarted(run);
    expect(run.status).toBe("failed");
    expect(run.node("do").failure?.message).toContain('"do/a/turn" failed: it broke');
  });

  it("begins with all of its ways when they had all failed", () => {
    const run = runOf();
    for (const name of ["a", "b", "rest"]) run.fail(`do/${name}/turn`);
    restarted(run);
    expect(run.owed).toEqual(["perform do/a/turn"]);
  });

  it("begins anew from the branch, or from a way that failed, and stays on the last way from there on", () => {
    const ended = (): CoreRun => {
      const run = runOf();
      run.fail("do/a/turn");
      run.fail("do/b/turn");
      run.ok("do/rest/turn");
      run.ok("after");
      return run;
    };
    expect(restarted(ended(), "do").owed).toEqual(["perform do/a/turn"]);
    expect(restarted(ended(), "do/b/turn").owed).toEqual(["perform do/b/turn"]);
    expect(restarted(ended(), "do/rest/turn").owed).toEqual(["perform do/rest/turn"]);
  });

  it("undoes what was done on a way that failed in an earlier life", () => {
    const undo = { ...stepOf("undo", { kind: "run", line: "undo" }) };
    const ways = ["a", "b"].map((name): Way => ({
      name,
      when: "true",
      chain: chainOf([stepOf("done", undefined, { undo }), stepOf("turn")]),
    }));
    const run = runOf(ways);
    run.ok("do/a/done");
    run.fail("do/a/turn");
    run.give({ type: "cancel" });
    run.fail("do/b/done", { code: "CANCELLED", class: "cancelled" });
    restarted(run);
    run.ok("do/b/done");
    run.ok("do/b/turn");
    run.fail("after");
    run.ok("do/b/done~undo");
    run.ok("do/a/done~undo");
    expect(run.status).toBe("failed");
    expect(restarted(run).owed).toEqual(["perform do/a/done"]);
  });

  it("takes another where the way that ended well may not be taken any more", () => {
    const route = {
      name: "do",
      switch: {
        on_failure: "next",
        cases: {
          a: { when: "true", steps: [{ name: "turn", function: "a" }] },
          b: { when: "first.output.n == 1", steps: [{ name: "turn", function: "b" }] },
          c: { when: "true", steps: [{ name: "turn", function: "c" }] },
        },
      },
    };
    const chain = { parallel_where_possible: true, steps: [{ name: "first", function: "f" }, route] };
    const run = new CoreRun(workflowOf({ name: "t", chain }));
    run.ok("first", { output: { n: 1 } });
    run.fail("do/a/turn");
    run.ok("do/b/turn");
    run.give({ type: "restart", drop: ["first"] });
    run.ok("first", { output: { n: 2 } });
    expect(run.owed).toEqual(["perform do/c/turn"]);
  });

  it("tries all of them again in a changed workflow", () => {
    const run = runOf();
    run.fail("do/a/turn");
    run.ok("do/b/turn");
    run.fail("after");
    const { workflow } = run.state;
    run.give({ type: "restart", workflow: { ...workflow, description: "changed" } });
    expect(run.owed).toEqual(["perform do/a/turn"]);
  });
});
