import { describe, expect, it } from "vitest";
import { CoreRun, workflowOf } from "../../testing/core-run.ts";

describe("why a block failed", () => {
  it("is the failure that stopped it, not one before that was tolerated", () => {
    const run = new CoreRun(
      workflowOf({
        chain: [
          { name: "a", run: "a", error_strategy: "continue_on_failure" },
          { name: "b", run: "b" },
        ],
      }),
    );
    run.fail("a", { message: "a broke" });
    run.fail("b", { message: "b broke" });
    expect(run.state.reason).toBe('"b" failed: b broke');
  });

  it("is the fallback's failure when that fails too", () => {
    const run = new CoreRun(
      workflowOf({
        chain: [
          { name: "a", run: "a", error_strategy: { fallback: "b" } },
          { name: "b", run: "b" },
        ],
      }),
    );
    run.fail("a", { message: "a broke" });
    run.fail("b", { message: "b broke" });
    expect(run.state.reason).toBe('"b" failed: b broke');
  });
});
