import { describe, expect, it } from "vitest";
import { CoreRun, workflowOf } from "../../testing/core-run.ts";

describe("a value", () => {
  it("is made of what other steps gave", () => {
    const run = new CoreRun(
      workflowOf({
        name: "test",
        chain: [
          { name: "a", function: "f" },
          { name: "v", value: { of: "${ a.output }" } },
        ],
      }),
    );
    run.ok("a", { output: [1, 2] });
    expect(run.node("v")).toMatchObject({ end: "verified", outcome: { output: { of: [1, 2] } } });
    expect(run.status).toBe("completed");
  });

  it("fails when it cannot be made, or is larger than an output may be", () => {
    const bad = new CoreRun(
      workflowOf({ name: "test", inputs: { x: "string" }, chain: [{ name: "v", value: "${ inputs.x.y }" }] }),
      { inputs: { x: "1" } },
    );
    expect(bad.node("v").failure?.code).toBe("EXPRESSION_FAILED");
    const large = workflowOf({
      name: "test",
      inputs: { x: "string" },
      limits: { output: 100 },
      chain: [{ name: "v", value: "${ inputs.x }" }],
    });
    expect(new CoreRun(large, { inputs: { x: "y".repeat(101) } }).node("v").failure?.message).toContain(
      "larger than",
    );
  });

  it("is the output of the block that gives it", () => {
    const inner = {
      name: "g",
      gives: "v",
      steps: [
        { name: "a", function: "f" },
        { name: "v", value: "${ a.output }" },
      ],
    };
    const run = new CoreRun(
      workflowOf({ name: "test", chain: [inner, { name: "b", function: "f", args: "${ g.output }" }] }),
    );
    run.ok("g/a", { output: 7 });
    expect(run.work("b")).toMatchObject({ request: { args: 7 } });
  });

  it("goes on where its process died before what follows from it", () => {
    const run = new CoreRun(workflowOf({ name: "test", chain: [{ name: "v", value: 1 }] }));
    const ended = run.events.findIndex(({ type }) => type === "attempt.ended");
    run.crash(ended + 1);
    expect(run.status).toBe("completed");
  });
});
