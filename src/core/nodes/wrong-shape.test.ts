import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../expression/json.ts";
import type { Request } from "../effects.ts";
import { CoreRun, parallelOf } from "../../testing/core-run.ts";

function requestAfterWrongShape(step: JsonObject): Request | undefined {
  const run = new CoreRun(parallelOf([{ name: "a", retry: { max: 2, on: ["failure"] }, ...step }]));
  run.fail("a", { code: "OUTPUT_SHAPE", message: "x is no number", class: "failure" });
  run.fire("retrying:a");
  const work = run.work("a");
  return work.type === "perform" ? work.request : undefined;
}

describe("a step whose answer has a wrong shape", () => {
  it("is asked again, and an agent is told what was wrong", () => {
    expect(requestAfterWrongShape({ agent: "mock", prompt: "hi" })).toMatchObject({
      feedback: "x is no number",
    });
    expect(requestAfterWrongShape({ run: "true" })).not.toHaveProperty("feedback");
  });
});
