import { describe, expect, it } from "vitest";
import { loadObject, loadWorkflow, type LoadOptions } from "../load.ts";
import type { Step, Workflow } from "../workflow.ts";

function load(text: string, options: LoadOptions = {}): Workflow | undefined {
  const { workflow, problems } = loadWorkflow(text, options);
  expect(problems.filter((problem) => problem.severity === "error")).toEqual([]);
  return workflow;
}

function found(text: string, options: LoadOptions = {}): string[] {
  return loadWorkflow(text, options).problems.map(({ code, source, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${line}:${shown.slice(column - 1, column - 1 + length)} | ${fix}`;
  });
}

function commandOf(step: Step | undefined) {
  return step?.action.kind === "command" ? step.action : undefined;
}

describe("the dialect with `commands`", () => {
  const text = `
workflow_id: auth
pattern: research_plan_execute
commands:
  - command: /query
    arguments: Research it
    expected_outputs: [needs, "odd-name"]
    quality_gates: [deep, tests]
  - command: /feature
    purpose: Design it
    inputs_from_previous: [needs, odd-name, dreams]
    outputs: [plan]
    next_command_context: {plan: the plan}
  - command: /task
    arguments: Build it
    purpose: building
    inputs: [plan]
    timeout: 5m
success_criteria:
  - done: "all of it"
  - {run: npm test}
  - fast
rollback_strategy: [{selective: "parts"}, whole]
`;
  const gates = { tests: { run: "npm test" } };

  it("turns outputs into schemas and inputs into references", () => {
    const steps = load(text, { gates })?.chain.steps ?? [];
    expect(steps.map((step) => step.name)).toEqual(["query", "feature", "task", "gates"]);
    expect(steps[0]?.output).toEqual({
      type: "object",
      properties: { needs: {}, "odd-name": {} },
      required: ["needs", "odd-name"],
    });
    const workflow = { success_criteria: ["done: all of it", "fast"] };
    expect(commandOf(steps[1])).toEqual({
      kind: "command",
      command: "/feature",
      params: "Design it",
      context: {
        workflow,
        next_command_context: { plan: "the plan" },
        inputs: { needs: "${ query.output.needs }", "odd-name": '${ query.output["odd-name"] }' },
        wanted_inputs: ["dreams"],
        previous: "${ query.output }",
      },
    });
    expect(commandOf(steps[2])).toMatchObject({
      params: "Build it",
      context: { purpose: "building", inputs: { plan: "${ feature.output.plan }" } },
    });
    expect(steps.slice(0, 3).map((step) => step.needs.map((need) => need.step))).toEqual([
      [],
      ["query"],
      ["feature"],
    ]);
    expect(steps[2]?.timeoutMs).toBe(300_000);
  });

  it("turns prose gates into what a judge is asked, with a warning, and those of the settings into what they are", () => {
    const { workflow, problems, notes } = loadWorkflow(text, { gates });
    const [query, feature, task, end] = workflow?.chain.steps ?? [];
    expect(query?.gates).toMatchObject([
      { kind: "run", name: "tests" },
      { kind: "judge", name: "quality_gates", question: { criteria: ["deep"] } },
    ]);
    expect([feature?.gates, task?.gates, end?.name]).toEqual([[], [], "gates"]);
    expect(end?.before).toMatchObject([
      { kind: "run", name: "npm test" },
      { kind: "judge", name: "success_criteria", question: { criteria: ["done: all of it", "fast"] } },
    ]);
    const whole = { success_criteria: ["done: all of it", "fast"] };
    expect(commandOf(query)?.context).toEqual({ quality_gates: ["deep"], workflow: whole });
    expect(commandOf(feature)?.context).toMatchObject({ workflow: whole });
    expect(problems.map(({ severity, code, source }) => `${severity} ${code} ${source?.line}`)).toEqual([
      "warning JUDGED 8",
      "warning JUDGED 19",
    ]);
    expect(notes).toEqual([
      'pattern "research_plan_execute": the commands and their dependencies say the order',
      "rollback_strategy, kept as a note: selective: parts; whole (give a command an `undo:` to take its work back)",
    ]);
  });

  it("tells a command without inputs all that the one before gave", () => {
    const steps = load(
      "workflow_id: x\ncommands: [{command: /a, args: 1}, {command: /b, id: b-2}, {command: /c}]",
    )?.chain.steps;
    expect(commandOf(steps?.[0])).toEqual({ kind: "command", command: "/a", params: "1" });
    expect(commandOf(steps?.[1])?.context).toEqual({ previous: "${ a.output }" });
    expect(commandOf(steps?.[2])?.context).toEqual({ previous: '${ steps["b-2"].output }' });
  });

  it("makes a group of parallel commands, whose dependencies name roles", () => {
    const workflow = load(`
workflow_id: shop
commands:
  - command: /swarm
    arguments: coordinate
    parallel_commands:
      - {command: /task, agent_id: frontend_specialist, scope: [ui], dependencies: []}
      - {command: /task, agent: backend, scope: the api}
      - {command: /task, agent: testing_specialist, dependencies: [frontend_task, backend]}
  - command: /session
    inputs_from_parallel: [everything]
`);
    const task = { kind: "command", command: "/task" };
    const coordination = "${ swarm.output }";
    expect(workflow?.chain.steps).toMatchObject([
      { name: "swarm" },
      {
        name: "swarm_parallel",
        action: {
          chain: {
            parallelWherePossible: true,
            steps: [
              {
                name: "frontend_task",
                action: {
                  ...task,
                  params: "",
                  context: { role: "frontend_specialist", scope: ["ui"], coordination },
                },
              },
              {
                name: "backend_task",
                action: { ...task, params: "the api", context: { role: "backend", coordination } },
              },
              { name: "testing_task", needs: [{ step: "frontend_task" }, { step: "backend_task" }] },
            ],
          },
        },
      },
      {
        name: "session",
        action: { context: { previous: "${ swarm_parallel.output }", wanted_inputs: ["everything"] } },
      },
    ]);
  });

  it("runs the commands of a parallel pattern together", () => {
    const workflow = load(
      `
workflowId: x
pattern: parallel_coordination
commands:
  - {command: /task, agent: frontend}
  - {command: /task, agent: mock}
  - {command: /task, agent: testing, dependencies: [frontend, /task]}
`,
      { agents: ["mock"] },
    );
    expect(workflow?.chain.parallelWherePossible).toBe(true);
    expect(workflow?.chain.steps.map((step) => step.name)).toEqual([
      "frontend_task",
      "mock_task",
      "testing_task",
    ]);
    expect(commandOf(workflow?.chain.steps[1])).toEqual({
      kind: "command",
      command: "/task",
      params: "",
      agent: "mock",
    });
    expect(workflow?.chain.steps[2]?.needs).toHaveLength(1);
  });

  it("understands the camel case of interfaces, other forms of arguments, and a graph of dependencies", () => {
    const { workflow, problems } = loadObject({
      workflowId: "x",
      workflowType: "sequential",
      limits: { cost: 1 },
      purpose: "why",
      errorStrategy: "continue_on_failure",
      commands: [
        { commandId: "a", commandType: "/query", arguments: ["x", 1], retryPolicy: { max: 1 }, timeouts: 5 },
        {
          commandId: "b",
          command: "/task",
          arguments: { depth: 2 },
          inputs: { given: 1 },
          outputs: { type: "object" },
        },
        {
          commandId: "c",
          command: "/docs",
          dependencies: "a",
          agentRole: "writer",
          rollbackPoint: false,
          when: "true",
        },
      ],
      dependencies: { b: ["a"] },
      qualityRequirements: { good: "very" },
      version: 1,
    });
    expect(problems).toMatchObject([{ code: "JUDGED" }]);
    const [a, b, c, end] = workflow?.chain.steps ?? [];
    expect(workflow).toMatchObject({
      name: "x",
      limits: { costUsd: 1 },
      chain: { errorStrategy: "continue_on_failure" },
    });
    expect(a).toMatchObject({ action: { params: "x 1" }, retry: { max: 1 }, timeoutMs: 5000 });
    expect(b).toMatchObject({ output: { type: "object" }, needs: [{ step: "a", because: "depends_on" }] });
    expect(commandOf(b)).toMatchObject({
      params: "",
      context: { arguments: { depth: 2 }, inputs: { given: 1 } },
    });
    expect(c).toMatchObject({ when: "true", gates: [] });
    const whole = { quality_requirements: ["good: very"] };
    expect(commandOf(c)?.context).toMatchObject({ agent_role: "writer", workflow: whole });
    expect(end?.before).toMatchObject([{ kind: "judge", name: "quality_requirements" }]);
  });

  it.each([
    ["workflow_id: x\nrouting_logic: []", [/^MISSING_KEY 2:routing_logic/]],
    ["workflow_id: x\nrouting_logic: 5", [/^WRONG_TYPE 2:5/]],
    ["workflow_id: x\nrouting_logic: [{condition: a}]", [/^MISSING_KEY 2:.*route_to/]],
    ["workflow_id: x\nstart_command: /auto", [/^MISSING_KEY 2:start_command .*routing_logic/]],
    ["workflow_id: x\npattern: conditional_routing\ncommands: [{command: /a}]", [/^MISSING_KEY 2:pattern/]],
    [
      "routing_logic: [{condition: a, route_to: /b, next_workflow: c}]",
      [/^BAD_VALUE 1:c \| name a workflow file/],
    ],
    [
      "workflow_id: x\npattern: iterative_improvement\ncommands: [{command: /a}]",
      [/^MISSING_KEY 2:pattern \| add "criteria:"/],
    ],
    ["workflow_id: x\ncommands: [{command: /a}]\ncriteria: 5", [/^WRONG_TYPE 3:5/]],
    ["workflow_id: x\ncommands: [{command: /a}]\nmax_iterations: 0", [/^BAD_VALUE 3:0/]],
    [
      "workflow_id: x\ncommands: [{command: /a, parallel_commands: [{command: /b}]}]\ncriteria: done",
      [/^BAD_VALUE 3:criteria \| end with one command/],
    ],
    ["workflow_id: x", [/^MISSING_KEY 1:/]],
    [
      "workflow_id: x\nquality_gates: [a]\ncommands: []",
      [/^JUDGED 2:quality_gates/, /^MISSING_KEY 3:commands/],
    ],
    [
      "workflow_id: x\nsuccess_criteria: [{files: {changed: 1}}]\ncommands: [{command: /a}]",
      [/^BAD_VALUE 2:files \| put the gate on the steps/],
    ],
    ["workflow_id: x\ncommands: 5", [/^WRONG_TYPE 2:5 /]],
    ["workflow_id: x\npattern: 5\ncommands: [5]", [/^WRONG_TYPE 3:5 /]],
    ["workflow_id: x\ncommands: [{}]", [/^MISSING_KEY 2:/]],
    ["workflow_id: x\ncommands: [{comand: /a}]", [/^UNKNOWN_KEY 2:comand \| write "command"/]],
    [
      "workflow_id: x\ncommands: [{command: /a, argumens: b}]",
      [/^UNKNOWN_KEY 2:argumens \| write "arguments"/],
    ],
    ["workflow_id: x\ncommands: [{command: /a, undo: 5}]", [/^WRONG_TYPE 2:5/]],
    ["workflow_id: x\ncommands: [{command: /a, rollback_point: true}]", [/^NOT_SUPPORTED 2:rollback_point/]],
    ["workflow_id: x\ncommands: [{command: /a, dependencies: [b]}]", [/^UNKNOWN_STEP 2:b /]],
    ["workflow_id: x\ncommands: [{command: /a, dependencies: [5]}]", [/^WRONG_TYPE 2:5 /]],
    [
      "workflow_id: x\ncommands: [{command: /a}]\ndependencies: {z: [a]}",
      [/^UNKNOWN_STEP 3:z \| use one of a/],
    ],
    ["workflow_id: x\ncommands: [{command: /a}]\nwhatever: 1", [/^UNKNOWN_KEY 3:whatever/]],
    ["workflow_id: x\ncommands: [{command: /a, quality_gates: lonely}]", [/^JUDGED 2:quality_gates/]],
    ["workflow_id: x\ncommands: [{command: /a, quality_gates: ['…']}]", [/^JUDGED 2:quality_gates/]],
    ["workflow_id: x\ncommands: [{command: /a, parallel_commands: 5}]", [/^WRONG_TYPE 2:5/]],
    ["workflow_id: x\ncommands: [{command: /a, parallel_commands: [5]}]", [/^WRONG_TYPE 2:5/]],
  ])("%j is a mistake with its place", (bad, expected) => {
    const problems = found(bad);
    expect(problems).toHaveLength(expected.length);
    expected.forEach((pattern, at) => expect(problems[at]).toMatch(pattern));
  });
});
