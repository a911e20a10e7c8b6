import { describe, expect, it } from "vitest";
import { loadOneLine, type OneLineFlags } from "./one-line.ts";
import type { Step } from "./workflow.ts";

function swarmIn(text: string, options: OneLineFlags = {}) {
  const { workflow, problems } = loadOneLine("swarm", text, options);
  expect(problems).toEqual([]);
  const step = workflow?.chain.steps[0];
  const action = step?.action;
  if (action?.kind !== "chain") throw new Error("it is no swarm");
  return { name: step?.name, topology: action.swarm, steps: action.chain.steps, workflow };
}

const textOf = (steps: readonly Step[]): string => JSON.stringify(steps);

describe("a swarm in one line", () => {
  it.each([
    ["coordinator: task breakdown → specialists: [sec, speed] → aggregator: merge", "hierarchical"],
    ["coordinator: plan -> specialists: [sec, speed]", "hierarchical"],
    ["hub: ask → spokes: [a, b]", "star"],
    ["peers: [a, b, c]", "mesh"],
    ["a → b => c", "pipeline"],
  ])("%s is a %s", (text, topology) => {
    expect(swarmIn(text).topology).toBe(topology);
  });

  it("has agents with roles, or that are slash commands, each with a name of its own", () => {
    const { steps } = swarmIn("coordinator: /plan → workers: [sec: looks for holes, 'speed', /task, sec]");
    const told = textOf(steps);
    expect(told).toContain("- coordinator: coordinator");
    expect(told).toContain("- sec: looks for holes");
    expect(told).toContain("- speed: speed");
    expect(told).toContain("- sec_2: sec");
    expect(told).toContain("- task: task");
  });

  it("takes its task, its arrangement and its limits from options", () => {
    const { steps, topology, workflow } = swarmIn("peers: [a, b]", {
      task: "which colour?",
      rounds: "2",
      communication: "asynchronous",
      parallelLimit: "1",
      name: "colours",
    });
    expect(topology).toBe("mesh");
    expect(textOf(steps)).toContain("which colour?");
    expect(textOf(steps)).toContain("of at most 2");
    expect(JSON.stringify(workflow)).toContain("agents of swarm 1");
    expect(workflow?.name).toBe("colours");
    expect(swarmIn("a → b", { topology: "mesh" }).topology).toBe("mesh");
  });

  it("says where an agent is missing", () => {
    const { problems } = loadOneLine("swarm", "a → → b");
    expect(problems).toMatchObject([
      { code: "USAGE", message: "Cannot read the swarm: there is no agent at this place" },
    ]);
  });
});
