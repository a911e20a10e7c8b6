import { describe, expect, it } from "vitest";
import { isObject } from "../../expression/json.ts";
import { loadWorkflow } from "../load.ts";
import type { Step } from "../workflow.ts";

function load(...lines: readonly string[]) {
  return loadWorkflow(`agent: mock\nchain:\n${lines.join("\n")}\n`);
}

/** Code, place, message and remedy of each mistake; lines are those of the chain. */
function found(...lines: readonly string[]): string[] {
  return load(...lines).problems.map(({ code, source, message, fix }) => {
    const { line = 0, column = 1, length = 0, text = "" } = source ?? {};
    return `${code} ${line - 2}:${text.slice(column - 1, column - 1 + length)} | ${message} | ${fix}`;
  });
}

/** The steps of a group with a blackboard. */
const within = (blackboard: string, ...steps: readonly string[]): readonly string[] => [
  `- { name: g, blackboard: ${blackboard}, steps: [`,
  `  ${steps.join(", ")}]}`,
];

function stepIn(...steps: readonly string[]): Step | undefined {
  const { workflow, problems } = load(...within("{ topics: { t: { type: string } } }", ...steps));
  expect(problems).toEqual([]);
  const action = workflow?.chain.steps[0]?.action;
  return action?.kind === "chain" ? action.chain.steps[0] : undefined;
}

describe("a blackboard", () => {
  it.each([
    ["true", { resolve: "latest" }],
    ["{}", { resolve: "latest" }],
    ["{ resolve: none }", { resolve: "none" }],
    ["{ resolve: { priority: [ann] } }", { resolve: { rule: { kind: "priority", order: ["ann"] } } }],
    ["{ resolve: consensus }", { resolve: { rule: { kind: "unanimous" } } }],
    ["{ resolve: { quorum: 2 } }", { resolve: { rule: { kind: "quorum", votes: 2 } } }],
    [
      "{ resolve: { veto: { voters: ann, quorum: 3 } } }",
      { resolve: { rule: { kind: "veto", by: ["ann"] }, quorum: 3 } },
    ],
    [
      "{ resolve: { weighted: { weights: { ann: 2 } } } }",
      { resolve: { rule: { kind: "weighted", weights: { ann: 2 } } } },
    ],
    ["{ topics: { t: { type: string } } }", { resolve: "latest", topics: { t: { type: "string" } } }],
  ])("is %s", (written, rules) => {
    const { workflow, problems } = load(...within(written, "{ name: a, prompt: hi, board: { as: ann } }"));
    expect(problems).toEqual([]);
    expect(workflow?.chain.steps[0]?.action).toMatchObject({ board: rules });
  });

  it.each([
    [within("5", "{ run: a }"), "WRONG_TYPE 1:5 | Cannot use"],
    [within("{ resolve: newest }", "{ run: a }"), "BAD_VALUE 1:newest | Cannot count by"],
    [
      within("{ resolve: frist }", "{ run: a }"),
      'BAD_VALUE 1:frist | Cannot count by "frist": there is no such rule | write "first"',
    ],
    [within("{ resolve: 5 }", "{ run: a }"), 'WRONG_TYPE 1:5 | Cannot use "5" as "resolve"'],
    [within("{ resolve: ranked }", "{ run: a }"), 'BAD_VALUE 1:ranked | Cannot use "ranked" as "resolve"'],
    [
      within("{ resolve: { majority: { tie: judge } } }", "{ run: a }"),
      'BAD_VALUE 1:tie | Cannot use "tie" here: nobody is asked',
    ],
    [
      within("{ resolve: { majority: { by: ann } } }", "{ run: a }"),
      'BAD_VALUE 1:by | Cannot use "by" here: nobody is asked',
    ],
    [
      within("{ resolve: { majority: { judge: j } } }", "{ run: a }"),
      'BAD_VALUE 1:judge | Cannot use "judge" here: nobody is asked',
    ],
    [within("{ topic: t }", "{ run: a }"), 'UNKNOWN_KEY 1:topic | Cannot read "topic"'],
    [within("{ topics: [t] }", "{ run: a }"), "WRONG_TYPE 1:[t] | Cannot use"],
    [within("{ topics: { t: 5 } }", "{ run: a }"), "WRONG_TYPE 1:5 | Cannot use"],
    [within("true", "{ run: a, board: {} }"), "MISSING_KEY 2:board | Cannot"],
    [within("true", "{ run: a, board: { as: 5 } }"), "WRONG_TYPE 2:5 | Cannot use"],
    [within("true", "{ run: a, board: 5 }"), "WRONG_TYPE 2:5 | Cannot use"],
    [within("true", "{ run: a, board: { as: ann, posts: { key: k } } }"), "MISSING_KEY 2:posts | Cannot"],
    [within("true", "{ run: a, board: { as: ann, posts: 5 } }"), "WRONG_TYPE 2:5 | Cannot use"],
    [
      ["- { name: s, run: a, board: { as: ann } }"],
      'BAD_VALUE 1:{ name: s, run: a, board: { as: ann } } | Cannot let the step "s" use a blackboard: there is none',
    ],
    [["- { prompt: '${ board.entries }' }"], 'UNKNOWN_NAME 1:board.entries | Cannot use "board"'],
    [
      within("true", "{ prompt: '${ board.entrys }' }"),
      'UNKNOWN_NAME 2:board.entrys | Cannot use "board.entrys"',
    ],
    [within("true", "{ prompt: '${ board.zzz }' }"), 'UNKNOWN_NAME 2:board.zzz | Cannot use "board.zzz"'],
    [
      ["- { name: w, wait: { board: 'true' } }"],
      `BAD_VALUE 1:{ name: w, wait: { board: 'true' } } | Cannot let the step "w" wait for a blackboard: there is none`,
    ],
    [within("true", "{ wait: { board: 5 } }"), "WRONG_TYPE 2:5 | Cannot use"],
  ])("tells what is wrong with %j", (lines, expected) => {
    const [told = "", ...more] = found(...lines);
    expect(more).toEqual([]);
    expect(told.slice(0, expected.length)).toBe(expected);
  });
});

describe("the answer of a step that writes on a blackboard", () => {
  const posts = (step: string): unknown => {
    const { output } = stepIn(step) ?? {};
    return isObject(output?.["properties"]) ? output["properties"]["posts"] : undefined;
  };

  it("may hold entries, of the topics that there are", () => {
    expect(posts("{ prompt: hi, board: { as: ann } }")).toMatchObject({
      type: "array",
      items: { anyOf: [{ properties: { topic: { const: "t" }, value: { type: "string" } } }] },
    });
    expect(
      posts("{ command: /task, board: { as: ann }, output: { type: object, properties: { a: {} } } }"),
    ).toBeDefined();
  });

  it("is as it is declared where it says itself what it holds, or is no object, or nobody asks", () => {
    expect(
      posts("{ prompt: hi, board: { as: ann }, output: { type: object, properties: { posts: {} } } }"),
    ).toEqual({});
    expect(stepIn("{ prompt: hi, board: { as: ann }, output: { type: array } }")?.output).toEqual({
      type: "array",
    });
    expect(stepIn("{ run: a, board: { as: ann } }")?.output).toBeUndefined();
    expect(stepIn("{ prompt: hi }")?.output).toBeUndefined();
  });
});
