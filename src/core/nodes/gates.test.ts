import { describe, expect, it } from "vitest";
import type { Json } from "../../expression/json.ts";
import { CoreRun, parallelOf } from "../../testing/core-run.ts";

function gated(gates: Json, rest: Record<string, Json> = {}): CoreRun {
  return new CoreRun(parallelOf([{ name: "a", run: "true", gates, ...rest }]));
}

describe("gates after a step", () => {
  it("run one after another, and the step is verified when all held", () => {
    const run = gated([{ run: "./one" }, { check: "a.exit_code == 0" }, { run: "./two" }]);
    run.ok("a", { exitCode: 0 });
    expect(run.owed).toEqual(["gate a!after0"]);
    expect(run.work("a")).toMatchObject({ id: "a@0.1!after0", gate: { name: "./one", level: "blocking" } });
    run.ok("a", { exitCode: 0 });
    expect(run.owed).toEqual(["gate a!after2"]);
    run.ok("a", { exitCode: 0, stdout: "fine", artifacts: { stdout: "sha256:1" } });
    expect(run.ends).toEqual({ a: "verified" });
    expect(run.node("a").gateResults.map(({ passed, evidence }) => ({ passed, evidence }))).toEqual([
      { passed: true, evidence: { exit_code: 0, output: "" } },
      { passed: true, evidence: { expression: "a.exit_code == 0", value: true } },
      { passed: true, evidence: { exit_code: 0, output: "fine", artifacts: { stdout: "sha256:1" } } },
    ]);
  });

  it("fail the step, and say what did not hold", () => {
    const run = gated([{ run: "./check" }]);
    run.ok("a");
    run.fail("a", {}, { exitCode: 2 });
    expect(run.node("a").failure).toMatchObject({
      code: "GATE_FAILED",
      message: 'Cannot pass the gate "./check": exit status 2',
      fix: "see the evidence: tutti show r1 a",
    });
  });

  it("keep the line that was run beside a name of their own", () => {
    const run = gated([{ run: "./check ${{ run.id }}", name: "sound" }, { check: "true" }]);
    run.ok("a");
    run.fail("a", {}, { exitCode: 2 });
    expect(run.node("a").gateResults).toMatchObject([
      { passed: false, evidence: { run: "./check ${{ run.id }}", exit_code: 2, output: "" } },
    ]);
  });

  it("fail closed: not true, not to be evaluated, not started", () => {
    const run = new CoreRun(
      parallelOf(
        [
          { name: "text", run: "true", gates: [{ check: "dyn('yes')" }] },
          { name: "broken", run: "true", gates: [{ check: "broken.output.missing" }] },
          { name: "line", run: "true", gates: [{ run: "test ${{ line.output.missing }}" }] },
          { name: "absent", run: "true", gates: [{ run: "./check" }] },
        ],
        { chain: { error_strategy: "continue_on_failure" } },
      ),
    );
    for (const name of ["text", "broken", "line", "absent"]) run.ok(name, { output: {} });
    run.fail("absent", { message: "no such file" });
    expect(run.ends).toEqual({ text: "failed", broken: "failed", line: "failed", absent: "failed" });
    expect(run.node("text").failure?.message).toContain(`dyn('yes') gave "yes"`);
    expect(run.node("absent").failure?.message).toContain("no such file");
  });

  it("go on when they are only advisory", () => {
    const run = gated([
      { check: "false", level: "advisory" },
      { run: "./check", level: "advisory" },
    ]);
    run.ok("a");
    run.fail("a", {}, { exitCode: 1 });
    expect(run.ends).toEqual({ a: "verified" });
    expect(run.node("a").gateResults.map(({ passed }) => passed)).toEqual([false, false]);
  });

  it("are tolerated like other failures, but not at the level maximum", () => {
    const after = (level: string) => {
      const run = gated([{ check: "false", level }], { error_strategy: "continue_on_failure" });
      run.ok("a");
      return run.status;
    };
    expect(after("blocking")).toBe("degraded");
    expect(after("maximum")).toBe("failed");
  });

  it("hand the step its own failure back, for as many rounds as they say", () => {
    const run = gated([{ run: "./check", retry: 2 }]);
    for (const round of [1, 2]) {
      run.ok("a");
      run.fail("a", {}, { exitCode: 1, stdout: `${"x".repeat(9000)} line ${round}` });
      expect(run.node("a")).toMatchObject({ rounds: round, retries: 0 });
      run.fire("retrying:a");
      const { request } = run.work("a") as { request: { feedback: string } };
      expect(request.feedback).toMatch(/^The gate "\.\/check" did not hold: exit status 1\nx/);
      expect(request.feedback).toMatch(new RegExp(` line ${round}$`));
      expect(request.feedback.length).toBeLessThan(8100);
    }
    run.ok("a");
    run.fail("a", {}, { exitCode: 1 });
    expect(run.ends).toEqual({ a: "failed" });
  });

  it("keep their feedback when the next attempt has to be retried for another reason", () => {
    const run = gated([{ check: "a.attempts == 3", retry: 1 }], { retry: { max: 1, on: ["transient"] } });
    run.ok("a");
    run.fire("retrying:a");
    run.fail("a", { class: "transient" });
    run.fire("retrying:a");
    expect(run.work("a")).toMatchObject({ request: { feedback: expect.stringContaining("did not hold") } });
    run.ok("a");
    expect(run.ends).toEqual({ a: "verified" });
  });

  it("take the step's own word for a claim, and mark it as that", () => {
    const claim = (output?: Json) => {
      const run = new CoreRun(
        parallelOf([{ name: "a", agent: "mock", prompt: "hi", gates: [{ claim: "safe" }] }]),
      );
      run.ok("a", output === undefined ? {} : { output });
      return run;
    };
    expect(claim({ quality_metrics: { safe: true } }).ends).toEqual({ a: "claimed" });
    for (const output of [
      undefined,
      "yes",
      {},
      { quality_metrics: 1 },
      { quality_metrics: {} },
      { quality_metrics: { safe: "very" } },
    ])
      expect(claim(output).ends, JSON.stringify(output)).toEqual({ a: "failed" });
    expect(claim({ quality_metrics: { safe: "very" } }).node("a").failure?.message).toContain(
      `the step's own report says "very"`,
    );
  });

  it("are run again, as the same effect, when the process died meanwhile", () => {
    const run = gated([{ run: "./check" }]);
    run.ok("a");
    const { id } = run.work("a");
    run.crash();
    expect(run.work("a").id).toBe(id);
    run.ok("a");
    expect(run.status).toBe("completed");
  });

  it("end the step when they were cancelled", () => {
    const run = gated([{ run: "./check" }]);
    run.ok("a");
    run.give({ type: "cancel" });
    run.fail("a", { code: "CANCELLED", class: "cancelled" });
    expect(run.ends).toEqual({ a: "cancelled" });
    expect(run.node("a").gateResults).toMatchObject([{ passed: false, evidence: { error: "cancelled" } }]);
    expect(run.status).toBe("cancelled");
  });

  it("stop the run when it is tutti's own store that failed, whatever their level, and run again after a resume", () => {
    const run = gated([{ run: "./check", level: "advisory", retry: 2 }], {
      error_strategy: "continue_on_failure",
    });
    run.ok("a");
    run.fail("a", { code: "STORE_FULL", message: "Cannot write: the disk is full" });
    expect(run.node("a").failure).toMatchObject({ code: "STORE_FULL" });
    expect(run.node("a").gateResults).toMatchObject([
      { passed: false, evidence: { error: "Cannot write: the disk is full" } },
    ]);
    expect(run.status).toBe("failed");
    expect(run.state.reason).toBe('"a" failed: Cannot write: the disk is full');
    run.give({ type: "restart" });
    run.ok("a");
    run.ok("a", { exitCode: 0 });
    expect(run.status).toBe("completed");
  });

  it("give no further round to a run that is being cancelled", () => {
    const run = gated([{ run: "./check", retry: 3 }]);
    run.ok("a");
    run.give({ type: "cancel" });
    run.fail("a", {}, { exitCode: 1 });
    expect(run.ends).toEqual({ a: "failed" });
  });
});

describe("gates before a step", () => {
  it("keep it from being started", () => {
    const checked = new CoreRun(parallelOf([{ name: "a", run: "true", before: [{ check: "false" }] }]));
    expect(checked.node("a")).toMatchObject({ end: "failed", attempt: 0 });
    const run = new CoreRun(parallelOf([{ name: "a", run: "true", before: [{ run: "./ready" }] }]));
    expect(run.owed).toEqual(["gate a!before0"]);
    run.fail("a", {}, { exitCode: 1 });
    expect(run.node("a")).toMatchObject({ end: "failed", attempt: 0 });
  });

  it("run one after another, then the step", () => {
    const before = [{ run: "./one" }, { check: "true" }, { run: "./two", level: "advisory" }];
    const run = new CoreRun(parallelOf([{ name: "a", run: "true", before, locks: ["l"] }]));
    run.ok("a");
    expect(run.owed).toEqual(["gate a!before2"]);
    run.fail("a");
    expect(run.owed).toEqual(["perform a"]);
    run.ok("a");
    expect(run.status).toBe("completed");
    expect(run.node("a").gateResults).toHaveLength(3);
  });

  it("start nothing when the run was paused meanwhile", () => {
    const run = new CoreRun(
      parallelOf([{ name: "a", run: "true", before: [{ run: "./ready" }], locks: ["l"] }]),
    );
    run.give({ type: "pause" });
    run.ok("a");
    expect(run.owed).toEqual([]);
    expect(run.status).toBe("paused");
    run.crash();
    run.give({ type: "resume" });
    expect(run.owed).toEqual(["perform a"]);
  });

  it("start nothing when the run is being cancelled, or the block has stopped", () => {
    const cancelled = new CoreRun(parallelOf([{ name: "a", run: "true", before: [{ run: "./ready" }] }]));
    cancelled.give({ type: "cancel" });
    cancelled.ok("a");
    expect(cancelled.ends).toEqual({ a: "cancelled" });
    expect(cancelled.status).toBe("cancelled");
    const stopped = new CoreRun(
      parallelOf([
        { name: "a", run: "true", before: [{ run: "./ready" }] },
        { name: "b", run: "true" },
      ]),
    );
    stopped.fail("b");
    stopped.ok("a");
    expect(stopped.ends).toEqual({ a: "cancelled", b: "failed" });
    expect(stopped.status).toBe("failed");
  });

  it("drop a result that comes twice", () => {
    const run = new CoreRun(parallelOf([{ name: "a", run: "true", before: [{ run: "./ready" }] }]));
    const { id } = run.work("a");
    run.ok("a");
    expect(run.give({ type: "outcome", effect: id, outcome: { ok: false } })).toMatchObject([
      { type: "effect.dropped", effect: id },
    ]);
    expect(run.owed).toEqual(["perform a"]);
  });
});
