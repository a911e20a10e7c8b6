import { expect, it } from "vitest";
import { buildPlan } from "../core/plan.ts";
import { loadObject } from "../language/load.ts";
import { groupsPlan } from "./plan-groups.ts";

it("names the steps that begin side by side and work with the same", () => {
  const ask = (name: string, more: object = {}) => ({ name, prompt: name, ...more });
  const { workflow } = loadObject({
    name: "w",
    chain: {
      steps: [
        {
          name: "both",
          parallel: "all",
          steps: [ask("a", { preamble: "p" }), ask("b"), ask("c", { preamble: "p" })],
        },
        { name: "later", parallel: "all", steps: [ask("x"), ask("y"), ask("z", { depends_on: "x" })] },
        ask("last"),
      ],
    },
  });
  if (!workflow) throw new TypeError("not loaded");
  const plan = buildPlan(workflow, { expectedMs: {} });
  expect(groupsPlan(plan, () => false)).toEqual({
    groups: [
      { kind: "agent", preamble: true, steps: ["both/a", "both/c"] },
      { kind: "agent", steps: ["later/x", "later/y"] },
    ],
  });
  expect(groupsPlan(plan, (address) => address === "both/a" || address.startsWith("later"))).toEqual({});
});
