import { describe, expect, it } from "vitest";
import type { Json } from "../../expression/json.ts";
import { beginning, CoreRun, parallelOf } from "../../testing/core-run.ts";

function waiting(wait: Json, rest: Record<string, Json> = {}): CoreRun {
  return new CoreRun(parallelOf([{ name: "w", wait }], rest), { inputs: { until: "1970-01-01T01:00:00Z" } });
}

describe("a wait", () => {
  it("for a duration ends when it is over, also in another process", () => {
    const run = waiting("30s");
    expect(run.status).toBe("waiting");
    expect(run.state.reason).toBe('"w"');
    expect(run.dueAt("waiting:w")).toBe(beginning + 30_000);
    run.crash();
    run.fire("waiting:w");
    expect(run.ends).toEqual({ w: "verified" });
    expect(run.status).toBe("completed");
  });

  it("does not end before its time", () => {
    const run = waiting("30s");
    run.now += 29_999;
    expect(run.give({ type: "timer", timer: "waiting:w" })).toEqual([]);
    expect(run.ends).toEqual({ w: "waiting" });
  });

  it("for a time ends then, at once when it is past", () => {
    const inputs = { inputs: { until: { type: "string" } } };
    const run = waiting({ until: "${ inputs.until }" }, inputs);
    expect(run.dueAt("waiting:w")).toBe(3_600_000);
    const past = waiting({ until: "1970-01-01T00:00:00Z" });
    expect(past.dueAt("waiting:w")).toBe(0);
    past.fire("waiting:w");
    expect(past.status).toBe("completed");
  });

  it("takes a number of milliseconds for a time", () => {
    const run = waiting({ until: "${ run.started_at + 5000 }" });
    expect(run.dueAt("waiting:w")).toBe(beginning + 5000);
  });

  it("fails for what is no time", () => {
    const inputs = { inputs: { until: { type: "string" } } };
    const run = new CoreRun(parallelOf([{ name: "w", wait: { until: "${ inputs.until }" } }], inputs), {
      inputs: { until: "soon" },
    });
    expect(run.node("w").failure).toMatchObject({
      code: "EXPRESSION_FAILED",
      message: expect.stringContaining("soon"),
    });
    const broken = new CoreRun(
      parallelOf([
        { name: "a", run: "true" },
        { name: "w", wait: { until: "${ a.output.at }" } },
      ]),
    );
    broken.ok("a", { output: {} });
    expect(broken.node("w").failure).toMatchObject({ code: "EXPRESSION_FAILED" });
  });

  it("for a signal ends with what the signal says", () => {
    const run = waiting({ signal: "go" });
    expect(run.state.reason).toBe('signal "go"');
    expect(run.owed).toEqual([]);
    run.give({ type: "signal", name: "other", payload: 1 });
    expect(run.ends).toEqual({ w: "waiting" });
    run.give({ type: "signal", name: "go", payload: { who: "me" }, by: "me" });
    expect(run.node("w")).toMatchObject({ end: "verified", outcome: { output: { who: "me" } } });
    expect(run.status).toBe("completed");
  });

  it("for a signal that came before ends at once, with the last of several", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", run: "true" },
        { name: "w", wait: { signal: "go" }, depends_on: ["a"] },
      ]),
    );
    run.give({ type: "signal", name: "go", payload: 1 });
    run.give({ type: "signal", name: "go", payload: 2 });
    run.ok("a");
    expect(run.node("w")).toMatchObject({ end: "verified", outcome: { output: 2 } });
  });

  it("for a signal fails at its deadline", () => {
    const run = waiting({ signal: "go", deadline: "1m" });
    expect(run.dueAt("waiting:w")).toBe(beginning + 60_000);
    run.fire("waiting:w");
    expect(run.node("w").failure).toMatchObject({
      code: "TIMEOUT",
      fix: expect.stringContaining("tutti signal r1 go"),
    });
  });

  it("for a signal fails for a signal that comes after its deadline, which others may take", () => {
    const steps = [
      { name: "w", wait: { signal: "go", deadline: "1m" }, error_strategy: "continue_on_failure" },
      { name: "v", wait: { signal: "go", deadline: "2m" } },
    ];
    const run = new CoreRun(parallelOf(steps));
    run.now += 90_000;
    run.give({ type: "signal", name: "go", payload: 1 });
    expect(run.ends).toEqual({ w: "failed", v: "verified" });
    const slow = waiting({ signal: "go", deadline: "1m" });
    slow.now += 90_000;
    slow.crash();
    slow.now = beginning + 59_999;
    slow.give({ type: "signal", name: "go", payload: 1 });
    expect(slow.ends).toEqual({ w: "verified" });
  });

  it("is over when the run is cancelled, or its block has stopped", () => {
    const cancelled = waiting({ signal: "go" });
    cancelled.give({ type: "cancel" });
    expect(cancelled.ends).toEqual({ w: "cancelled" });
    expect(cancelled.status).toBe("cancelled");
    const stopped = new CoreRun(
      parallelOf([
        { name: "w", wait: { signal: "go" } },
        { name: "a", run: "true" },
        { name: "b", run: "true" },
      ]),
    );
    stopped.fail("a");
    expect(stopped.ends).toEqual({ w: "cancelled", a: "failed", b: "running" });
    stopped.ok("b");
    expect(stopped.status).toBe("failed");
  });

  it("takes none of the run's places", () => {
    const lines = ["a", "b", "c"].map((name) => ({ name, run: "true" }));
    const run = new CoreRun(parallelOf([...lines, { name: "w", wait: "1s" }], { limits: { parallel: 2 } }));
    expect(run.owed).toEqual(["perform a", "perform b", "timer waiting:w"]);
  });

  it("is not ended by the timer of quota, whatever it is called", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "quota", wait: "10m" },
        { name: "deadline", wait: "10m" },
        { name: "a", agent: "mock", prompt: "hi", retry: { max: 1, on: ["quota"] } },
      ]),
    );
    run.fail("a", { class: "quota", resetAt: run.now + 1000 });
    run.fire("quota:mock");
    expect(run.ends).toMatchObject({ quota: "waiting", deadline: "waiting" });
  });
});
