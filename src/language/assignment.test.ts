import { describe, expect, it } from "vitest";
import { literalOf } from "./assignment.ts";
import { loadWorkflow } from "./load.ts";

describe("literalOf", () => {
  it("leaves any other text as it is", () => {
    for (const text of ["chain:\n  steps: []\n", '{"type": "chain"}', "x = {", "a: b = {}", ""]) {
      expect(literalOf(text)).toEqual({ text });
    }
  });

  it("keeps the literal at its place and blanks all else, comments too", () => {
    const text = '// flow\nconst x: Flow = new Y({ a: "//}", // note }\n b: 1 });\nx.run();';
    const literal = literalOf(text);
    expect(literal.text).toHaveLength(text.length);
    expect(literal.text.replaceAll(/ +/g, " ").trim()).toBe('{ a: "//}", \n b: 1 }');
    expect(literal.text.indexOf("{")).toBe(text.indexOf("{"));
    expect(literal.more).toBeUndefined();
  });

  it("says where a second literal begins", () => {
    const text = "a = {'x': 1}\n\nb = {'y': 2}\n";
    expect(literalOf(text).more).toBe(text.indexOf("b ="));
  });
});

describe("a snippet", () => {
  it("of Python loads", () => {
    const text = `# Sequential
flow = {
    "type": "chain",
    "steps": [{"id": "look", "command": "/query", "args": "it's # here"}],  # one
    "optimization": {"parallel_where_possible": True, "state_persistence": False}
}

result = await orchestrator.execute(flow)
`;
    const { workflow, problems } = loadWorkflow(text);
    expect(problems).toEqual([]);
    expect(workflow?.chain.parallelWherePossible).toBe(true);
    expect(workflow?.saveState).toBe(false);
    expect(workflow?.chain.steps[0]).toMatchObject({ name: "look", action: { params: "it's # here" } });
  });

  it("of TypeScript loads, and a second workflow in it is a mistake with its place", () => {
    const one =
      'const a = new Orchestrator({\n  workflowId: "x", // the id\n  commands: [{ command: "/query", args: "q" }],\n});\n';
    expect(loadWorkflow(one).workflow?.name).toBe("x");
    const { problems } = loadWorkflow(
      `${one}\nconst b = new Orchestrator({ workflowId: "y", commands: [] });\n`,
    );
    expect(problems).toMatchObject([{ code: "YAML_SYNTAX", source: { line: 6, column: 1 } }]);
  });
});
