import { expect, it } from "vitest";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { viewOf } from "./view.ts";

const asks = ["one", "two", "three"].map((name) => ({ name, approval: `${name}?` }));

it("a run that several people are asked in names the first and how many there are besides", () => {
  const run = new CoreRun(workflowOf({ chain: [{ name: "all", parallel: true, steps: asks }] }));
  expect(viewOf(run.state).reason).toBe('an answer to "all/one", and 2 more: tutti asks r1');
  run.give({ type: "answer", address: "all/one", value: true, by: "ann" });
  expect(viewOf(run.state).reason).toBe('an answer to "all/two", and 1 more: tutti asks r1');
  run.give({ type: "answer", address: "all/two", value: true, by: "ann" });
  expect(viewOf(run.state).reason).toBe('an answer to "all/three"');
});

it("a run that waits for a time and for people names the people", () => {
  const steps = [{ name: "pause", wait: "1h" }, ...asks.slice(0, 1)];
  const run = new CoreRun(workflowOf({ chain: [{ name: "all", parallel: true, steps }] }));
  expect(viewOf(run.state).reason).toBe('an answer to "all/one"');
});
