import { describe, expect, it } from "vitest";
import type { Json } from "../../expression/json.ts";
import { CoreRun, parallelOf } from "../../testing/core-run.ts";

const a: Json = { name: "a", run: "true" };
const b: Json = { name: "b", run: "true" };

describe("a group", () => {
  it("opens when it starts, and ends when all in it have", () => {
    const run = new CoreRun(parallelOf([a, { name: "g", steps: [a, b], depends_on: ["a"] }]));
    expect(run.ends).toEqual({ a: "running", g: "pending" });
    run.ok("a");
    expect(run.owed).toEqual(["perform g/a"]);
    run.ok("g/a");
    run.ok("g/b");
    expect(run.ends).toEqual({ a: "verified", g: "verified", "g/a": "verified", "g/b": "verified" });
    expect(run.status).toBe("completed");
  });

  it("is only claimed when something in it is not verified", () => {
    const claimed = new CoreRun(
      parallelOf([{ name: "g", steps: [{ name: "x", agent: "mock", prompt: "hi" }] }]),
    );
    claimed.ok("g/x");
    expect(claimed.ends["g"]).toBe("claimed");
    const chain = { error_strategy: "continue_on_failure", steps: [a] };
    const tolerated = new CoreRun(parallelOf([{ name: "g", chain }]));
    tolerated.fail("g/a");
    expect(tolerated.ends["g"]).toBe("claimed");
    expect(tolerated.status).toBe("degraded");
  });

  it("gives the outputs of its steps by name", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "g", steps: [a, { name: "h", steps: [b] }] },
        { name: "z", run: "echo ${{ g.output.h.b }} ${{ g.output.a }}" },
      ]),
    );
    run.ok("g/a", { output: 1 });
    run.ok("g/h/b", { output: "two" });
    expect(
      Object.values((run.work("z") as { request: { shell: { values: object } } }).request.shell.values),
    ).toEqual(["two", "1"]);
  });

  it("fails as the step deepest inside did, which is named once by its whole address", () => {
    const run = new CoreRun(parallelOf([{ name: "g", steps: [{ name: "h", steps: [a] }] }]));
    run.fail("g/h/a", { message: "no" });
    expect(run.node("g").failure?.message).toBe('"g/h/a" failed: no');
    expect(run.status).toBe("failed");
    expect(run.state.reason).toBe('"g/h/a" failed: no');
  });
});

describe("a failure in a block that stops", () => {
  it("starts nothing more, and lets what runs come to its end", () => {
    const run = new CoreRun(parallelOf([a, b, { name: "c", run: "true", depends_on: ["b"] }]));
    run.fail("a");
    expect(run.status).toBe("executing");
    run.ok("b");
    expect(run.ends).toEqual({ a: "failed", b: "verified", c: "ready" });
    expect(run.status).toBe("failed");
  });

  it("ends what waits for its next attempt, wherever that is", () => {
    const retry = { max: 1, on: ["failure"] };
    const run = new CoreRun(parallelOf([a, { name: "b", run: "true", retry }]));
    run.fail("b", { class: "failure" });
    run.fail("a");
    expect(run.ends).toEqual({ a: "failed", b: "cancelled" });
    expect(run.status).toBe("failed");
    const queued = new CoreRun(
      parallelOf([a, { name: "b", run: "true", retry }, { name: "c", run: "true" }], {
        limits: { parallel: 2 },
      }),
    );
    queued.fail("b", { class: "failure" });
    queued.fire("retrying:b");
    expect(queued.ends["b"]).toBe("ready");
    queued.fail("a");
    queued.ok("c");
    expect(queued.ends).toEqual({ a: "failed", b: "cancelled", c: "verified" });
    expect(queued.status).toBe("failed");
  });

  it("gives no further attempt to what fails after that, in groups beside it neither", () => {
    const again = { run: "true", retry: { max: 1, on: ["quota"] } };
    const gated = { name: "g", steps: [{ name: "x", run: "true", gates: [{ check: "false", retry: 2 }] }] };
    const run = new CoreRun(parallelOf([a, { name: "b", ...again }, gated]));
    run.fail("a");
    run.fail("b", { class: "quota", resetAt: run.now + 3_600_000 });
    run.ok("g/x");
    expect(run.owed).toEqual([]);
    expect(run.ends).toEqual({ a: "failed", b: "failed", g: "failed", "g/x": "failed" });
    expect(run.status).toBe("failed");
  });

  it("ends a step that was answered, or whose next attempt came due, after that", () => {
    const run = new CoreRun(parallelOf([a, { name: "b", run: "true", on_interrupt: "ask" }]));
    run.crash();
    run.fail("a");
    expect(run.status).toBe("waiting");
    run.give({ type: "answer", address: "b", value: "rerun" });
    run.fire("retrying:b");
    expect(run.ends).toEqual({ a: "failed", b: "cancelled" });
    expect(run.status).toBe("failed");
  });

  it("starts nothing more in the groups beside it either, however deep, and lets what runs there end", () => {
    const h: Json = { name: "h", steps: [a, b] };
    const run = new CoreRun(parallelOf([a, { name: "g", steps: [h, a] }, { name: "i", steps: [a] }]));
    expect(run.owed).toEqual(["perform a", "perform g/h/a", "perform i/a"]);
    run.fail("a");
    run.ok("g/h/a");
    run.ok("i/a");
    expect(run.owed).toEqual([]);
    expect(run.ends).toMatchObject({ "g/h/a": "verified", "g/h/b": "ready", "g/h": "cancelled" });
    expect(run.ends).toMatchObject({ g: "cancelled", "i/a": "verified", i: "verified" });
    expect(run.node("g/h").failure?.message).toBe("It did not go on: its block has stopped");
    expect(run.status).toBe("failed");
    expect(run.state.reason).toBe('"a" failed: it broke');
  });

  it("ends what only waits in the groups beside it, and the groups in which nothing runs", () => {
    const retry = { max: 1, on: ["failure"] };
    const steps: Json[] = [
      a,
      { name: "g", steps: [{ name: "h", steps: [{ name: "w", wait: { signal: "go" } }, a] }] },
      { name: "i", steps: [{ name: "b", run: "true", retry }] },
      { name: "j", steps: [b] },
    ];
    const run = new CoreRun(parallelOf(steps, { limits: { parallel: 2 } }));
    run.fail("i/b", { class: "failure" });
    expect(run.ends).toMatchObject({ "g/h/w": "waiting", "i/b": "retrying", "j/b": "running" });
    const before = run.events.length;
    run.fail("a");
    expect(run.ends).toMatchObject({ "g/h/w": "cancelled", "g/h": "cancelled", g: "cancelled" });
    expect(run.ends).toMatchObject({ "i/b": "cancelled", i: "cancelled", j: "open" });
    run.ok("j/b");
    expect(run.ends["j"]).toBe("verified");
    expect(run.status).toBe("failed");

    run.crash(before + 2);
    expect(run.ends).toMatchObject({ "g/h/w": "cancelled", g: "cancelled", i: "cancelled" });
  });

  it("ends a group beside it whose steps all wait for a place", () => {
    const held = { name: "x", run: "true", locks: ["l"] };
    const run = new CoreRun(
      parallelOf([a, { name: "b", run: "true", locks: ["l"] }, { name: "g", steps: [held] }]),
    );
    run.fail("a");
    expect(run.ends).toMatchObject({ b: "running", g: "cancelled", "g/x": "ready" });
    run.ok("b");
    expect(run.status).toBe("failed");
  });

  it("fails a group beside it as its own step does that still runs", () => {
    const run = new CoreRun(parallelOf([a, { name: "g", steps: [b, a] }]));
    run.fail("a");
    run.fail("g/b", { message: "no" });
    expect(run.node("g")).toMatchObject({ end: "failed", failure: { message: '"g/b" failed: no' } });
  });
});

describe("a failure that is tolerated", () => {
  it("blocks what needs the step, and the run goes on without them", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", run: "true", error_strategy: "continue_on_failure" },
        b,
        { name: "c", run: "true", depends_on: ["a"] },
        { name: "d", run: "true", depends_on: ["c"] },
      ]),
    );
    run.fail("a");
    run.ok("b");
    expect(run.ends).toEqual({ a: "failed", b: "verified", c: "blocked", d: "blocked" });
    expect(run.node("d").reason).toBe('"c" did not end well');
    expect(run.status).toBe("degraded");
    expect(run.state.reason).toBe('"a" failed; the run went on');
  });

  it("does not block what only asks how the step ended", () => {
    const run = new CoreRun(
      parallelOf(
        [
          a,
          { name: "report", run: "echo ${{ a.error }}", when: "a.status == 'failed'" },
          { name: "use", run: "echo ${{ a.output }}" },
          { name: "whole", run: "echo ${{ a }}" },
        ],
        { chain: { error_strategy: "continue_on_failure" } },
      ),
    );
    run.fail("a", { message: "no" });
    expect(run.ends).toEqual({ a: "failed", report: "running", use: "blocked", whole: "blocked" });
    expect(
      Object.values((run.work("report") as { request: { shell: { values: object } } }).request.shell.values),
    ).toEqual(["no"]);
  });

  it("is not tolerated when the run was cancelled", () => {
    const run = new CoreRun(parallelOf([a, b], { chain: { error_strategy: "continue_on_failure" } }));
    run.give({ type: "cancel" });
    run.fail("a", { class: "cancelled", code: "CANCELLED" });
    run.fail("b", { class: "cancelled", code: "CANCELLED" });
    expect(run.state.tolerated).toBe(0);
    expect(run.status).toBe("cancelled");
  });
});

describe("a fallback", () => {
  const f: Json = { name: "f", run: "true" };
  const withFallback = (...more: readonly Json[]): CoreRun =>
    new CoreRun(
      parallelOf([a, f, { name: "c", run: "echo ${{ a.output }}" }, ...more], {
        chain: { error_strategy: { fallback: "f" } },
      }),
    );

  it("sleeps while all is well", () => {
    const run = withFallback();
    run.ok("a", { output: 1 });
    run.ok("c");
    expect(run.ends).toEqual({ a: "verified", f: "pending", c: "verified" });
    expect(run.status).toBe("completed");
  });

  it("stands for the failed step: its dependents go on with the fallback's output", () => {
    const run = withFallback();
    run.fail("a");
    expect(run.owed).toEqual(["perform f"]);
    expect(run.ends["c"]).toBe("pending");
    run.crash();
    run.ok("f", { output: "instead" });
    expect(run.work("c")).toMatchObject({ request: { shell: { values: expect.anything() } } });
    expect(run.node("a")).toMatchObject({ end: "failed", satisfied: true, outcome: { ok: false } });
    run.ok("c");
    expect(run.status).toBe("degraded");
  });

  it("fails the block when it fails itself", () => {
    const run = withFallback();
    run.fail("a");
    run.fail("f");
    expect(run.ends).toEqual({ a: "failed", f: "failed", c: "ready" });
    expect(run.status).toBe("failed");
  });

  it("stands for several: those that failed while it ran, and those that fail later", () => {
    const run = withFallback(
      b,
      { name: "d", run: "true" },
      { name: "e", run: "true", depends_on: ["b", "d"] },
    );
    run.fail("a");
    run.fail("b");
    run.ok("f", { output: 7 });
    run.fail("d");
    expect(run.ends).toMatchObject({ a: "failed", b: "failed", d: "failed", f: "verified", e: "running" });
    run.ok("c");
    run.ok("e");
    expect(run.status).toBe("degraded");
    expect(run.state.tolerated).toBe(3);
  });

  it("lets what needs the step go on when the fallback was skipped", () => {
    const run = new CoreRun(
      parallelOf(
        [a, { name: "f", run: "true", when: "false" }, { name: "c", run: "true", depends_on: ["a"] }],
        {
          chain: { error_strategy: { fallback: "f" } },
        },
      ),
    );
    run.fail("a");
    expect(run.ends).toEqual({ a: "failed", f: "skipped", c: "running" });
  });

  it("sees how the step failed, and what had ended before that step began", () => {
    const steps: Json[] = [
      { name: "x", run: "true" },
      { name: "m", run: "true", depends_on: ["x"] },
      { name: "a", run: "true", depends_on: ["m"], error_strategy: { fallback: "f" } },
      { name: "f", run: "echo ${{ a.error }} ${{ x.output }}" },
    ];
    const run = new CoreRun(parallelOf(steps));
    run.ok("x", { output: "early" });
    run.ok("m");
    run.fail("a", { message: "no luck" });
    expect(run.owed).toEqual(["perform f"]);
    const { request } = run.work("f") as { request: { shell: { values: object } } };
    expect(Object.values(request.shell.values)).toEqual(["no luck", "early"]);
  });

  it("is blocked, and so is what needs the step, when something it needs failed", () => {
    const steps: Json[] = [
      { name: "b", run: "true", error_strategy: "continue_on_failure" },
      { name: "a", run: "true", when: "b.status == 'failed'", error_strategy: { fallback: "f" } },
      { name: "f", run: "true", depends_on: ["b"] },
      { name: "c", run: "true", depends_on: ["a"] },
    ];
    const run = new CoreRun(parallelOf(steps));
    run.fail("b");
    run.fail("a");
    expect(run.ends).toEqual({ b: "failed", a: "failed", f: "blocked", c: "blocked" });
    expect(run.status).toBe("degraded");
  });
});
