import { expect, it } from "vitest";
import type { JsonObject } from "../expression/json.ts";
import { loadObject } from "../language/load.ts";
import type { Workflow } from "../language/workflow.ts";
import { undoPlanOf } from "./plan-undo.ts";

function loaded(value: JsonObject, workflows: Readonly<Record<string, Workflow>> = {}): Workflow {
  const { workflow, problems } = loadObject(value, { workflows });
  if (!workflow) throw new Error(problems.map(({ message }) => message).join("\n"));
  return workflow;
}

it("names what is undone: steps, called workflows as a whole, and runs inside that take something back", () => {
  const step = { name: "a", run: "x", undo: "y" };
  const workflows = {
    "./steps.yaml": loaded({ name: "s", chain: [step] }),
    "./whole.yaml": loaded({ name: "w", chain: [step], undo: "z" }),
    "./none.yaml": loaded({ name: "n", chain: [{ run: "x" }] }),
  };
  const calls = Object.keys(workflows).flatMap((workflow, at) => [
    { name: `inline${at}`, workflow },
    { name: `child${at}`, workflow, mode: "child" },
  ]);
  const workflow = loaded(
    { name: "p", chain: [step, ...calls, { ...step, name: "no" }], undo: "u" },
    workflows,
  );
  expect(undoPlanOf(workflow, (address) => address === "no")).toEqual({
    undoable: ["a", "inline0/a", "child0", "inline1", "child1"],
    undoesWhole: true,
  });
  expect(undoPlanOf(workflows["./none.yaml"], () => false)).toEqual({});
});
