import { describe, expect, it } from "vitest";
import type { Way } from "../../language/workflow.ts";
import { CoreRun, workflowOf } from "../../testing/core-run.ts";
import { chainOf, stepOf } from "../../testing/holders.ts";
import { decided, runOf, three, way } from "../../testing/next-ways.ts";
import { explain } from "../why.ts";

describe("a branch that takes the next way when one fails", () => {
  it("takes it, and comes to its end as if nothing had been", () => {
    const run = runOf();
    run.fail("do/a/turn");
    expect(run.owed).toEqual(["perform do/b/turn"]);
    run.ok("do/b/turn");
    run.ok("after");
    expect(run.status).toBe("completed");
    expect(run.ends).toMatchObject({ "do/a": "failed", "do/b": "claimed", do: "claimed" });
  });

  it("waits for nothing on the way that failed once another has ended well", () => {
    const run = runOf();
    run.fail("do/a/turn");
    expect(explain(run.state).map(({ address }) => address)).toContain("do/a/turn");
    run.ok("do/b/turn");
    expect(explain(run.state).map(({ address }) => address)).toEqual(["after"]);
  });

  it("writes down which failed, and why", () => {
    const run = runOf();
    run.fail("do/a/turn");
    expect(decided(run)[1]).toMatchObject({
      way: "b",
      after: { way: "a", failure: { code: "COMMAND_FAILED", message: '"do/a/turn" failed: it broke' } },
      saw: [{ way: "b" }],
    });
  });

  it("fails when none is left, with the failures of all", () => {
    const run = runOf();
    for (const name of ["a", "b", "rest"]) run.fail(`do/${name}/turn`, { message: `${name} broke` });
    expect(run.status).toBe("failed");
    const { message = "" } = run.node("do").failure ?? {};
    for (const name of ["a", "b", "rest"])
      expect(message).toContain(`"do/${name}/turn" failed: ${name} broke`);
    expect(run.state.reason).toBe(message);
  });

  it("fails with the only failure where one way was all there was", () => {
    const run = runOf([way("a", "true"), way("b", "false")]);
    run.fail("do/a/turn");
    expect(decided(run).map((event) => event.way)).toEqual(["a", null]);
    expect(run.node("do").failure?.message).toBe('"do/a/turn" failed: it broke');
  });

  it("goes on from an older log that does not say why a way failed", () => {
    for (const addresses of [["do/a/turn"], ["do/a/turn", "do/a"]]) {
      const run = runOf();
      for (const address of addresses)
        run.events.push({ type: "node.ended", address, end: "failed", at: run.now });
      run.crash();
      expect(run.owed).toEqual(["perform do/b/turn"]);
      expect(decided(run)[1]?.after?.failure.message).toMatch(/it did not say why$/);
    }
  });

  it("takes so many ways and no more", () => {
    const run = runOf(three, { maxTries: 2 });
    run.fail("do/a/turn");
    run.fail("do/b/turn");
    expect(run.status).toBe("failed");
    expect(decided(run)).toHaveLength(2);
  });

  it("asks the conditions again, also what was tried", () => {
    const ways = [
      way("a", "size(do.tried) == 0"),
      way("b", "size(do.tried) > 1"),
      way("c", "do.tried[0].way == 'a'"),
    ];
    const run = runOf(ways);
    run.fail("do/a/turn");
    expect(run.owed).toEqual(["perform do/c/turn"]);
    run.fail("do/c/turn");
    expect(run.owed).toEqual(["perform do/b/turn"]);
  });

  it("fails where a condition cannot be told any more", () => {
    const run = runOf([way("a", "size(do.tried) == 0"), way("b", "do.tried[0].nothing > 1")]);
    run.fail("do/a/turn");
    expect(run.node("do").failure?.code).toBe("EXPRESSION_FAILED");
  });

  it("tells the next what the one before did, and the first nothing", () => {
    const say = stepOf("say", { kind: "function", function: "f", args: "${ do.tried }" });
    const ways = ["a", "b"].map((name): Way => ({
      name,
      when: "true",
      chain: chainOf([say, stepOf("turn")]),
    }));
    const run = runOf(ways);
    expect(run.work("do/a/say")).toMatchObject({ request: { args: [] } });
    run.ok("do/a/say", { output: "half" });
    run.fail("do/a/turn");
    expect(run.work("do/b/say")).toMatchObject({
      request: {
        args: [
          {
            way: "a",
            error: { code: "COMMAND_FAILED", message: '"do/a/turn" failed: it broke' },
            output: { say: "half", turn: null },
          },
        ],
      },
    });
  });

  it("is not left at a failure of the store, which nothing makes good", () => {
    const run = runOf();
    run.fail("do/a/turn", { code: "STORE_FULL" });
    expect(run.status).toBe("failed");
    expect(decided(run)).toHaveLength(1);
  });

  it("is degraded by nothing that a way that failed had put up with", () => {
    const chain = chainOf([stepOf("x"), stepOf("turn", undefined, { errorStrategy: "stop" })], {
      errorStrategy: "continue_on_failure",
    });
    const run = runOf([{ name: "a", when: "true", chain }, way("b", "true")]);
    run.fail("do/a/x");
    expect(run.state.tolerated).toBe(1);
    run.fail("do/a/turn");
    run.ok("do/b/turn");
    run.ok("after");
    expect(run.status).toBe("completed");
  });

  it("goes on after a crash at every moment, and does no way again that has ended", () => {
    const whole = runOf();
    whole.fail("do/a/turn");
    whole.fail("do/b/turn");
    for (let keep = 1; keep <= whole.events.length; keep += 1) {
      const run = runOf();
      run.fail("do/a/turn");
      run.fail("do/b/turn");
      run.crash(keep);
      for (const name of ["a", "b"])
        if (run.owed.includes(`perform do/${name}/turn`)) run.fail(`do/${name}/turn`);
      run.ok("do/rest/turn");
      run.ok("after");
      expect(run.status).toBe("completed");
      expect(decided(run).map((event) => event.way)).toEqual(["a", "b", "rest"]);
    }
  });

  it("ends with what none could do after a crash at every moment", () => {
    const two = [way("a", "true"), way("b", "size(do.tried) > 5")];
    const whole = runOf(two);
    whole.fail("do/a/turn");
    for (let keep = 1; keep <= whole.events.length; keep += 1) {
      const run = runOf(two);
      run.fail("do/a/turn");
      run.crash(keep);
      if (run.owed.includes("perform do/a/turn")) run.fail("do/a/turn");
      expect(run.status).toBe("failed");
    }
  });

  it("takes no other when the run is cancelled, or its way is", () => {
    const run = runOf();
    run.give({ type: "cancel" });
    run.fail("do/a/turn");
    expect(run.status).toBe("cancelled");
    expect(decided(run)).toHaveLength(1);
    const other = runOf();
    other.give({ type: "cancel" });
    other.fail("do/a/turn", { code: "CANCELLED", class: "cancelled" });
    expect(other.status).toBe("cancelled");
  });

  it("decides when the run goes on after a pause, and is over when it is cancelled instead", () => {
    for (const cancelled of [false, true]) {
      const run = runOf();
      run.give({ type: "pause" });
      run.fail("do/a/turn");
      expect(run.status).toBe("paused");
      expect(run.owed).toEqual([]);
      run.give({ type: cancelled ? "cancel" : "resume" });
      expect(run.status).toBe(cancelled ? "cancelled" : "executing");
      expect(run.owed).toEqual(cancelled ? [] : ["perform do/b/turn"]);
    }
  });

  it("takes no other when the block around it has stopped meanwhile", () => {
    const steps = [
      {
        name: "do",
        switch: {
          on_failure: "next",
          cases: {
            a: { when: "true", steps: [{ name: "turn", run: "a" }] },
            b: { when: "true", steps: [{ name: "turn", run: "b" }] },
          },
        },
      },
      { name: "beside", run: "c" },
    ];
    for (const paused of [false, true]) {
      const run = new CoreRun(workflowOf({ name: "t", chain: { parallel_where_possible: true, steps } }));
      if (paused) run.give({ type: "pause" });
      if (paused) run.fail("do/a/turn");
      run.fail("beside");
      if (!paused) run.fail("do/a/turn");
      expect(run.node("do").end).toBe(paused ? "cancelled" : "failed");
      if (paused) run.give({ type: "resume" });
      expect(run.status).toBe("failed");
    }
  });

  it("ends when the time of the whole is over", () => {
    const cases = {
      a: { when: "true", steps: [{ name: "turn", run: "a" }] },
      b: { when: "true", steps: [{ name: "turn", run: "b" }] },
    };
    const step = { name: "do", limits: { time: "1m" }, switch: { on_failure: "next", cases } };
    const run = new CoreRun(workflowOf({ name: "t", chain: [step] }));
    run.fire("limit:do");
    run.fail("do/a/turn", { code: "CANCELLED", class: "cancelled" });
    expect(run.node("do").failure?.code).toBe("LIMIT_REACHED");
    expect(decided(run)).toHaveLength(1);
  });

  it("learns of each way by itself", () => {
    const run = runOf(three, { adaptive: true });
    run.fail("do/a/turn");
    const next = decided(run)[1]?.way ?? "";
    run.ok(`do/${next}/turn`);
    const learned = run.state.learning.own.get("do");
    expect(learned?.get("a")).toMatchObject({ good: 0, bad: 1 });
    expect(learned?.get(next)).toMatchObject({ good: 1, bad: 0 });
  });
});
