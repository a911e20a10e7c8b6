import { expect, it } from "vitest";
import { loadWorkflow } from "../src/language/load.ts";
import { bigWorkflowText } from "./big-file.ts";

it("is a file without a mistake, with steps of every kind", () => {
  const { workflow, problems } = loadWorkflow(bigWorkflowText(50));
  expect(problems).toEqual([]);
  expect(workflow?.chain.steps).toHaveLength(50);
  expect(workflow?.chain.steps.filter((step) => step.needs.length > 0).length).toBeGreaterThan(30);
});
