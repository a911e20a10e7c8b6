import { describe, expect, it } from "vitest";
import type { Json } from "../../expression/json.ts";
import { CoreRun, workflowOf } from "../../testing/core-run.ts";

const steps = [
  { name: "a", run: "true" },
  { name: "b", run: "true" },
];

function ended(gates: Json, chain: Json = steps): CoreRun {
  return new CoreRun(workflowOf({ name: "w", chain, gates }));
}

describe("the gates of a run", () => {
  it("are checked when all else has ended well; the run is completed when they hold", () => {
    const run = ended([{ run: "./check" }, { check: "a.exit_code == 0" }]);
    run.ok("a", { exitCode: 0 });
    expect(run.owed).toEqual(["perform b"]);
    run.ok("b");
    expect(run.owed).toEqual(["gate gates!before0"]);
    run.ok("gates");
    expect(run.status).toBe("completed");
    expect(run.ends).toEqual({ a: "verified", b: "verified", gates: "verified" });
  });

  it("fail the run when one does not hold, whatever the chain tolerates", () => {
    const run = ended([{ check: "a.exit_code == 1" }], { error_strategy: "continue_on_failure", steps });
    run.ok("a", { exitCode: 0 });
    run.ok("b");
    expect(run.status).toBe("failed");
    expect(run.node("gates").failure).toMatchObject({ code: "GATE_FAILED" });
  });

  it("leave the run degraded when one that is advisory does not hold", () => {
    const run = ended([{ check: "false", level: "advisory" }, { check: "true" }]);
    run.ok("a");
    run.ok("b");
    expect(run.status).toBe("degraded");
    expect(run.node("gates").failure?.message).toBe('Not held at the end of the run: "false"');
  });

  it("are not checked when a step failed", () => {
    const run = ended([{ run: "./check" }]);
    run.fail("a");
    expect(run.status).toBe("failed");
    expect(run.owed).toEqual([]);
  });

  it("are checked again when the run is taken up again", () => {
    const run = ended([{ check: "a.exit_code == 0" }, { run: "./check" }]);
    run.ok("a", { exitCode: 0 });
    run.ok("b");
    run.fail("gates", {}, { exitCode: 1 });
    expect(run.status).toBe("failed");
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["gate gates!before1"]);
    run.ok("gates");
    expect(run.status).toBe("completed");
  });

  it("look at files no older than the run", () => {
    const run = ended([{ coverage: { file: "lcov.info", lines: 1 } }]);
    run.ok("a");
    run.ok("b");
    expect(run.work("gates")).toMatchObject({
      check: { kind: "coverage", file: "lcov.info", minimum: { lines: 1 } },
      subject: { since: run.state.createdAt },
    });
  });
});
