import { expect, it } from "vitest";
import { runView } from "../../../test/cli/views.ts";
import type { PlanReport } from "../../verbs/plan.ts";
import { estimateLine } from "./plan.ts";

const report: PlanReport = {
  name: "demo",
  steps: 1,
  fallbacks: 0,
  blocks: [],
  parts: [],
  predictedMs: 1000,
  workMs: 1000,
  timed: 1,
  known: 1,
  cost: { knownUsd: 0, unknownSteps: 0, agentSteps: 0, repeatedSteps: 0, capUsd: 1 },
  limits: runView([]).limits,
};

it("the estimate before a resume is that of the whole, and says so", () => {
  expect(estimateLine(report)[1]).toMatch(/^: 1 step \(no agent\) · about 1s/);
  expect(estimateLine(report, { again: true })[1]).toMatch(/^, were nothing reused: 1 step \(no agent\)/);
});
