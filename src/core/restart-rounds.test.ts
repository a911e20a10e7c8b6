import { expect, it } from "vitest";
import { CoreRun, workflowOf } from "../testing/core-run.ts";

it("runs later rounds again that only an earlier life came to", () => {
  const work = { name: "work", agent: "mock", prompt: "go" };
  const chain = [
    { name: "l", repeat: 3, steps: [work] },
    { name: "after", run: "true" },
  ];
  const run = new CoreRun(workflowOf({ name: "w", limits: { time: "1h" }, chain }));
  for (const round of [1, 2, 3]) run.ok(`l#${round}/work`);
  run.fail("after");
  run.give({ type: "restart", from: "l#1/work" });
  run.give({ type: "cancel" });
  run.ok("l#1/work");
  expect(run.status).toBe("cancelled");
  run.give({ type: "restart", from: "l#1/work" });
  run.ok("l#1/work");
  expect(run.owed).toEqual(["perform l#2/work"]);
});
