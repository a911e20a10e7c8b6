import { describe, expect, it } from "vitest";
import type { Json } from "../../expression/json.ts";
import { CoreRun, parallelOf } from "../../testing/core-run.ts";

const full = { code: "STORE_FULL", message: "Cannot write: the disk is full" } as const;
const others: Json[] = [
  { name: "b", run: "true" },
  { name: "c", run: "true", depends_on: ["b"] },
];

describe("a fault of tutti's own store", () => {
  it("is not tolerated as a failure of the step is: the run stops, and a resume runs the step again", () => {
    const run = new CoreRun(
      parallelOf([{ name: "a", run: "true" }, ...others], {
        chain: { error_strategy: "continue_on_failure" },
      }),
    );
    run.fail("a", full);
    run.ok("b");
    expect(run.ends).toEqual({ a: "failed", b: "verified", c: "ready" });
    expect(run.status).toBe("failed");
    expect(run.state.reason).toBe('"a" failed: Cannot write: the disk is full');
    expect(run.state.tolerated).toBe(0);
    run.give({ type: "restart" });
    run.ok("a");
    run.ok("c");
    expect(run.status).toBe("completed");
  });

  it("wakes no fallback", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", run: "true", error_strategy: { fallback: "f" } },
        { name: "f", run: "true" },
      ]),
    );
    run.fail("a", full);
    expect(run.ends).toEqual({ a: "failed", f: "pending" });
    expect(run.status).toBe("failed");
  });

  it("is tolerated by no block around its own either, whatever else failed there", () => {
    const inner: Json[] = [
      { name: "x", run: "true" },
      { name: "y", run: "true" },
    ];
    const run = new CoreRun(
      parallelOf([{ name: "g", parallel: "all", steps: inner, error_strategy: "continue_on_failure" }]),
    );
    run.fail("g/x");
    run.fail("g/y", full);
    expect(run.node("g").failure).toMatchObject({ code: "STORE_FULL" });
    expect(run.status).toBe("failed");
  });
});
