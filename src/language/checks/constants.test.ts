import { expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";

function problemsOf(step: string, head = ""): string[] {
  const { problems } = loadWorkflow(`${head}chain:\n- {name: a, ${step}}\n`);
  return problems.map(({ code, message }) => `${code} ${message}`);
}

it.each([
  ["run: x, cwd: /etc", 'Cannot run in "/etc": it is not relative to the workspace'],
  ['run: x, cwd: "C:/x"', 'Cannot run in "C:/x": it is not relative to the workspace'],
  ["run: x, cwd: a/../../b", 'Cannot run in "a/../../b": it leaves the workspace'],
  ['run: x, cwd: "${ run.id }"', 'Cannot fill in "${ run.id }": "cwd" is fixed when the file is loaded'],
  ['run: x, locks: "${ run.id }"', 'Cannot fill in "${ run.id }": "locks" is fixed when the file is loaded'],
  [
    'run: x, uses: ["${{ run.id }}"]',
    'Cannot fill in "${{ run.id }}": "uses" is fixed when the file is loaded',
  ],
  ["run: x, env: {a-b: c}", 'Cannot set the variable "a-b": it is not the name of a variable'],
  ["run: x, env: {TUTTI_RUN: c}", "names that begin with TUTTI_ are set by tutti itself"],
  ["http: x/y", 'Cannot call "x/y": it is not a whole URL'],
  ['http: "mailto:x@y"', 'Cannot call "mailto:x@y": only http: and https: can be called'],
  ['http: {url: "ftp://${ run.id }/"}', "only http: and https: can be called"],
])("a constant that can never work is found when the file is loaded: %s", (step, message) => {
  const problems = problemsOf(step);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain("BAD_VALUE");
  expect(problems[0]).toContain(message);
});

it("names of the workflow's own environment are looked at too", () => {
  expect(problemsOf("run: x", "env: {1a: b}\n")).toEqual([
    'BAD_VALUE Cannot set the variable "1a": it is not the name of a variable',
  ]);
});

it.each([
  ["run: x, when: 1 + 1", '"when"', "number"],
  ["run: x, when: \"'yes'\"", '"when"', "text"],
  ['run: x, gates: [{check: "size(a.stdout)"}]', '"check"', "number"],
  ['run: x, before: [{check: "[true]"}]', '"check"', "list"],
  ['run: x, when: "{}"', '"when"', "object"],
  ['run: x, when: "null"', '"when"', "null"],
])("a condition that is never true or false is found: %s", (step, key, kind) => {
  const problems = problemsOf(step);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^EXPRESSION_TYPE Cannot decide by /);
  expect(problems[0]).toContain(key);
  expect(problems[0]).toContain(kind);
});

it.each([
  "run: x, cwd: a/../b/./c",
  "run: x, env: {_A1: b}",
  'http: "${ inputs.url }/x"',
  'http: "http://${ run.id }"',
  "http: {url: HTTPS://example.com}",
  'run: x, when: "true"',
  "run: x, when: inputs.url",
  "run: x, when: \"inputs.url == 'x' || !inputs.b\"",
])("what can work is left alone: %s", (step) => {
  expect(problemsOf(step, "inputs: {url: string, b: boolean}\n")).toEqual([]);
});
