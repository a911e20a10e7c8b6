import { expect, it } from "vitest";
import { loadObject } from "../language/load.ts";
import { memoryPlan } from "./plan-memory.ts";

it("names who shares which memory", () => {
  const output = { type: "object" };
  const { workflow } = loadObject({
    name: "w",
    memory: "notes",
    chain: {
      steps: [
        { name: "a", prompt: "x", output },
        { name: "both", steps: [{ name: "b", prompt: "x", memory: { name: "notes", write: false } }] },
        { name: "c", command: "/task", output, memory: { name: "own", read: false } },
        { name: "d", run: "true" },
      ],
    },
  });
  if (!workflow) throw new TypeError("not loaded");
  expect(memoryPlan(workflow, () => false)).toEqual({
    memories: [
      { name: "notes", read: ["a", "both/b"], written: ["a"] },
      { name: "own", read: [], written: ["c"] },
    ],
  });
  expect(memoryPlan(workflow, () => true)).toEqual({});
});
