import { describe, expect, it } from "vitest";
import { loadObject } from "../load.ts";
import type { Workflow } from "../workflow.ts";

function loaded(value: unknown): Workflow {
  const { workflow, problems } = loadObject(value);
  if (!workflow) throw new Error(problems.map(({ message }) => message).join("\n"));
  return workflow;
}

const other = loaded({
  name: "other",
  agent: "mock",
  env: { WHO: "${ inputs.target }" },
  resources: { gpu: 2 },
  inputs: { target: { type: "string" }, level: { type: "integer", default: 1 } },
  chain: {
    steps: [
      { name: "say", prompt: "hello ${ inputs.target }", agent: "mock" },
      { name: "more", chain: { steps: [{ name: "deep", command: "/task", env: { OWN: "1" } }] } },
    ],
  },
});

function load(step: object, workflows: Record<string, Workflow | string> = { "./other.yaml": other }) {
  const chain = {
    steps: [
      { name: "scan", run: "x" },
      { name: "sub", ...step },
    ],
  };
  return loadObject({ name: "x", chain }, { workflows });
}

function codesOf(step: object): readonly string[] {
  return load(step).problems.map(({ code, message }) => `${code} ${message}`);
}

describe("a step that calls another workflow", () => {
  it("becomes a group with its steps, and needs what its values refer to", () => {
    const { workflow, problems, calls } = load({
      workflow: "./other.yaml",
      with: { target: "${ scan.output }" },
    });
    expect(problems).toEqual([]);
    expect(calls).toEqual(["./other.yaml"]);
    const step = workflow?.chain.steps[1];
    expect(step?.needs).toMatchObject([{ step: "scan", because: "reference" }]);
    expect(step?.action).toMatchObject({
      kind: "chain",
      call: { workflow: "other", with: { target: "${ scan.output }" }, inputs: { level: { default: 1 } } },
      chain: { steps: [{ name: "say" }, { name: "more" }] },
    });
    expect(workflow?.resources).toEqual({ gpu: 2 });
  });

  it("takes the backups of that workflow's agent with the steps that name none", () => {
    const steps = [
      { name: "own", prompt: "a", agent: "x" },
      { name: "its", prompt: "b" },
    ];
    const called = loaded({ name: "c", agent: "one", fallback_agents: ["two"], chain: { steps } });
    const action = load({ workflow: "./c.yaml" }, { "./c.yaml": called }).workflow?.chain.steps[1]?.action;
    const actions = action?.kind === "chain" ? action.chain.steps.map((step) => step.action) : [];
    expect(actions).toEqual([
      { kind: "agent", prompt: "a", agent: "x" },
      { kind: "agent", prompt: "b", agent: "one", fallbackAgents: ["two"] },
    ]);
  });

  it("takes the agent and environment of that workflow with its steps, however deep", () => {
    const action = load({ workflow: "./other.yaml", with: { target: "t" } }).workflow?.chain.steps[1]?.action;
    const more = action?.kind === "chain" ? action.chain.steps[1] : undefined;
    const deep = more?.action.kind === "chain" ? more.action.chain.steps[0] : undefined;
    expect(deep).toMatchObject({
      action: { agent: "mock", command: "/task" },
      env: { WHO: "${ inputs.target }", OWN: "1" },
    });
  });

  it("names the inputs it has not, and those that are missing", () => {
    expect(codesOf({ workflow: "./other.yaml", with: { targt: 1 } })).toEqual([
      expect.stringContaining('INPUT_UNKNOWN Cannot give "targt": the workflow "other" has no such input'),
      expect.stringContaining('INPUT_MISSING Cannot call "other": its input "target" has no value'),
    ]);
  });

  it("says why a workflow cannot be used, and what is wrong with its keys", () => {
    expect(codesOf({ workflow: "./none.yaml" })[0]).toContain("there is no such file");
    expect(load({ workflow: "./a" }, { "./a": "it has mistakes" }).problems[0]?.message).toContain(
      "it has mistakes",
    );
    expect(codesOf({ workflow: 3 })[0]).toContain("WRONG_TYPE");
    expect(codesOf({ workflow: "./other.yaml", with: 3 })[0]).toContain("WRONG_TYPE");
    const inline = { workflow: "./other.yaml", with: { target: "t" }, retry: 2 };
    expect(codesOf({ ...inline, mode: "inline" })[0]).toContain("UNKNOWN_KEY");
    expect(codesOf({ ...inline, mode: "child" })).toEqual([]);
  });

  it("may be a run of its own, with the other workflow as it is", () => {
    const child = { workflow: "./other.yaml", with: { target: "${ scan.stdout }" }, mode: "child" };
    const { workflow, problems } = load(child);
    expect(problems).toEqual([]);
    const step = workflow?.chain.steps[1];
    expect(step?.action).toEqual({
      kind: "workflow",
      workflow: other,
      with: { target: "${ scan.stdout }" },
    });
    expect(step?.needs.map((need) => need.step)).toEqual(["scan"]);
    expect(workflow?.resources).toEqual({});
    expect(codesOf({ ...child, with: { targets: "t" } })).toHaveLength(2);
  });

  it("lies at most eight deep as runs in runs, also inside what holds steps", () => {
    let workflow = other;
    const call = { workflow: "./other.yaml", with: { target: "t" }, mode: "child" };
    const nest = [
      { name: "sub", ...call },
      { name: "sub", flow: { conditions: [{ if: "true", then: [call] }] } },
      { name: "sub", chain: { steps: [call] } },
    ];
    const found = Array.from({ length: 9 }, (_, depth) => {
      const step = nest[depth % nest.length];
      const inputs = { target: { type: "string" } };
      const read = loadObject(
        { name: "other", inputs, chain: { steps: [step] } },
        { workflows: { "./other.yaml": workflow } },
      );
      workflow = read.workflow ?? workflow;
      return read.problems.map(({ message }) => message);
    });
    expect(found.slice(0, 8).flat()).toEqual([]);
    expect(found[8]).toEqual([expect.stringContaining("9 deep in each other, at most 8 may")]);
  });

  it("is refused where nobody has read the other workflow, and names it", () => {
    const { calls, problems } = loadObject({ name: "x", chain: [{ workflow: "./other.yaml" }] });
    expect(calls).toEqual(["./other.yaml"]);
    expect(problems[0]?.message).toContain("other workflows are not read here");
  });

  it("has the outputs of that workflow's steps, and no others", () => {
    const after = (name: string) =>
      loadObject(
        {
          name: "x",
          chain: {
            steps: [
              { name: "sub", workflow: "./other.yaml", with: { target: "t" } },
              { name: "end", run: `echo \${{ sub.output.${name} }}` },
            ],
          },
        },
        { workflows: { "./other.yaml": other } },
      ).problems.map(({ message }) => message);
    expect(after("say")).toEqual([]);
    expect(after("sayy")[0]).toContain('"sub.output" has no such field');
  });
});
