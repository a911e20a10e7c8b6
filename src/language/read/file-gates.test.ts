import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";

function load(gates: string, key = "gates") {
  return loadWorkflow(`chain: [{name: a, run: a, ${key}: ${gates}}]`);
}

function found(gates: string, key?: string): readonly string[] {
  return load(gates, key).problems.map(({ code, message }) => `${code} ${message}`);
}

describe("gates that look at files", () => {
  it("are read with their names, levels and rounds", () => {
    const { workflow, problems } = load(
      "[{coverage: {file: lcov.info, lines: 80}, retry: 2}, {files: {changed: 5, allow: src/**}, level: maximum}, {secrets: {}}, {secrets: {in: [a, b], allow: [x]}, name: keys}, {schema: {file: o.json, is: s.json}}, {schema: {of: a.output.x, is: {type: string}}}]",
    );
    expect(problems).toEqual([]);
    expect(workflow?.chain.steps[0]?.gates).toEqual([
      {
        kind: "coverage",
        name: "coverage of lcov.info",
        level: "blocking",
        retry: 2,
        file: "lcov.info",
        minimum: { lines: 80 },
      },
      { kind: "files", name: "files", level: "maximum", retry: 0, changed: 5, allow: ["src/**"] },
      { kind: "secrets", name: "secrets", level: "blocking", retry: 0, in: "changed", allow: [] },
      { kind: "secrets", name: "keys", level: "blocking", retry: 0, in: ["a", "b"], allow: ["x"] },
      {
        kind: "schema",
        name: "schema of o.json",
        level: "blocking",
        retry: 0,
        of: { file: "o.json" },
        is: { file: "s.json" },
      },
      {
        kind: "schema",
        name: "schema of a.output.x",
        level: "blocking",
        retry: 0,
        of: { expression: "a.output.x" },
        is: { schema: { type: "string" } },
      },
    ]);
  });

  it.each([
    ["{coverage: {}}", ['MISSING_KEY Cannot use `coverage`: it has no "file"', /how much must be covered/]],
    ["{coverage: {file: a, lines: 101}}", [/^BAD_VALUE Cannot use "101" as "lines"/]],
    ["{coverage: {file: a, line: 1}}", [/^UNKNOWN_KEY Cannot read "line"/, /how much must be covered/]],
    ["{coverage: {file: a, lines: 1, format: gcov}}", [/^BAD_VALUE Cannot use "gcov" as "format"/]],
    ["{coverage: {file: '${ b.x }', lines: 1}}", [/^UNKNOWN_NAME Cannot use "b"/]],
    ["{coverage: lcov.info}", [/^WRONG_TYPE/]],
    ["{files: {}}", [/^MISSING_KEY Cannot use `files`: it limits nothing/]],
    ["{files: 5}", [/^WRONG_TYPE/]],
    ["{files: {forbid: [/etc, ../x, '!a']}}", [/"\/etc" as a glob/, /"\.\.\/x" as a glob/, /"!a" as a glob/]],
    ["{secrets: {in: ../x}}", [/"\.\.\/x" as a glob of "in"/]],
    ["{secrets: {allow: ['(', 5]}}", [/WRONG_TYPE/, /^BAD_VALUE Cannot use "\(" as a pattern/]],
    ["{secrets: all}", [/^WRONG_TYPE/]],
    ["{schema: {is: {type: string}}}", [/^MISSING_KEY Cannot use `schema`: it names nothing/]],
    ["{schema: {file: a, of: a.output, is: {}}}", [/^BAD_VALUE Cannot use `schema`: it names two things/]],
    ["{schema: {file: a}}", [/^MISSING_KEY Cannot use `schema`: it has no "is"/]],
    ["{schema: {file: a, is: 5}}", [/^WRONG_TYPE Cannot use "5" as "is"/]],
    ["{schema: {file: a, is: ''}}", [/^WRONG_TYPE/]],
    ["{schema: {file: a, is: {type: strin}}}", [/^BAD_VALUE Cannot use "strin" as a type/]],
    ["{schema: {of: 'a.outpt', is: {}}}", [/outpt/]],
    ["{schema: []}", [/^WRONG_TYPE/]],
    ["{files: {changed: 1}, secrets: {}}", [/^BAD_VALUE Cannot use "secrets" here/]],
  ] as const)("%s", (gates, wanted) => {
    const problems = found(gates);
    expect(problems).toHaveLength(wanted.length);
    for (const one of wanted)
      expect(
        problems.some((problem) => (typeof one === "string" ? problem === one : one.test(problem))),
      ).toBe(true);
  });

  it("look before a step at nothing that it changed", () => {
    expect(found("[{files: {changed: 1}}, {secrets: {}}]", "before")).toEqual([
      'BAD_VALUE Cannot use "files" here: before a step it has changed none',
      "BAD_VALUE Cannot look for secrets here in what the step changed: before a step it has changed nothing",
    ]);
    expect(found("[{secrets: {in: src/**}}, {coverage: {file: a, lines: 1}}]", "before")).toEqual([]);
  });
});
