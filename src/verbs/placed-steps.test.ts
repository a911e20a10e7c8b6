import { describe, expect, it } from "vitest";
import { buildPlan } from "../core/plan.ts";
import { chainOf, stepOf, workflowWith } from "../testing/holders.ts";
import { commandsOf } from "./command-names.ts";
import { placeOf } from "../core/place.ts";
import { placedSteps } from "./placed-steps.ts";

const one = chainOf([stepOf("a")]);
const task = stepOf("task", { kind: "command", command: "/task", params: "" });
const workflow = workflowWith([
  stepOf("route", {
    kind: "branch",
    ways: [
      { name: "then", when: "true", chain: one },
      { name: "else", chain: chainOf([task]) },
    ],
  }),
  stepOf("polish", { kind: "loop", chain: one, max: 2, otherwise: "accept" }),
  stepOf("review", {
    kind: "each",
    items: "${ [1] }",
    as: "item",
    chain: chainOf([stepOf("group", { kind: "chain", chain: one })]),
  }),
]);

describe("the steps of a workflow", () => {
  it("have an address wherever they lie, the same for every round and item", () => {
    expect(placedSteps(workflow.chain).map(({ address }) => address)).toEqual([
      "route",
      "route/then/a",
      "route/else/task",
      "polish",
      "polish#/a",
      "review",
      "review[]/group",
      "review[]/group/a",
    ]);
  });

  it("are predicted under that address", () => {
    for (const address of ["route/then/a", "polish#/a", "review[]/group/a"]) {
      const { root } = buildPlan(workflow, { expectedMs: { [address]: 123_456 } });
      expect(root.schedule.makespanMs).toBeGreaterThanOrEqual(123_456);
    }
  });

  it("are found for a node by its address, whatever the item is called", () => {
    expect(placeOf("review[a/b#2]/group/a")).toBe("review[]/group/a");
    expect(placeOf("polish#12/review[x]")).toBe("polish#/review[]");
    expect(placeOf("route/then/a")).toBe("route/then/a");
  });

  it("name their commands", () => {
    expect([...commandsOf(workflow.chain)]).toEqual(["/task"]);
  });
});
