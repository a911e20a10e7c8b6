import { expect, it } from "vitest";
import { runView } from "../../../test/cli/views.ts";
import type { PlanReport } from "../../verbs/plan.ts";
import { estimateLine, leftLine } from "./plan.ts";

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
  cost: { knownUsd: 0, unknownSteps: 0, agentSteps: 0, repeatedSteps: 0, judges: 0, capUsd: 1 },
  limits: runView([]).limits,
};

it("the estimate before a resume is that of what is left, with what was spent", () => {
  expect(estimateLine(report)[1]).toMatch(/^: 1 step \(no agent\) · about 1s/);
  const left = { ...report, spent: { costUsd: 0, unknownCosts: 0, agents: 0 } };
  expect(leftLine(left)[1]).toMatch(/^: 1 step left \(no agent\) · about 1s \(.*\) · costs nothing · caps: /);
  const spent = { costUsd: 1.5, unknownCosts: 0, agents: 2 };
  expect(leftLine({ ...report, spent })[1]).toContain("· costs nothing · spent so far: $1.50 · caps: ");
  expect(leftLine({ ...report, steps: 0, spent })[1]).toBe(": no step is left · spent so far: $1.50");
});

it.each([
  [{ agentSteps: 0, judges: 0 }, "(no agent)", "costs nothing"],
  [{ agentSteps: 0, judges: 1, unknownSteps: 1 }, "(1 judge)", "cost unknown"],
  [{ agentSteps: 1, judges: 2, unknownSteps: 3 }, "(1 asks an agent, 2 judges)", "cost unknown"],
  [
    { agentSteps: 2, judges: 1, unknownSteps: 1, knownUsd: 0.5 },
    "(2 ask an agent, 1 judge)",
    "about $0.50 and 1 unknown price",
  ],
])("the estimate counts those who judge: %j", (cost, who, price) => {
  const [, text] = estimateLine({ ...report, cost: { ...report.cost, ...cost } }) as readonly [
    unknown,
    string,
  ];
  expect(text).toContain(who);
  expect(text).toContain(price);
});
