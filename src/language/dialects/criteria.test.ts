import { describe, expect, it } from "vitest";
import { loadWorkflow, type LoadOptions } from "../load.ts";
import type { Step, Workflow } from "../workflow.ts";

function load(text: string, options: LoadOptions = {}): Workflow | undefined {
  const { workflow, problems } = loadWorkflow(text, options);
  expect(problems.filter((problem) => problem.severity === "error")).toEqual([]);
  return workflow;
}

function commandOf(step: Step | undefined) {
  return step?.action.kind === "command" ? step.action : undefined;
}

describe("criteria of older dialects", () => {
  it("asks criteria of the whole at its end, beside gates that it has, and those of a command of this", () => {
    const workflow = load(`
workflow_id: x
gates: {run: a}
commands:
  - command: /swarm
    quality_gates: [planned]
    success_criteria: {ready: it is}
    inputs: [5, true]
    parallel_commands: [{command: /task, quality_gates: {tidy: very}, context: {a: 1}}]
  - {run: b, quality_gates: [tidy]}
success_criteria: [done]
quality_gates: [tdd_compliance]
`);
    const [swarm, group, shell, end] = workflow?.chain.steps ?? [];
    expect(swarm?.gates).toMatchObject([
      { name: "quality_gates", question: { criteria: ["planned"] } },
      { name: "success_criteria", question: { criteria: ["ready: it is"] } },
    ]);
    const told = { quality_gates: ["planned"], success_criteria: ["ready: it is"] };
    const tests = "tdd compliance: all that is new has tests, which would fail without it";
    const whole = { success_criteria: ["done"], quality_gates: [tests] };
    expect(commandOf(swarm)?.context).toEqual({ ...told, workflow: whole });
    const inner = group?.action.kind === "chain" ? group.action.chain.steps[0] : undefined;
    expect(inner?.gates).toMatchObject([{ question: { criteria: ["tidy: very"] } }]);
    expect(commandOf(inner)?.context).toMatchObject({
      a: 1,
      quality_gates: ["tidy: very"],
      workflow: whole,
      coordination: "${ swarm.output }",
    });
    expect(shell).toMatchObject({ action: { kind: "run" }, gates: [{ question: { criteria: ["tidy"] } }] });
    expect(end?.before).toMatchObject([
      { kind: "run" },
      { name: "success_criteria", question: { criteria: ["done"] } },
      { name: "quality_gates", question: { criteria: [tests] } },
    ]);
  });

  it("gives what is judged the settings' gates by name, with what is written beside them told only", () => {
    const workflow = load(
      "workflow_id: x\ncommands: [{command: /a, quality_gates: {tests: all of them}}]\nsuccess_criteria: [tests]",
      { gates: { tests: { run: "npm test" } } },
    );
    const [a, end] = workflow?.chain.steps ?? [];
    expect(a?.gates).toMatchObject([{ kind: "run", name: "tests" }]);
    expect(commandOf(a)?.context).toEqual({ quality_gates: ["tests: all of them"] });
    expect(end?.before).toMatchObject([{ kind: "run", name: "tests" }]);
  });

  it("tells nobody before what a judge is asked about what comes of a step", () => {
    const workflow = load(
      'workflow_id: x\ncommands: [{command: /a, quality_gates: {good: "see ${ a.output }"}}]\nsuccess_criteria: {all: "${ a.output }"}',
    );
    expect(commandOf(workflow?.chain.steps[0])).toEqual({ kind: "command", command: "/a", params: "" });
  });

  it.each([
    "quality_gates",
    "blocking_requirements",
    "final_validation",
    "success_criteria",
    "quality_requirements",
  ])("of the whole may stand under %s", (key) => {
    const workflow = load(`workflow_id: x\ncommands: [{command: /a}]\n${key}: [all good]`);
    expect(workflow?.chain.steps[1]?.before).toMatchObject([{ kind: "judge", name: key }]);
  });

  it("of the whole are not advised to be gates that only a step can have", () => {
    const text = "workflow_id: x\ncommands: [{command: /a}]\nquality_gates: [tdd_compliance, security_audit]";
    expect(loadWorkflow(text).problems[0]?.fix).toMatch(/such as gates: {security_audit: {run: [^}]*}}$/);
  });
});
