import { describe, expect, it } from "vitest";
import type { CommandDoc } from "../ports/command-catalog.ts";
import { parseCommand } from "./parse.ts";

const identity = {
  name: "x",
  kind: "command",
  class: "core",
  file: "/p/.claude/commands/x.md",
  origin: "project",
} as const;

function parse(...lines: readonly string[]): CommandDoc {
  return parseCommand(lines.join("\n"), identity);
}

function repairs(doc: CommandDoc): string[] {
  expect(new Set(doc.problems.map((problem) => problem.code))).toEqual(
    new Set(doc.problems.length > 0 ? ["COMMAND_REPAIRED"] : []),
  );
  return doc.problems.map((problem) => problem.message.replace(/^.*as written: /, ""));
}

describe("a command file", () => {
  it("gives its metadata, and every unknown key in extra", () => {
    const doc = parse(
      "---",
      "description: Ships it",
      "allowed-tools: Read, Bash(git add:*, git commit -m x), mcp__a__b Write",
      "argument-hint: '[target]'",
      "arguments: [target, {name: level, type: integer, default: 3}]",
      "model: opus",
      "dependencies: [quality/verify, lodash]",
      "complexity: complex",
      "agents: reviewer, tester",
      "output: {type: object, properties: {ok: {type: boolean}}}",
      "color: red",
      "name: other",
      "---",
      "Ship $target.",
    );
    expect(doc).toMatchObject({
      name: "x",
      description: "Ships it",
      allowedTools: ["Read", "Bash(git add:*, git commit -m x)", "mcp__a__b", "Write"],
      argumentHint: "[target]",
      arguments: ["target", "level"],
      parameters: [
        { name: "target", required: true },
        { name: "level", required: false, type: "integer", default: "3" },
      ],
      model: "opus",
      dependencies: ["quality/verify", "lodash"],
      complexity: "complex",
      complexityReason: "declared by the file",
      agents: ["reviewer", "tester"],
      output: { type: "object", properties: { ok: { type: "boolean" } } },
      extra: { color: "red", name: "other" },
      body: "Ship $target.",
      problems: [],
    });
  });

  it("takes its description from the first line of the body when it declares none", () => {
    expect(parse("", "# Do the thing", "more").description).toBe("Do the thing");
    expect(parse("---", "model: opus", "---", "", "Just do it.").description).toBe("Just do it.");
    expect(parse("---", "description:", "---", "## Two").description).toBe("Two");
    expect(parse("").description).toBe("");
  });

  it("keeps a hint, a model and a version as they are written", () => {
    const doc = parse(
      "---",
      "argument-hint: [issue] # which",
      "model: 4.10",
      "description: [a, b]",
      "---",
      "x",
    );
    expect(doc.argumentHint).toBe("[issue]");
    expect(doc.model).toBe("4.10");
    expect(doc.description).toBe("[a, b]");
    expect(parse("---", "argument-hint:", "  - a", "  - b", "---").argumentHint).toBe("a b");
    expect(parse("---", "argument-hint: {a: 1}", "---").argumentHint).toBe("{a: 1}");
  });

  it("estimates its complexity, and says from what", () => {
    expect(parse("Say hello.")).toMatchObject({
      complexity: "simple",
      complexityReason: "estimated: short and plain",
    });
    const long = parse("---", "allowed-tools: Task, Read", "dependencies: /a", "---", "## Step\n".repeat(30));
    expect(long.complexity).toBe("complex");
    expect(long.complexityReason).toContain("works with other agents");
    const odd = parse("---", "complexity: quite", "---", "x");
    expect(odd.complexity).toBe("simple");
    expect(repairs(odd)).toEqual([
      'line 2: "complexity" is none of simple, medium, complex; it was estimated from the file',
    ]);
  });

  it("keeps an output that is no schema as an unknown key, and says so", () => {
    const doc = parse("---", "output: a report", "---", "x");
    expect(doc.output).toBeUndefined();
    expect(doc.extra).toEqual({ output: "a report" });
    expect(repairs(doc)[0]).toMatch(/^line 2: "output" is no JSON Schema/);
  });

  it("takes no schema by which nothing can be checked, and says why", () => {
    for (const schema of ["{type: string, pattern: '('}", "{$ref: '#/$defs/no'}", "{type: 5}"]) {
      const doc = parse("---", `output: ${schema}`, "---", "x");
      expect(doc.output).toBeUndefined();
      expect(repairs(doc)[0]).toMatch(
        /^line 2: "output" is a JSON Schema that no value can be checked by: Cannot/,
      );
    }
  });

  it.each([
    ["[Read, 'Bash(npm test)']", ["Read", "Bash(npm test)"]],
    ['["Read", "Write, Edit"]', ["Read", "Write", "Edit"]],
    ["Read Write,Edit", ["Read", "Write", "Edit"]],
    ["Bash(git log:*", ["Bash(git log:*"]],
    ['"[Read, Write]"', ["Read", "Write"]],
    ["{bash: ['jq *', git], read: true, web: false}", ["bash(jq *)", "bash(git)", "read"]],
    ["[]", []],
    ["all", undefined],
    ["'*'", undefined],
    ["[Read, '*']", undefined],
    ["", undefined],
    ["7", []],
  ])("reads the tools %s", (written, tools) => {
    expect(parse("---", `allowed-tools: ${written}`, "---").allowedTools).toEqual(tools);
    expect(parse("---", `tools: ${written}`, "---").allowedTools).toEqual(tools);
  });

  it.each([
    ["one, two", ["one", "two"]],
    ["[{name: a}, {command: /b}, {c: why}]", ["a", "/b", "c"]],
    ["{a: ^1.0, b: ^2.0}", ["a", "b"]],
    ["'[a, b]'", ["a", "b"]],
    ["[[a], 3, null, true]", ["a", "3"]],
    ["none of them really", ["none of them really"]],
  ])("reads the dependencies %s", (written, dependencies) => {
    expect(parse("---", `dependencies: ${written}`, "---").dependencies).toEqual(dependencies);
  });

  it.each([
    ["issue branch?", ["issue", "branch?"]],
    ["[$issue, '[branch]', <to>, 3, 'a b']", ["issue", "branch", "to"]],
    ["{a: {type: number}, b: text}", ["a", "b"]],
    ["[{name: a, required: false}, {name: '1'}, {title: x}]", ["a?"]],
    ["[{name: a, enum: [x, 1]}]", ["a"]],
    ["7", []],
  ])("reads the arguments %s", (written, names) => {
    const { parameters } = parse("---", `arguments: ${written}`, "---");
    expect(parameters?.map((each) => (each.required ? each.name : `${each.name}?`))).toEqual(names);
  });
});
