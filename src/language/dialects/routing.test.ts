import { describe, expect, it } from "vitest";
import { loadWorkflow, type LoadOptions } from "../load.ts";
import { migrate } from "../migrate.ts";
import type { Step, Workflow } from "../workflow.ts";

const called: Workflow | undefined = loadWorkflow(
  "name: deep\ninputs: {goal: {type: string}}\nchain: [{run: a}]",
).workflow;
const workflows: Readonly<Record<string, Workflow>> = called
  ? { "pattern:deep": called, "./deep.yaml": called }
  : {};

function load(text: string, options: LoadOptions = {}) {
  const { workflow, problems } = loadWorkflow(text, { workflows, ...options });
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  return { steps: workflow?.chain.steps ?? [], inputs: workflow?.inputs, problems };
}

function wayOf(steps: readonly Step[], name: string): readonly Step[] {
  const branch = steps.at(-1)?.action;
  return branch?.kind === "branch" ? (branch.ways.find((way) => way.name === name)?.chain.steps ?? []) : [];
}

function callOf(step: Step | undefined) {
  return step?.action.kind === "chain" ? step.action.call : undefined;
}

describe("routes", () => {
  it("are about the input `goal`, which the first command and those without arguments are given", () => {
    const { steps, inputs } = load(
      "start_command: /auto\nrouting_logic: [{condition: a, route_to: /b}, {condition: c, route_to: /d, arguments: e}]",
    );
    expect(inputs).toMatchObject({ goal: { default: "", schema: { type: "string" } } });
    expect(steps[0]?.action).toMatchObject({ params: "${ inputs.goal }" });
    expect(wayOf(steps, "a")[0]?.action).toMatchObject({ params: "${ inputs.goal }" });
    expect(wayOf(steps, "c")[0]?.action).toMatchObject({ params: "e" });
    const own = load(
      "inputs: {goal: {type: string}}\nstart_command: /auto\nrouting_logic: [{condition: a, route_to: /b}]",
    );
    expect(own.inputs).toMatchObject({ goal: { required: true } });
  });

  it("may come after commands, whose last one finds out what is the case", () => {
    const { steps, inputs } = load(
      "commands: [{command: /query, arguments: look}, {command: /a, id: b-c, arguments: now}]\n" +
        "routing_logic: [{evaluation: n > 3, route_to: /task}, {evaluation: n > 2, route_to: '…'}]",
    );
    expect(inputs).toEqual({});
    expect(steps.map(({ name }) => name)).toEqual(["query", "b-c", "route"]);
    expect(steps[1]?.output).toMatchObject({ required: ["n"] });
    expect(wayOf(steps, "task")[0]?.action).toMatchObject({
      params: "now",
      context: { previous: '${ steps["b-c"].output }' },
    });
    expect(wayOf(steps, "route")).toHaveLength(1);
  });

  it("go on with another workflow, which is told the goal, what is known and what to mind", () => {
    const text = `
start_command: /auto
routing_logic:
  - {condition: a, route_to: /query, next_workflow: deep, context_modifications: [wide, "\${ inputs.goal }"]}
  - {condition: b, route_to: /query, next_workflow: "pattern:deep", context_modification: near}
  - {condition: c, next_workflow: deep}
  - {condition: d, route_to: /query, next_workflow: ./deep.yaml, with: {goal: "\${ query.output }"}}
`;
    const { steps } = load(text);
    const goals = ["a", "b", "c", "d"].map((name) => callOf(wayOf(steps, name).at(-1))?.with["goal"]);
    expect(goals).toEqual([
      "${ inputs.goal }\nKnown so far: ${ query.output }\nMind: wide, ${ inputs.goal }",
      "${ inputs.goal }\nKnown so far: ${ query.output }\nMind: near",
      "${ inputs.goal }",
      "${ query.output }",
    ]);
    expect(wayOf(steps, "a").map(({ name }) => name)).toEqual(["query", "deep"]);
    expect(wayOf(steps, "a")[1]?.needs).toMatchObject([{ step: "query", because: "reference" }]);
    expect(wayOf(steps, "c").map(({ name }) => name)).toEqual(["deep"]);
    const migrated = migrate(text).text;
    expect(loadWorkflow(migrated, { workflows })).toMatchObject({
      dialect: "canonical",
      workflow: { chain: { steps } },
    });
  });

  it("are not the only place to go on with another workflow", () => {
    const { steps } = load(`
commands:
  - {command: /query, next_workflow: deep}
  - {command: /task, arguments: do it, parallel_commands: [{command: /a}], next_workflow: deep}
  - {command: /docs, condition: "1 > 2"}
`);
    expect(steps.map(({ name }) => name)).toEqual([
      "query",
      "deep",
      "task",
      "task_parallel",
      "deep_2",
      "docs",
    ]);
    expect(callOf(steps[1])?.with).toEqual({ goal: "Known so far: ${ query.output }" });
    expect(callOf(steps[4])?.with).toEqual({ goal: "do it\nKnown so far: ${ task.output }" });
    expect(steps[2]?.action).toMatchObject({ context: { previous: "${ deep.output }" } });
    expect(steps[5]).toMatchObject({
      when: "1 > 2",
      action: { context: { previous: "${ deep_2.output }" } },
    });
  });

  it.each(["5", "''", "[deep]"])("cannot go on with the workflow %s", (name) => {
    const { problems } = loadWorkflow(`commands: [{command: /query, next_workflow: ${name}}]`, { workflows });
    expect(problems).toMatchObject([{ code: "WRONG_TYPE", fix: /research_plan_execute/ }]);
  });

  it("say what a file lacks that they go on with", () => {
    const { problems } = loadWorkflow("commands: [{command: /query, next_workflow: ./deep.yaml}]", {
      workflows,
    });
    expect(problems).toMatchObject([{ code: "INPUT_MISSING", fix: 'add "with: {goal: …}"' }]);
  });
});

describe("enforcement_level", () => {
  const route = (keys: string) =>
    load(`start_command: /auto\nrouting_logic: [{condition: a, route_to: /protocol, ${keys}}]`, {
      gates: { tests: { run: "npm test" } },
    });

  it.each([
    ["maximum_strictness", "maximum"],
    ["maximum", "maximum"],
    ["strict", "blocking"],
    ["standard", "blocking"],
    ["blocking", "blocking"],
    ["lenient", "advisory"],
    ["advisory", "advisory"],
  ])("%s puts the gates of the route on the level %s", (written, level) => {
    const { steps } = route(
      `enforcement_level: ${written}, quality_gates: [tests, {check: "1 < 2", level: advisory}, {run: a}]`,
    );
    expect(wayOf(steps, "a")[0]?.gates).toMatchObject([
      { kind: "run", name: "tests", line: "npm test", level },
      { kind: "check", level: "advisory" },
      { kind: "run", line: "a", level },
    ]);
  });

  it("is a gate itself where there is no other", () => {
    const { steps, problems } = route("enforcement_level: maximum_strictness");
    expect(wayOf(steps, "a")[0]).toMatchObject({
      gates: [{ kind: "judge", name: "enforcement_level", level: "maximum" }],
      action: {
        context: { enforcement_level: [expect.stringMatching(/^maximum strictness: all that was asked/)] },
      },
    });
    expect(problems).toMatchObject([{ code: "JUDGED", fix: /maximum_strictness: {run: npm run validate/ }]);
    const defined = { gates: { strict: { run: "a" } } };
    const own = loadWorkflow("workflow_id: x\ncommands: [{command: /a, enforcement_level: strict}]", defined);
    expect(own.problems).toEqual([]);
    expect(own.workflow?.chain.steps[0]?.gates).toMatchObject([{ kind: "run", name: "strict" }]);
  });

  it.each([
    ["lenient", ["run blocking", "judge advisory", "judge blocking"]],
    ["maximum", ["run maximum", "judge maximum", "judge maximum"]],
  ])("%s, where some are required: %j", (written, levels) => {
    const { steps } = route(
      `enforcement_level: ${written}, gates: {run: a${written === "lenient" ? ", level: blocking" : ""}}, quality_gates: [b], blocking_requirements: [c]`,
    );
    expect(wayOf(steps, "a")[0]?.gates.map(({ kind, level }) => `${kind} ${level}`)).toEqual(levels);
  });

  it.each(["very", "5"])("%s is a mistake that names all levels", (written) => {
    const { problems } = loadWorkflow(`commands: [{command: /a, enforcement_level: ${written}}]`);
    expect(problems).toMatchObject([{ code: "BAD_VALUE", fix: /maximum_strictness, maximum, strict/ }]);
  });
});
