import { describe, expect, it } from "vitest";
import { CoreRun, parallelOf } from "../../testing/core-run.ts";
import { defaultRetry } from "../../language/workflow.ts";
import { retryAfter } from "../policies/retry.ts";

describe("a step", () => {
  it("is claimed when nothing could check it, verified when something did", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "line", run: "true" },
        { name: "asked", agent: "mock", prompt: "hi" },
        { name: "shaped", agent: "mock", prompt: "hi" },
        { name: "gated", agent: "mock", prompt: "hi", gates: [{ check: "gated.output == 1" }] },
        { name: "said", agent: "mock", prompt: "hi", gates: [{ claim: "done" }] },
      ]),
    );
    run.ok("line");
    run.ok("asked");
    run.ok("shaped", { shaped: true });
    run.ok("gated", { output: 1 });
    run.ok("said", { output: { quality_metrics: { done: true } } });
    expect(run.ends).toEqual({
      line: "verified",
      asked: "claimed",
      shaped: "verified",
      gated: "verified",
      said: "claimed",
    });
    expect(run.status).toBe("completed");
  });

  it("is tried again after a pause, with a new attempt, as often as its retry says", () => {
    const run = new CoreRun(parallelOf([{ name: "a", run: "true", retry: { max: 2, on: ["failure"] } }]));
    for (const retries of [0, 1]) {
      run.fail("a", { class: "failure" });
      const question = {
        failure: { code: "COMMAND_FAILED", message: "", class: "failure" },
        at: run.now,
      } as const;
      const policy = { ...defaultRetry, on: ["failure"] } as const;
      const retry = retryAfter({ ...question, policy, retries, attempt: retries + 1, seed: "5eed:a" });
      expect(run.owed).toEqual(["timer retrying:a"]);
      expect(run.dueAt("retrying:a")).toBe(retry?.dueAt);
      expect(run.status).toBe("executing");
      run.fire("retrying:a");
    }
    expect(run.work("a")).toMatchObject({ attempt: 3, id: "a@0.3" });
    run.fail("a", { class: "failure", message: "again" });
    expect(run.ends).toEqual({ a: "failed" });
    expect(run.node("a").failure?.message).toBe("again");
    expect(run.status).toBe("failed");
  });

  it("fails when it does not say why it failed", () => {
    const run = new CoreRun(parallelOf([{ name: "a", run: "true" }]));
    run.give({ type: "outcome", effect: "a@0.1", outcome: { ok: false } });
    expect(run.node("a").failure).toMatchObject({ code: "INTERNAL", class: "failure" });
  });

  it("names the recovery of the stage in which its command failed", () => {
    const run = new CoreRun(parallelOf([{ name: "a", command: "/task" }]));
    run.fail("a", { stage: "dependency_validation" });
    expect(run.node("a").failure).toMatchObject({ recovery: "retry" });
    const other = new CoreRun(parallelOf([{ name: "a", command: "/task" }]));
    other.fail("a", { stage: "toString" });
    expect(other.node("a").failure).not.toHaveProperty("recovery");
  });

  it("tells the stages of a command that are the core's", () => {
    const stages = (run: CoreRun) =>
      run.events.flatMap((event) =>
        event.type === "stage.ended" ? [`${event.record.stage} ${event.record.ok}`] : [],
      );
    const good = new CoreRun(parallelOf([{ name: "a", command: "/task" }]));
    good.ok("a");
    expect(stages(good)).toEqual(["post_execution_validation true", "quality_gates true", "cleanup true"]);
    const shapeless = new CoreRun(parallelOf([{ name: "a", command: "/task" }]));
    shapeless.fail("a", { code: "OUTPUT_SHAPE" });
    expect(stages(shapeless)).toEqual(["post_execution_validation false"]);
    const large = new CoreRun(parallelOf([{ name: "a", command: "/task" }]));
    large.fail("a", { code: "OUTPUT_TOO_LARGE" });
    expect(stages(large)).toEqual(["post_execution_validation false"]);
    const gated = new CoreRun(parallelOf([{ name: "a", command: "/task", gates: [{ check: "false" }] }]));
    gated.ok("a");
    expect(stages(gated)).toEqual(["post_execution_validation true", "quality_gates false"]);
    expect(gated.node("a").failure).toMatchObject({ stage: "quality_gates", recovery: "human" });
    const broken = new CoreRun(parallelOf([{ name: "a", command: "/task" }]));
    broken.fail("a");
    expect(stages(broken)).toEqual([]);
  });

  it("keeps the last stage that its executor told while it runs", () => {
    const run = new CoreRun(parallelOf([{ name: "a", command: "/task" }]));
    const record = { stage: "resolve", ok: true, durationMs: 3 };
    run.give({ type: "stage", effect: run.work("a").id, record });
    expect(run.node("a").stage).toBe("resolve");
    expect(run.give({ type: "stage", effect: "a@0.7", record })).toEqual([]);
  });

  it("fails when its text has no value", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", run: "true" },
        { name: "b", run: "echo ${{ a.output.missing }}" },
      ]),
    );
    run.ok("a", { output: {} });
    expect(run.node("b")).toMatchObject({ end: "failed", failure: { code: "EXPRESSION_FAILED" } });
  });

  it("throws what is a bug and not a mistake of the workflow", () => {
    const inputs = {
      get n(): number {
        throw new RangeError("a bug");
      },
    };
    const lines = [{ name: "a", run: "echo ${{ inputs.n }}" }];
    const workflow = parallelOf(lines, { inputs: { n: { type: "integer" } } });
    expect(() => new CoreRun(workflow, { inputs })).toThrow(RangeError);
  });
});

describe("a condition", () => {
  it("lets a step run, skips it, or fails it", () => {
    const run = new CoreRun(
      parallelOf(
        [
          { name: "yes", run: "true", when: "inputs.n == 1" },
          { name: "no", run: "true", when: "inputs.n == 2", env: { A: "b" } },
          { name: "neither", run: "true", when: "inputs.n" },
          { name: "broken", run: "true", when: "inputs.o.missing" },
          { name: "group", when: "inputs.n == 2", steps: [{ name: "x", run: "true" }] },
          { name: "pause", when: "inputs.n == 2", wait: "3s" },
          { name: "after", run: "true", depends_on: ["no"] },
        ],
        {
          inputs: { n: { type: "integer" }, o: { type: "object" } },
          chain: { error_strategy: "continue_on_failure" },
        },
      ),
      { inputs: { n: 1, o: {} } },
    );
    expect(run.ends).toEqual({
      yes: "running",
      no: "skipped",
      neither: "failed",
      broken: "failed",
      group: "skipped",
      pause: "skipped",
      after: "running",
    });
    expect(run.node("no").reason).toBe("when: inputs.n == 2 is false");
    expect(run.node("neither").failure?.message).toContain("gave 1, not true or false");
    run.ok("yes");
    run.ok("after");
    expect(run.status).toBe("degraded");
  });
});

describe("a step that was interrupted", () => {
  const interrupted = (then: string): CoreRun => {
    const run = new CoreRun(parallelOf([{ name: "a", run: "true", on_interrupt: then, locks: ["l"] }]));
    run.crash();
    return run;
  };

  it("runs again as the same attempt", () => {
    const run = interrupted("rerun");
    expect(run.owed).toEqual(["perform a"]);
    expect(run.work("a").id).toBe("a@0.1");
    run.ok("a");
    expect(run.status).toBe("completed");
  });

  it("fails when it may not run again", () => {
    const run = interrupted("fail");
    expect(run.node("a")).toMatchObject({ end: "failed", failure: { code: "INTERRUPTED" } });
    expect(run.status).toBe("failed");
  });

  it("asks, and a person lets it run again as a new attempt", () => {
    const run = interrupted("ask");
    expect(run.status).toBe("waiting");
    expect(run.state.reason).toContain("tutti answer r1 a rerun|fail");
    run.crash();
    expect(run.ends).toEqual({ a: "asking" });
    run.give({ type: "answer", address: "a", value: "rerun" });
    expect(run.owed).toEqual(["timer retrying:a"]);
    run.fire("retrying:a");
    expect(run.work("a")).toMatchObject({ attempt: 2 });
    expect(run.node("a").retries).toBe(0);
    run.ok("a");
    expect(run.status).toBe("completed");
  });

  it("keeps what its gate told it when it asks in a later round", () => {
    const gates = [{ check: "a.attempts > 1", retry: 1 }];
    const run = new CoreRun(parallelOf([{ name: "a", run: "true", on_interrupt: "ask", gates }]));
    run.ok("a");
    run.fire("retrying:a");
    run.crash();
    run.give({ type: "answer", address: "a", value: "rerun" });
    run.fire("retrying:a");
    expect(run.work("a")).toMatchObject({
      attempt: 3,
      request: { feedback: expect.stringContaining("did not hold") },
    });
  });

  it("fails also when the process died again before that was written down", () => {
    const run = interrupted("fail");
    const at = run.events.findIndex((event) => event.type === "attempt.interrupted");
    run.crash(at + 1);
    expect(run.node("a")).toMatchObject({ end: "failed", failure: { code: "INTERRUPTED" } });
  });

  it("fails when a person says so", () => {
    const run = interrupted("ask");
    run.give({ type: "answer", address: "a", value: "fail" });
    expect(run.node("a").failure).toMatchObject({ code: "INTERRUPTED" });
    expect(run.status).toBe("failed");
  });

  it("takes no other answer, and none at another place", () => {
    const run = interrupted("ask");
    for (const [address, value] of [
      ["a", "maybe"],
      ["b", "rerun"],
      ["", "fail"],
    ] as const) {
      expect(run.give({ type: "answer", address, value })).toMatchObject([{ type: "effect.dropped" }]);
    }
    expect(run.ends).toEqual({ a: "asking" });
  });

  it("does not run past a pause or the parallel limit when it was answered", () => {
    const run = new CoreRun(
      parallelOf(
        [
          { name: "a", run: "true", on_interrupt: "ask" },
          { name: "b", run: "true" },
          { name: "c", run: "true", on_interrupt: "ask" },
          { name: "d", run: "true" },
        ],
        { limits: { parallel: 2 } },
      ),
    );
    run.ok("b");
    expect(run.owed).toEqual(["perform a", "perform c"]);
    run.crash();
    run.give({ type: "pause" });
    for (const address of ["a", "c"]) {
      run.give({ type: "answer", address, value: "rerun" });
      run.fire(`retrying:${address}`);
    }
    expect(run.owed).toEqual(["perform d"]);
    run.give({ type: "resume" });
    expect(run.owed).toEqual(["perform a", "perform d"]);
    run.ok("d");
    expect(run.owed).toEqual(["perform a", "perform c"]);
  });
});

describe("a log that ends between two events of one decision", () => {
  it("goes on from there, wherever that is", () => {
    const make = () =>
      new CoreRun(
        parallelOf([
          {
            name: "a",
            run: "true",
            retry: { max: 1, on: ["failure"], backoff: "none" },
            before: [{ check: "true" }, { run: "./ready" }],
            gates: [{ check: "a.attempts == 2", retry: 1 }, { run: "./check" }, { check: "true" }],
          },
          { name: "g", steps: [{ name: "x", run: "true", on_interrupt: "fail" }], depends_on: ["a"] },
          { name: "w", wait: { signal: "go" } },
        ]),
      );
    const finish = (run: CoreRun): CoreRun => {
      for (let turn = 0; turn < 50 && run.status !== "completed"; turn += 1) {
        const [next = "signal"] = run.owed.filter((owed) => !owed.startsWith("timer waiting"));
        const [kind, name = ""] = next.split(" ");
        if (kind === "timer") run.fire(name);
        else if (kind === "signal") run.give({ type: "signal", name: "go", payload: 1 });
        else run.ok(name.split("!")[0] ?? "");
      }
      return run;
    };
    const whole = finish(make());
    expect(whole.status).toBe("completed");
    for (let keep = 1; keep <= whole.events.length; keep += 1) {
      const run = finish(make());
      run.crash(keep);
      // x fails when it is interrupted while it runs, and only then
      const expected = run.ends["g/x"] === "failed" ? "failed" : "completed";
      if (expected === "completed") finish(run);
      expect([keep, run.status]).toEqual([keep, expected]);
    }
  });
});
