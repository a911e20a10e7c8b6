import { describe, expect, it } from "vitest";
import { loadOneLine, type OneLineFlags } from "./one-line.ts";
import type { Step } from "./workflow.ts";

function swarmIn(text: string, options: OneLineFlags = {}) {
  const { workflow, problems } = loadOneLine("swarm", text, { task: "do it", ...options });
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

  it.each([
    ["a → → b", "there is no agent at this place"],
    ["a → [!, ?]", "there is no agent at this place"],
    [
      "coordinator: plan → specialists: [a, b → aggregator: merge",
      'the list in "specialists: [a, b → aggregator: merge" has no "]"',
    ],
    ["hub: ask → spokes: [a, b] now", '"spokes: [a, b] now" is no list such as "[a, b]"'],
    ["peers: [a] [b", '"peers: [a] [b" is no list such as "[a, b]"'],
    ["a, b] → c", '"a, b]" is no list such as "[a, b]"'],
    ["hub: ask → spokes", '"spokes" does not say in a list which agents these are'],
    ["hub → spokes", '"spokes" does not say in a list which agents these are'],
    ["peers: a, b", '"peers: a, b" does not say in a list which agents these are'],
    [
      "coordinator: plan → specialists: [a, b] → polish",
      'nothing says what "polish" is to the agents before it',
    ],
    ["peers [ann, bob]", '"peers [ann, bob]" has no ":" between what these agents are and their list'],
    [
      "a → [b, c] → d",
      'nothing says what the agents of "[b, c]" are: a row without labels has one agent at each place',
    ],
    [
      "coordinator → [a, b] → aggregator",
      'nothing says what the agents of "[a, b]" are: a row without labels has one agent at each place',
    ],
    ["peers: [a, b] → c", 'nothing says what "c" is to the agents before it'],
  ])("%s cannot be read, and it says why", (text, what) => {
    const { problems } = loadOneLine("swarm", text, { task: "do it" });
    expect(problems).toMatchObject([{ code: "USAGE", message: `Cannot read the swarm: ${what}` }]);
  });

  it("takes a list without a label where the topology is said", () => {
    expect(swarmIn("coordinator → [a, b] → aggregator", { topology: "hierarchical" }).topology).toBe(
      "hierarchical",
    );
    expect(swarmIn("[a, b]", { topology: "mesh" }).topology).toBe("mesh");
  });

  it("has one task, and not another by another word", () => {
    const { problems } = loadOneLine("swarm", "a → b", { task: "A", target: "B" });
    expect(problems).toMatchObject([{ code: "USAGE", fix: "write one of them" }]);
  });

  it("names agents whose names have no letters that a name may have, and leaves these in their roles", () => {
    const told = textOf(swarmIn("peers: [安全, скорость: меряет, größe, 7]").steps);
    for (const line of ["- agent_1: 安全", "- agent_2: меряет", "- gr_e: größe", "- agent_4: 7"])
      expect(told).toContain(line);
  });

  it("has a task: what who leads it is to do, or else what it is told", () => {
    expect(loadOneLine("swarm", "coordinator: plan [all] → specialists: [a, b]").problems).toEqual([]);
    for (const text of ["a → b", "peers: [a, b]"])
      expect(loadOneLine("swarm", text, {}).problems).toMatchObject([
        {
          code: "USAGE",
          message: "Cannot use the swarm: nothing says what its agents work on",
          fix: 'add --task "…"',
        },
      ]);
  });

  it("takes its task as it stands, whatever it looks like", () => {
    const { workflow } = loadOneLine("swarm", "a → b", { target: "why is ${ x } ${HOME}?" });
    expect(JSON.stringify(workflow)).toContain("why is $${ x } $${HOME}?");
  });
});
