import { describe, expect, it } from "vitest";
import { loadObject, loadWorkflow } from "./load.ts";
import { defaultLimits, defaultRetry, type Step } from "./workflow.ts";

/** The only step of a chain with the given lines. */
function stepOf(...lines: readonly string[]): Step | undefined {
  const { workflow, problems } = loadWorkflow(`chain:\n  steps:\n    - ${lines.join("\n      ")}\n`);
  expect(problems).toEqual([]);
  return workflow?.chain.steps[0];
}

describe("a workflow in canonical form", () => {
  it("loads with every shorthand spelled out", () => {
    const { workflow, problems, dialect } = loadWorkflow(
      `
name: harden
description: Find and fix.
inputs:
  target: {type: string, default: src, description: where}
  level: integer
  maybe: {type: string, required: false}
  deep: {type: object, properties: {a: {type: string}}, required: [a]}
env: {REGION: eu, TOKEN: "\${ secrets.TOKEN }", NUMBER: 5}
limits: {cost: 20 USD, tokens: 2M, agents: 5, time: 2h, parallel: 3, output: 1MB}
workspace: none
agent: mock
model: big
resources: {gpu: 2}
save_state: false
chain:
  parallel_where_possible: true
  error_strategy: continue_on_failure
  steps:
    - command: /query
`,
      { file: "flows/x.yaml" },
    );
    expect(problems).toEqual([]);
    expect(dialect).toBe("canonical");
    expect(workflow).toMatchObject({
      name: "harden",
      description: "Find and fix.",
      inputs: {
        target: { schema: { type: "string" }, default: "src", required: false, description: "where" },
        level: { schema: { type: "integer" }, required: true },
        maybe: { schema: { type: "string" }, required: false },
        deep: { schema: { type: "object", required: ["a"] }, required: true },
      },
      env: { REGION: "eu", TOKEN: "${ secrets.TOKEN }", NUMBER: "5" },
      limits: { costUsd: 20, tokens: 2e6, agents: 5, timeMs: 7_200_000, parallel: 3, outputBytes: 1e6 },
      workspace: "none",
      agent: "mock",
      model: "big",
      resources: { gpu: 2 },
      saveState: false,
      chain: { parallelWherePossible: true, errorStrategy: "continue_on_failure" },
    });
    expect(workflow?.inputs["target"]?.schema).toEqual({ type: "string" });
  });

  it("has defaults for all that is not said", () => {
    const { workflow } = loadWorkflow("chain: [{command: /query}]");
    expect(workflow).toEqual({
      name: "workflow",
      inputs: {},
      env: {},
      limits: defaultLimits,
      workspace: "auto",
      saveState: true,
      resources: {},
      chain: {
        parallelWherePossible: false,
        errorStrategy: "stop",
        steps: [
          {
            name: "query",
            action: { kind: "command", command: "/query", params: "" },
            needs: [],
            retry: defaultRetry,
            before: [],
            gates: [],
            reads: [],
            writes: [],
            uses: [],
            env: {},
            onInterrupt: "rerun",
            mayWrite: "yes",
          },
        ],
      },
    });
  });

  it.each([
    ["flows/harden.yaml", "harden"],
    ["harden.tutti.yml", "harden"],
    ["C:\\flows\\x.json", "x"],
    ["<inline>", "workflow"],
    [undefined, "workflow"],
  ])("in %s without a name is called %s", (file, name) => {
    const { workflow } = loadWorkflow("chain: [{command: /query}]", file === undefined ? {} : { file });
    expect(workflow?.name).toBe(name);
  });

  it("loads from JSON and from an object as from YAML", () => {
    const object = { name: "a", chain: { steps: [{ run: "true", timeout: "5m" }] } };
    const fromYaml = loadWorkflow(
      "name: a\nchain:\n  steps:\n    - run: 'true'\n      timeout: 5m\n",
    ).workflow;
    expect(loadWorkflow(JSON.stringify(object, undefined, "\t")).workflow).toEqual(fromYaml);
    expect(loadObject(object).workflow).toEqual(fromYaml);
    expect(fromYaml?.chain.steps[0]?.timeoutMs).toBe(300_000);
  });
});

describe("a step", () => {
  it("takes every common key", () => {
    const { workflow, problems } = loadWorkflow(`
resources: {gpu: 1}
chain:
  - name: a
    run: make
  - name: b
    description: builds
    run: make
    cwd: sub
    depends_on: a
    when: \${ a.status == 'verified' }
    timeout: 300
    idle_timeout: 30s
    retry: {max: 5, on: [timeout], backoff: constant, delay: 10s}
    error_strategy: {fallback: c}
    output: {type: object}
    before: {check: "inputs == {}"}
    reads: src/**
    writes: [out/**]
    uses: gpu
    locks: [db]
    env: {A: "\${ a.output }"}
    on_interrupt: ask
    cache: 1h
    expect: 2m
    priority: 5
  - name: c
    run: make fallback
`);
    expect(problems).toEqual([]);
    expect(workflow?.resources).toEqual({ gpu: 1, db: 1 });
    expect(workflow?.chain.steps[1]).toEqual({
      name: "b",
      action: { kind: "run", line: "make", cwd: "sub" },
      needs: [{ step: "a", because: "depends_on" }],
      when: " a.status == 'verified' ",
      timeoutMs: 300_000,
      idleMs: 30_000,
      retry: { max: 5, on: ["timeout"], backoff: "constant", baseMs: 10_000 },
      errorStrategy: { fallback: "c" },
      output: { type: "object" },
      before: [
        { kind: "check", name: "inputs == {}", expression: "inputs == {}", level: "blocking", retry: 0 },
      ],
      gates: [],
      reads: ["src/**"],
      writes: ["out/**"],
      uses: ["gpu", "db"],
      env: { A: "${ a.output }" },
      onInterrupt: "ask",
      cacheMs: 3_600_000,
      expectedMs: 120_000,
      priority: 5,
      mayWrite: "yes",
    });
  });

  it.each([
    ["command: /task", { kind: "command", command: "/task", params: "" }],
    ["{command: /task, params: 5, agent: mock, model: m}", { params: "5", agent: "mock", model: "m" }],
    ["{command: /task, args: go}", { params: "go" }],
    ["{command: /task, context: {scope: [a]}}", { context: { scope: ["a"] } }],
    ["{run: ls}", { kind: "run", line: "ls" }],
    ["{agent: mock, prompt: hi}", { kind: "agent", agent: "mock", prompt: "hi" }],
    ["{prompt: hi, fallback_agents: [b, c]}", { kind: "agent", fallbackAgents: ["b", "c"] }],
    ["{command: /task, agent: a, fallback_agents: b}", { kind: "command", fallbackAgents: ["b"] }],
    [
      '{prompt: hi, model: m, tools: "Read, Bash(a, b)"}',
      { kind: "agent", model: "m", tools: ["Read", "Bash(a, b)"] },
    ],
    ["{prompt: hi, tools: [Read]}", { tools: ["Read"] }],
    ["{http: https://x.test}", { kind: "http", method: "GET", url: "https://x.test", headers: {} }],
    [
      "{http: {method: POST, url: http://u, headers: {A: 1}, body: {a: [1]}, expect: [201]}}",
      { kind: "http", method: "POST", url: "http://u", headers: { A: "1" }, body: { a: [1] }, expect: [201] },
    ],
    ["{function: f, with: {a: 1}}", { kind: "function", function: "f", args: { a: 1 } }],
    ["{function: f, args: [1]}", { args: [1] }],
    ["{function: f}", { args: {} }],
    ["{wait: 5m}", { kind: "wait", for: "duration", durationMs: 300_000 }],
    ["{wait: 5}", { for: "duration", durationMs: 5000 }],
    ["{wait: {for: 1s}}", { for: "duration", durationMs: 1000 }],
    ["{wait: {until: 2030-01-01T10:00:00Z}}", { for: "time", until: "2030-01-01T10:00:00Z" }],
    ['{wait: {until: "${ inputs }"}}', { for: "time", until: "${ inputs }" }],
    ["{wait: {signal: go}}", { kind: "wait", for: "signal", signal: "go" }],
    ["{wait: {signal: go, deadline: 1h}}", { for: "signal", deadlineMs: 3_600_000 }],
  ])("does %s", (line, action) => expect(stepOf(line)?.action).toMatchObject(action));

  it.each([
    ["steps: [{run: a}]", false],
    ["{steps: [{run: a}], parallel: {join: all}}", true],
    ["{steps: [{run: a}], parallel: all}", true],
    ["{steps: [{run: a}], parallel: true}", true],
    ["{steps: [{run: a}], parallel_where_possible: true}", true],
    ["chain: [{run: a}]", false],
    ["chain: {steps: [{run: a}], parallel_where_possible: true}", true],
  ])("holds nested steps: %s", (line, parallelWherePossible) => {
    expect(stepOf(line)).toMatchObject({
      name: "group",
      action: { kind: "chain", chain: { parallelWherePossible, steps: [{ name: "shell" }] } },
    });
  });

  it.each([
    ["3", { max: 3, on: ["transient", "quota", "timeout", "failure"] }],
    ["0", { max: 0 }],
    [
      "{max: 1}",
      { max: 1, on: ["transient", "quota", "timeout", "failure"], backoff: "exponential", baseMs: 1000 },
    ],
    ["{on: [quota]}", { max: 3, on: ["quota"] }],
  ])("with retry: %s", (retry, policy) => {
    expect(stepOf("run: a", `retry: ${retry}`)?.retry).toMatchObject(policy);
  });

  it("without a name gets one from what it does, and a number when it is taken", () => {
    const { workflow } = loadWorkflow(`
chain:
  - command: /query
  - command: /query
  - name: query_3
    command: /query
  - command: /query
  - command: /milestone/plan
  - command: "/…"
  - run: "true"
  - prompt: hi
  - {agent: mock, prompt: hi}
  - {http: https://x.test}
  - {function: "7do it!"}
  - {function: "…"}
  - {wait: 1}
  - steps: [{command: /query}]
  - {function: inputs}
`);
    expect(workflow?.chain.steps.map((step) => step.name)).toEqual([
      "query",
      "query_2",
      "query_3",
      "query_4",
      "milestone_plan",
      "command",
      "shell",
      "agent",
      "mock",
      "http",
      "do_it",
      "function",
      "wait",
      "group",
      "inputs_step",
    ]);
  });
});

describe("gates", () => {
  it("run, check and claim, each with a name, a level and rounds", () => {
    const step = stepOf(
      "name: fix",
      "command: /task",
      "gates:",
      "  - {run: npm test, retry: 2, timeout: 5m}",
      "  - {check: size(fix.changed_files) <= 20, name: small, level: advisory}",
      "  - {claim: tdd, level: maximum}",
    );
    expect(step?.gates).toEqual([
      { kind: "run", name: "npm test", line: "npm test", level: "blocking", retry: 2, timeoutMs: 300_000 },
      {
        kind: "check",
        name: "small",
        expression: "size(fix.changed_files) <= 20",
        level: "advisory",
        retry: 0,
      },
      { kind: "claim", name: "tdd", level: "maximum", retry: 0 },
    ]);
  });

  it("are taken from the settings by their name", () => {
    const gates = { tests: { run: "npm test", retry: 1 } };
    const { workflow, problems } = loadWorkflow("chain: [{command: /task, gates: tests}]", { gates });
    expect(problems).toEqual([]);
    expect(workflow?.chain.steps[0]?.gates).toMatchObject([
      { kind: "run", name: "tests", line: "npm test", retry: 1 },
    ]);
  });
});
