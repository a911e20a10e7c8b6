import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";
import type { Action } from "../workflow.ts";

function found(step: string): string[] {
  return loadWorkflow(`chain:\n- ${step}\n`).problems.map(({ code, source, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${line}:${shown.slice(column - 1, column - 1 + length)} | ${fix}`;
  });
}

function action(step: string): Action | undefined {
  const { workflow, problems } = loadWorkflow(`chain:\n- ${step}\n`);
  expect(problems).toEqual([]);
  return workflow?.chain.steps[0]?.action;
}

describe("approval", () => {
  it("says who may answer, how many must, until when, and who is told meanwhile", () => {
    const step = `approval: "Ship \${ run.name }?"
  by: [ann, bob]
  quorum: 2
  deadline: 24h
  otherwise: reject
  escalate:
    - {after: 5m, notify: terminal}
    - {after: 10m, notify: desktop}
    - {after: 15m, notify: {command: ./ring}}
    - {after: 20m, notify: {file: asked.log}}
    - {after: 60m, notify: {webhook: "\${ secrets.HOOK }"}}`;
    expect(action(step)).toEqual({
      kind: "ask",
      ask: "approval",
      text: "Ship ${ run.name }?",
      by: ["ann", "bob"],
      quorum: 2,
      deadlineMs: 86_400_000,
      otherwise: false,
      escalate: [
        { afterMs: 300_000, notify: "terminal" },
        { afterMs: 600_000, notify: "desktop" },
        { afterMs: 900_000, notify: { command: "./ring" } },
        { afterMs: 1_200_000, notify: { file: "asked.log" } },
        { afterMs: 3_600_000, notify: { webhook: "${ secrets.HOOK }" } },
      ],
    });
  });

  it("is by anybody, once and without an end when it says no more", () => {
    expect(action("approval: ok?")).toEqual({
      kind: "ask",
      ask: "approval",
      text: "ok?",
      by: [],
      quorum: 1,
      escalate: [],
    });
    for (const [written, verdict] of [
      ["approve", true],
      ["true", true],
      ["false", false],
    ] as const)
      expect(action(`{approval: ok?, deadline: 5, otherwise: ${written}}`)).toMatchObject({
        otherwise: verdict,
      });
  });
});

describe("question", () => {
  it.each([
    ["question: why?", { type: "string" }],
    ["{question: how many?, answer: integer}", { type: "integer" }],
    ["{question: which?, answer: [red, 2]}", { enum: ["red", 2] }],
    [
      "{question: which?, answer: {type: object, properties: {a: {}}}}",
      { type: "object", properties: { a: {} } },
    ],
  ])("%s has an answer of a shape", (step, schema) => {
    expect(action(step)).toMatchObject({ ask: "question", schema, quorum: 1 });
  });

  it("takes an answer at its deadline that has the shape", () => {
    expect(action("{question: which?, answer: [red, blue], deadline: 1h, otherwise: red}")).toMatchObject({
      otherwise: "red",
      deadlineMs: 3_600_000,
    });
  });

  it("takes the answers there are from other steps", () => {
    expect(action('{question: which?, answer: "${ [run.id, 1] }"}')).toEqual({
      kind: "ask",
      ask: "question",
      text: "which?",
      by: [],
      quorum: 1,
      answers: "${ [run.id, 1] }",
      escalate: [],
    });
    expect(found('{question: which?, answer: "${ nothing }"}')).toEqual([
      expect.stringMatching(/^UNKNOWN_NAME 2:nothing/),
    ]);
    expect(action('{question: n?, answer: "${ [1] }", deadline: 5, otherwise: 1}')).toMatchObject({
      otherwise: 1,
    });
  });

  it("gives what its shape has", () => {
    const text = (path: string) =>
      loadWorkflow(
        `chain: [{name: q, question: which?, answer: {type: object, properties: {a: {}}}}, {run: "echo \${{ q.output.${path} }}"}]`,
      ).problems.map(({ code }) => code);
    expect(text("a")).toEqual([]);
    expect(text("b")).toEqual(["UNKNOWN_NAME"]);
  });
});

it.each([
  ["{approval: ok?, question: why?}", [/^BAD_VALUE 2:question .*two steps/]],
  ["{approval: ok?, answer: string}", [/^UNKNOWN_KEY 2:answer/]],
  ["{question: why?, quorum: 2}", [/^UNKNOWN_KEY 2:quorum/]],
  ["{approval: ok?, timeout: 5m}", [/^UNKNOWN_KEY 2:timeout .*`deadline:`/]],
  ["{approval: ok?, quorum: 0}", [/^BAD_VALUE 2:0/]],
  ["{approval: ok?, by: [a, a], quorum: 2}", [/^BAD_VALUE 2:quorum .*name more people/]],
  ["{approval: ok?, otherwise: approve}", [/^BAD_VALUE 2:otherwise .*add "deadline:"/]],
  ["{approval: ok?, deadline: 5, otherwise: maybe}", [/^BAD_VALUE 2:maybe .*approve or reject/]],
  ["{question: n?, answer: integer, deadline: 5, otherwise: x}", [/^BAD_VALUE 2:x .*declared shape/]],
  ["{question: n?, answer: integr}", [/^BAD_VALUE 2:integr \| write "integer"/]],
  ["{question: n?, answer: nothing at all}", [/^BAD_VALUE 2:.*a type such as/]],
  ["{question: n?, answer: []}", [/^WRONG_TYPE 2:\[\]/]],
  ["{question: n?, answer: {type: integr}}", [/^BAD_VALUE 2:integr/]],
  [
    "{approval: ok?, deadline: 1h, escalate: [{after: 2h, notify: terminal}]}",
    [/^BAD_VALUE 2:2h .*before the deadline/],
  ],
  ["{approval: ok?, escalate: 5}", [/^WRONG_TYPE 2:5/]],
  ["{approval: ok?, escalate: [5]}", [/^WRONG_TYPE 2:5/]],
  ["{approval: ok?, escalate: [{}]}", [/^MISSING_KEY 2:.*"after:"/, /^MISSING_KEY 2:.*"notify:"/]],
  ["{approval: ok?, escalate: [{after: 5, notify: pigeon}]}", [/^BAD_VALUE 2:pigeon/]],
  ["{approval: ok?, escalate: [{after: 5, notify: [x]}]}", [/^WRONG_TYPE 2:\[x\]/]],
  ["{approval: ok?, escalate: [{after: 5, notify: {}}]}", [/^MISSING_KEY 2:\{\}/]],
  ["{approval: ok?, escalate: [{after: 5, notify: {file: a, command: b}}]}", [/^BAD_VALUE 2:/]],
  ["{approval: ok?, escalate: [{after: 5, notify: {file: a/../../b}}]}", [/^BAD_VALUE 2:a\/..\/..\/b/]],
  ["{approval: ok?, escalate: [{after: 5, notify: {fil: a}}]}", [/./, /UNKNOWN_KEY 2:fil \| write "file"/]],
  ["{approval: ok?, escalate: [{after: 5, notify: {webhook: ''}}]}", [/^BAD_VALUE 2:''/]],
  [
    "{approval: ok?, escalate: [{after: 5, notify: {file: '${ run.id }'}}]}",
    [/^BAD_VALUE 2:.*the text itself/],
  ],
  ["{approval: ok?, escalate: [{after: 5, notify: {command: 'x ${{ run.id }}'}}]}", [/^BAD_VALUE 2:/]],
  ['{approval: "${ secrets.A }"}', [/^BAD_VALUE 2:secrets.A/]],
])("%s is refused", (step, expected) => {
  const problems = found(step);
  expect(problems).toHaveLength(expected.length);
  expected.forEach((pattern, at) => expect(problems[at]).toMatch(pattern));
});
