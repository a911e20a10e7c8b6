import { describe, expect, it } from "vitest";
import { loadWorkflow, type LoadOptions } from "../load.ts";
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

describe("the dialect with `/chain:`", () => {
  it("has its options where the canonical form has them", () => {
    const text = `
name: x
/chain:
  steps:
    - name: look
      command: /query
      params: find
      timeout: 300
      retry: 3
    - name: fix
      command: /task
      params: fix \${look.results}
      depends_on: [look]
  options: {save_state: false, parallel_where_possible: true, error_strategy: continue_on_failure}
`;
    expect(load(text)).toMatchObject({
      name: "x",
      saveState: false,
      chain: {
        parallelWherePossible: true,
        errorStrategy: "continue_on_failure",
        steps: [
          { name: "look", timeoutMs: 300_000, retry: { max: 3 } },
          { name: "fix", needs: [{ step: "look", because: "depends_on" }] },
        ],
      },
    });
    expect(loadWorkflow(text).dialect).toBe("slash");
  });

  it("keeps the places of its mistakes", () => {
    expect(found("/chain:\n  steps:\n    - {name: a, comand: /x}\n  options: {sav_state: true}\n")).toEqual([
      'UNKNOWN_KEY 3:comand | write "command"',
      expect.stringMatching(/^UNKNOWN_KEY 4:sav_state/) as string,
    ]);
    expect(found("/chain: 5")).toEqual(["WRONG_TYPE 1:5 | write an object of keys and values"]);
  });

  it("is refused for other kinds", () => {
    expect(found("/foo: {}")).toEqual([
      "UNKNOWN_KEY 1:/foo | write `chain:`, `flow:`, `swarm:` or `pipeline:`",
    ]);
  });
});

describe("swarms of other dialects", () => {
  it("are the same as in this one, with their other keys beside them", () => {
    const swarm = { topology: "mesh", agents: { ann: { role: "a" }, bob: { role: "b" } } };
    const here = load(JSON.stringify({ name: "x", swarm }));
    expect(here?.chain.steps[0]?.action).toMatchObject({ kind: "chain", swarm: "mesh" });
    expect(load(JSON.stringify({ name: "x", "/swarm": swarm }))).toEqual(here);
    expect(load(JSON.stringify({ name: "x", type: "swarm", ...swarm }))).toEqual(here);
  });

  it("say what is wrong, and where", () => {
    expect(found("/swarm: {}")).toEqual(['MISSING_KEY 1:/swarm | add "agents:"']);
    expect(found("type: swarm")).toEqual(['MISSING_KEY 1:t | add "agents:"']);
    expect(found("/swarm:\n  topolgy: mesh\n  agents: {lead: {role: x}, b: {rol: y}}")).toEqual([
      'UNKNOWN_KEY 2:topolgy | write "topology"',
      'UNKNOWN_KEY 3:rol | write "role"',
    ]);
  });
});

describe("the dialect with `type: chain`", () => {
  it("names its steps by id and its arguments args", () => {
    const workflow = load(
      '{"type": "chain", "name": "x", "error_strategy": "continue_on_failure", "steps": [{"id": "a", "command": "/query", "args": "q"}], "optimization": {"parallel_where_possible": true, "state_persistence": false, "adaptive_thinking": true}}',
    );
    expect(workflow).toMatchObject({
      name: "x",
      saveState: false,
      chain: { parallelWherePossible: true, errorStrategy: "continue_on_failure", steps: [{ name: "a" }] },
    });
    expect(commandOf(workflow?.chain.steps[0])).toMatchObject({ command: "/query", params: "q" });
  });

  it("says what is left out, what is wrong, and where", () => {
    const text =
      "type: chain\nsteps:\n- {id: a, command: /x, agrs: q}\n- 5\noptimization: {adaptive_thinking: false}\n";
    expect(found(text)).toEqual([
      expect.stringMatching(/^UNKNOWN_KEY 3:agrs \| write "args"/) as string,
      "WRONG_TYPE 4:5 | write an object of keys and values",
      expect.stringMatching(/^NOT_SUPPORTED 5:adaptive_thinking/) as string,
    ]);
    expect(found("type: chain\nsteps: 5\nparallel_where_possible: true")).toEqual([
      "WRONG_TYPE 2:5 | write a list of steps",
    ]);
    expect(found("type: chain")).toEqual([expect.stringMatching(/^MISSING_KEY 1:/) as string]);
    expect(found("type: chian")).toEqual(['BAD_VALUE 1:chian | write "chain"']);
    expect(found("type: 5")).toEqual(["BAD_VALUE 1:5 | write chain, flow, swarm or pipeline"]);
  });
});
