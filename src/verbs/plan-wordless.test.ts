import { describe, expect, it } from "vitest";
import type { JsonObject } from "../expression/json.ts";
import { loadWorkflow } from "../language/load.ts";
import { givenBy } from "./plan-given.ts";
import { wordlessOf } from "./plan-wordless.ts";

function wordless(text: string, inputs?: JsonObject, workflows = {}): readonly string[] {
  const { workflow, problems } = loadWorkflow(text, { workflows });
  if (!workflow) throw new Error(problems.map(({ message }) => message).join("\n"));
  const given = givenBy(workflow, inputs);
  return wordlessOf(workflow, { inputs, given }).map(
    ({ address, command, inputs: names }) => `${address} ${command} ${names.join()}`,
  );
}

const seed = `
workflow_id: adaptive
pattern: conditional_routing
start_command: /auto
routing_logic:
  - {condition: one, evaluation: "affects_files <= 1", route_to: /task}
  - {condition: other, evaluation: "deployment_target == 'x'", route_to: /docs}
`;

describe("a command that would be told nothing", () => {
  it("is the first one of a workflow that routes, and those behind it, as long as no goal is given", () => {
    const all = ["auto /auto goal", "route/one/task /task goal", "route/other/docs /docs goal"];
    expect(wordless(seed)).toEqual(all);
    expect(wordless(seed, { goal: " " })).toEqual(all);
    expect(wordless(seed, { goal: "mend it" })).toEqual([]);
  });

  it("is one whose text is made of empty inputs only, and that is done", () => {
    const text = `
inputs:
  a: {type: string, default: ""}
  b: string
  c: {type: boolean, default: false}
  r: {type: string, required: true}
chain:
  - {name: empty, command: /task, params: "\${ inputs.a } \${ inputs.a }"}
  - {name: told, command: /task, params: "do \${ inputs.a }"}
  - {name: bare, command: /task}
  - {name: wanted, command: /task, params: "\${ inputs.r }"}
  - {name: behind, command: /task, params: "\${ told.output }"}
  - {name: skipped, command: /task, params: "\${ inputs.a }", when: inputs.c}
  - {name: shell, run: "echo \${{ inputs.a }}"}
  - {name: g, steps: [{name: both, command: /task, params: "\${ inputs.b }\${ inputs.a }"}]}
`;
    expect(wordless(text, { a: "", b: "", c: false, r: "x" })).toEqual(["empty /task a", "g/both /task b,a"]);
    expect(wordless(text, { a: "", b: "x", c: true, r: "" })).toEqual([
      "empty /task a",
      "wanted /task r",
      "skipped /task a",
    ]);
    expect(wordless(text)).toEqual(expect.arrayContaining(["empty /task a"]));
    expect(wordless(text)).not.toContain("wanted /task r");
  });

  it("is none of a called workflow, which has inputs of its own", () => {
    const called = `
inputs: {goal: {type: string, default: ""}}
chain: [{name: t, command: /task, params: "\${ inputs.goal }"}]
`;
    const { workflow } = loadWorkflow(called);
    const text = `
inputs: {goal: {type: string, default: ""}}
chain: [{name: c, workflow: ./c.yaml, with: {goal: x}}]
`;
    expect(wordless(text, { goal: "" }, { "./c.yaml": workflow })).toEqual([]);
  });
});
