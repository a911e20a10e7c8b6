import { describe, expect, it } from "vitest";
import { loadWorkflow, type LoadOptions } from "../load.ts";
import { migrate } from "../migrate.ts";
import type { Step, Workflow } from "../workflow.ts";

function load(text: string, options: LoadOptions = {}): Workflow {
  const { workflow, problems } = loadWorkflow(text, options);
  expect(problems).toEqual([]);
  if (!workflow) throw new Error("no workflow");
  return workflow;
}

function mistakes(text: string): string[] {
  return loadWorkflow(text).problems.map(({ code, source, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${line}:${shown.slice(column - 1, column - 1 + length)} | ${fix}`;
  });
}

function waysOf(step: Step | undefined): readonly string[] {
  if (step?.action.kind !== "branch") return [];
  return step.action.ways.map(({ name, when, chain }) => {
    const steps = chain.steps.map((one) => one.name).join(" ");
    return `${name}${when === undefined ? "" : ` (${when})`}: ${steps}`;
  });
}

describe("steps of older dialects in a canonical file", () => {
  it("route by `routing_logic` over what the step before gives, wherever they stand", () => {
    const text = `
chain:
  - command: /auto
    params: mend it
  - name: way
    routing_logic:
      - {condition: small, evaluation: files <= 1, route_to: /task}
      - {condition: clear AND NOT urgent, route_to: /feature, arguments: plan it}
      - {condition: otherwise, route_to: /docs}
  - name: again
    repeat: 2
    steps:
      - {name: see, prompt: look, agent: mock, output: {type: object, properties: {n: {type: number}}}}
      - routing_logic: [{evaluation: n > 3, route_to: /query}]
`;
    const { workflow, dialect } = loadWorkflow(text);
    const [auto, way, again] = workflow?.chain.steps ?? [];
    expect(dialect).toBe("mixed");
    expect(auto).toMatchObject({
      name: "auto",
      output: {
        properties: { files: { type: "number" }, clear: { type: "boolean" }, urgent: { type: "boolean" } },
        required: ["files", "clear", "urgent"],
      },
    });
    expect(waysOf(way)).toEqual([
      "small (auto.output.files <= 1): task",
      "feature (auto.output.clear AND NOT auto.output.urgent): feature",
      "default: docs",
    ]);
    const ways = way?.action.kind === "branch" ? way.action.ways : [];
    expect(ways.map(({ chain }) => chain.steps[0]?.action)).toMatchObject([
      { params: "mend it", context: { previous: "${ auto.output }" } },
      { params: "plan it" },
      { params: "mend it" },
    ]);
    const inner = again?.action.kind === "loop" ? again.action.chain.steps[1] : undefined;
    expect(waysOf(inner)).toEqual(["query (see.output.n > 3): query"]);
    const migrated = migrate(text).text;
    expect(loadWorkflow(migrated)).toMatchObject({ dialect: "canonical", workflow });
  });

  it("route by `routing_logic` beside the steps, after them", () => {
    const routes = "routing_logic: [{condition: big, route_to: /swarm}]";
    for (const text of [
      `${routes}\nchain: [{name: a-b, command: /query}]`,
      `${routes}\nchain: {steps: [{name: a-b, command: /query}]}`,
      `chain: {${routes}, steps: [{name: a-b, command: /query}]}`,
    ]) {
      expect(waysOf(load(text).chain.steps[1])).toEqual(['big (steps["a-b"].output.big): swarm']);
    }
  });

  it("ask whoever starts the run when no command comes before the routes", () => {
    const { inputs, chain } = load(
      "inputs: {x: {type: string}}\nchain: [{routing_logic: [{condition: big, route_to: /swarm}]}, {run: a}]",
    );
    expect(inputs).toMatchObject({ big: { schema: { type: "boolean" } }, x: {} });
    expect(waysOf(chain.steps[0])).toEqual(["big (inputs.big): swarm"]);
    const shell = load(
      "chain: [{run: a, output: {type: object, properties: {n: {}}}}, {routing_logic: [{evaluation: n == 3, route_to: /b}]}]",
    );
    expect(shell.chain.steps.map(({ name }) => name)).toEqual(["before", "route"]);
  });

  it("decide by `conditions`, and by `if` with `then` or `else`, in every block", () => {
    const { chain } = load(`
inputs: {n: {type: integer}}
chain:
  - conditions: [{if: inputs.n > 1, then: [{if: inputs.n > 2, then: [{run: a}], else: [{run: b}]}]}]
  - name: sure
    if: inputs.n > 3
    then: [{ run: b }]
    else: [{run: c, if: inputs.n > 4}]
  - switch:
      cases:
        x: {when: inputs.n > 5, steps: [{if: inputs.n > 6, then: [{run: d}]}]}
        y: {when: inputs.n > 7, steps: [{run: e}]}
      default: [{if: inputs.n > 8, then: [{run: f}]}]
  - flow: [{if: inputs.n > 9, then: {steps: [{if: inputs.n > 10, then: [{run: g}]}]}}]
  - chain: {steps: [{if: inputs.n > 11, run: h}]}
`);
    const text = JSON.stringify(chain);
    for (let n = 1; n <= 11; n++) expect(text).toContain(`"when":"inputs.n > ${n}"`);
    expect(chain.steps[1]).toMatchObject({
      name: "sure",
      action: { kind: "branch", ways: [{ name: "then" }, { name: "else" }] },
    });
  });

  it("decide in the blocks of a flow, and in those of other dialects", () => {
    const flow = load("flow: {conditions: [{if: '1 > 2', then: [{if: 2 > 3, run: a}]}]}");
    expect(JSON.stringify(flow.chain)).toContain('"when":"2 > 3"');
    const slash = load("/chain: {steps: [{command: /a, if: 1 > 2}]}");
    expect(slash.chain.steps[0]?.when).toBe("1 > 2");
    const commands = load(
      "commands: [{command: /a}, {command: /b, if: 1 > 2}, {if: 3 > 4, then: [{command: /c}]}]",
    );
    expect(commands.chain.steps[1]?.when).toBe("1 > 2");
    expect(waysOf(commands.chain.steps[2])).toEqual(["then (3 > 4): c"]);
  });

  it("leave alone what is data, and what is no step", () => {
    const text =
      "chain: [{http: {method: POST, url: 'https://example.org', body: {if: 1, then: [{if: 2}]}}}, {function: f, args: {conditions: 3}}]";
    const { workflow, dialect } = loadWorkflow(text);
    expect(dialect).toBe("canonical");
    expect(JSON.stringify(workflow)).toContain('{"if":1,"then":[{"if":2}]}');
    expect(mistakes("5")).toMatchObject([/^WRONG_TYPE/]);
  });

  it.each([
    ["chain: [{run: a, when: 1 > 2, if: 1 > 2}]", [/^BAD_VALUE 1:if \| join the two with AND/]],
    [
      "chain: [{flow: [{if: 1 > 2, then: [{run: a}]}], if: 1 > 2, then: [{run: a}]}]",
      [/^BAD_VALUE 1:if \| write it as a condition/],
    ],
    [
      "chain: [{flow: [{if: 1 > 2, then: [{run: a}]}], conditions: []}]",
      [/^BAD_VALUE 1:conditions \| write one list/],
    ],
    [
      "flow: [{if: 1 > 2, then: [{run: a}]}]\nrouting_logic: []",
      [/^BAD_VALUE 2:routing_logic \| write "chain:"/],
    ],
    ["chain: [{routing_logic: 5}]", [/^WRONG_TYPE 1:5/]],
    ["chain: [{routing_logic: []}]", [/^MISSING_KEY 1:/]],
    ["chain: [{routing_logic: [{condition: big}]}]", [/^MISSING_KEY 1:/]],
    ["chain: [5, {routing_logic: [{condition: big, route_to: /a}]}]", [/^WRONG_TYPE 1:5/]],
    ["chain: {steps: 5, routing_logic: []}", [/^WRONG_TYPE 1:5/, /^UNKNOWN_KEY 1:routing_logic/]],
  ])("%s is a mistake with its place", (text, expected) => {
    const found = mistakes(text);
    expect(found).toHaveLength(expected.length);
    expected.forEach((pattern, at) => expect(found[at]).toMatch(pattern));
  });

  it("is no reason to stumble over what is no block", () => {
    const text =
      "chain: [{flow: 5}, {flow: {conditions: 5}}, {switch: {cases: 5}}, {switch: {cases: {a: 5}, default: 5}}]";
    expect(loadWorkflow(text).workflow).toBeUndefined();
  });
});
