import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";
import type { Action, Chain } from "../workflow.ts";

const before = "chain:\n- {name: round, run: ./vote}\n- name: decide\n  tally:\n";

function load(tally: string) {
  const lines = tally.split("\n").map((line) => `    ${line}`);
  return loadWorkflow(`${before}${lines.join("\n")}\n`);
}

function found(tally: string): string[] {
  return load(tally).problems.map(({ code, source, message, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${line - 4}:${shown.slice(column - 1, column - 1 + length)} | ${message} | ${fix}`;
  });
}

function action(tally: string): Action | undefined {
  const { workflow, problems } = load(tally);
  expect(problems).toEqual([]);
  return workflow?.chain.steps[1]?.action;
}

function chain(tally: string): Chain {
  const made = action(tally);
  if (made?.kind !== "chain") throw new Error("it is no group");
  return made.chain;
}

const votes = 'votes: "${ round.output }"';

describe("tally", () => {
  it("counts a majority when it says no more", () => {
    expect(action(votes)).toEqual({
      kind: "tally",
      votes: "${ round.output }",
      rule: { kind: "majority" },
      field: "vote",
      otherwise: "fail",
    });
  });

  it("waits for the steps that its texts name", () => {
    const { workflow } = load('votes: {a: "${ round.output.a }", b: "${ round.output.b }"}');
    expect(workflow?.chain.steps[1]?.needs).toMatchObject([{ step: "round" }]);
  });

  it("takes options, what is barred, where votes are, and what stands for a decision", () => {
    const text = `${votes}\noptions: [ship, hold, 3]\nbarred: "\${ round.output.bad }"\nfield: a.b\nquorum: 2\ntie: hold\notherwise: accept`;
    expect(action(text)).toMatchObject({
      options: ["ship", "hold", 3],
      barred: "${ round.output.bad }",
      field: "a.b",
      quorum: 2,
      tie: "hold",
      otherwise: "accept",
    });
    expect(action(`${votes}\noptions: ["\${ run.id }", b]\nbarred: [c]`)).toMatchObject({ barred: ["c"] });
  });

  it.each([
    ["majority", { kind: "majority" }],
    ["voting", { kind: "majority" }],
    ["consensus", { kind: "unanimous" }],
    ["{unanimous: {quorum: 2}}", { kind: "unanimous" }],
    ["ranked", { kind: "ranked" }],
    ["{weighted: {weights: {lead: 2.5}}}", { kind: "weighted", weights: { lead: 2.5 } }],
    ["{quorum: 3}", { kind: "quorum", votes: 3 }],
    ["{quorum: {votes: 3, quorum: 4}}", { kind: "quorum", votes: 3 }],
    ["{veto: sec}", { kind: "veto", by: ["sec"] }],
    ["{veto: {voters: [sec, ops], tie: fail}}", { kind: "veto", by: ["sec", "ops"] }],
    ["{priority: [lead, sec]}", { kind: "priority", order: ["lead", "sec"] }],
  ])("counts by the rule %s", (rule, read) => {
    expect(action(`${votes}\nrule: ${rule}`)).toMatchObject({ kind: "tally", rule: read });
  });

  it("takes what may stand in the rule from there as well", () => {
    expect(action(`${votes}\nrule: {majority: {quorum: 2, tie: b}}\noptions: [a, b]`)).toMatchObject({
      quorum: 2,
      tie: "b",
    });
  });
});

describe("tally with somebody else who decides", () => {
  it("is a group of a count, an agent, a person, and what they come to", () => {
    const { steps } = chain(
      `${votes}\nrule: {majority: {quorum: 2, tie: judge}}\noptions: [a, b]\njudge: {agent: opus, model: m, prompt: "be fair to \${ run.name }"}\nby: [eve]`,
    );
    expect(steps.map(({ name, action: { kind } }) => `${name} ${kind}`)).toEqual([
      "decide_count tally",
      "decide_judge chain",
      "decide_judged tally",
      "decide_human ask",
      "decide_result tally",
    ]);
    const [count, judge, , human, result] = steps;
    expect(count?.action).toMatchObject({ rule: { kind: "majority" }, quorum: 2, otherwise: "accept" });
    expect(judge?.action).toMatchObject({
      chain: {
        steps: [
          {
            action: { kind: "agent", agent: "opus", model: "m", prompt: "be fair to ${ run.name }" },
            output: { properties: { vote: { enum: ["a", "b"] } } },
          },
        ],
      },
    });
    expect(human?.action).toMatchObject({
      ask: "question",
      by: ["eve"],
      answers: "${ decide_judged.output.open }",
    });
    expect(result?.action).toMatchObject({ of: "${ decide_judged.output }", otherwise: "fail" });
  });

  it("gives what the last of them came to", () => {
    const after = (use: string) =>
      `${before}    ${votes}\n    tie: human\n- run: "echo \${{ decide.output.${use} }}"\n`;
    expect(loadWorkflow(after("decision")).workflow?.chain.steps[1]?.action).toMatchObject({
      chain: { gives: "decide_result" },
    });
    expect(loadWorkflow(after("decision")).problems).toEqual([]);
  });

  it("has no other fields than a decision has, alone or as a group", () => {
    for (const tie of ["human", "fail"]) {
      const text = `${before}    ${votes}\n    tie: ${tie}\n- run: "echo \${{ decide.output.decison }} \${{ decide.output.counts[0].option }}"\n`;
      expect(loadWorkflow(text).problems).toMatchObject([{ code: "UNKNOWN_NAME", fix: 'write "decision"' }]);
    }
  });

  it("asks the judge alone, or the person alone, when no more is said", () => {
    const names = (text: string) => chain(`${votes}\n${text}`).steps.map(({ name }) => name);
    expect(names("tie: judge")).toEqual(["decide_count", "decide_judge", "decide_result"]);
    expect(names("tie: human")).toEqual(["decide_count", "decide_human", "decide_result"]);
    expect(names("tie: judge\njudge: be fair")).toEqual(["decide_count", "decide_judge", "decide_result"]);
  });

  it("keeps the rule as it is", () => {
    for (const rule of [
      { kind: "weighted", weights: { lead: 2 } },
      { kind: "quorum", votes: 3 },
      { kind: "veto", by: ["sec"] },
      { kind: "priority", order: ["lead"] },
      { kind: "ranked" },
    ]) {
      const { kind, ...rest } = rule;
      const matter = "by" in rest || "order" in rest ? { voters: Object.values(rest)[0] } : rest;
      const text = `${votes}\nrule: {${kind}: ${JSON.stringify({ ...matter, tie: "human" })}}`;
      expect(chain(text).steps[0]?.action).toMatchObject({ rule });
    }
  });

  it("goes by the kind of what it does when it has no name", () => {
    const { workflow } = loadWorkflow("chain:\n- tally: {votes: {a: x, b: y}, tie: human}\n");
    expect(workflow?.chain.steps[0]?.action).toMatchObject({ chain: { gives: "tally_result" } });
  });

  it("reads what others said of a count", () => {
    expect(
      action('of: "${ round.output }"\nrulings: {judge: "${ round.output.j }"}\notherwise: accept'),
    ).toEqual({
      kind: "tally",
      of: "${ round.output }",
      rulings: { judge: "${ round.output.j }" },
      otherwise: "accept",
    });
  });
});

describe("mistakes in a tally", () => {
  it.each([
    ["rule: majority", 'MISSING_KEY 0:tally | Cannot use `tally`: it has no "votes" | add "votes:"'],
    [
      `${votes}\nrule: majorty`,
      'BAD_VALUE 2:majorty | Cannot count by "majorty": there is no such rule | write "majority"',
    ],
    [
      `${votes}\nrule: weighted`,
      'MISSING_KEY 2:rule | Cannot use the rule "weighted": it has no "weights" | add "weights:"',
    ],
    [
      `${votes}\nrule: {veto: {tie: fail}}`,
      'MISSING_KEY 2:veto | Cannot use the rule "veto": it has no "voters" | add "voters:"',
    ],
    [
      `${votes}\nrule: {quorum: none}`,
      'WRONG_TYPE 2:none | Cannot use "none" as "quorum": it is a text and must be a whole number, 1 or more | write a whole number, 1 or more',
    ],
    [
      `${votes}\nrule: {weighted: {weights: {lead: -1}}}`,
      'BAD_VALUE 2:-1 | Cannot use "-1" as a part of "weights": it must be an object of voters and numbers from 0 to 100000, such as {lead: 2} | write an object of voters and numbers from 0 to 100000, such as {lead: 2}',
    ],
    [
      `${votes}\nrule: {weighted: 3}`,
      'WRONG_TYPE 2:3 | Cannot use "3" as "weighted": it is a number and must be an object of voters and numbers from 0 to 100000, such as {lead: 2} | write an object of voters and numbers from 0 to 100000, such as {lead: 2}',
    ],
    [
      `${votes}\noptions: [ship, hold]\ntie: nothing`,
      "BAD_VALUE 3:nothing | Cannot take nothing: it is none of the options | write one of judge, human, fail, ship, hold",
    ],
    [
      `${votes}\ntie: judge\njudge: 5`,
      'WRONG_TYPE 3:5 | Cannot use "5" as `judge`: it is a number and must be an object of keys and values | write an object of keys and values',
    ],
    [
      `${votes}\nrule: {majority: {votes: 2}}`,
      'BAD_VALUE 2:votes | Cannot use "votes" here: it means nothing for the rule "majority" | take it out',
    ],
    [
      `${votes}\nrule: {majority: 2}`,
      'WRONG_TYPE 2:2 | Cannot use "2" as the rule "majority": it is a number and must be an object such as {quorum: 2, tie: judge} | write an object such as {quorum: 2, tie: judge}',
    ],
    [
      `${votes}\nrule: {majority: {tie: fail}}\ntie: human`,
      'BAD_VALUE 3:tie | Cannot use "tie" here: the rule says it already | keep one of the two',
    ],
    [
      `${votes}\noptions: []`,
      'WRONG_TYPE 2:[] | Cannot use "[]" as "options": it is a list and must be a list of texts, numbers or truth values, or a template that gives one | write a list of texts, numbers or truth values, or a template that gives one',
    ],
    [
      `${votes}\noptions: [ship, hold, ship]`,
      'BAD_VALUE 2:[ship, hold, ship] | Cannot use "options": ship stands in it more than once | leave one of them',
    ],
    [
      `${votes}\noptions: [ship, hold]\nbarred: [hodl]`,
      "BAD_VALUE 3:[hodl] | Cannot bar hodl: it is none of the options | write hold",
    ],
    [
      `${votes}\noptions: [ship, hold]\ntie: hodl`,
      "BAD_VALUE 3:hodl | Cannot take hodl: it is none of the options | write hold",
    ],
    [
      `${votes}\ntie: jugde`,
      'BAD_VALUE 2:jugde | Cannot leave it to "jugde": it is neither judge, human nor fail, and `options` does not say what can be voted for | write "judge", or write out the options',
    ],
    [
      `${votes}\ntie: [a]`,
      'WRONG_TYPE 2:[a] | Cannot use "["a"]" as "tie": it is a list and must be judge, human, fail, or an option | write judge, human, fail, or an option',
    ],
    [
      `${votes}\njudge: be fair`,
      'BAD_VALUE 2:judge | Cannot use "judge" here: it decides nothing | add "tie: judge", or take it out',
    ],
    [
      `${votes}\nby: eve`,
      'BAD_VALUE 2:by | Cannot use "by" here: nobody is asked | add "tie: human", or take it out',
    ],
    [
      `of: "\${ round.output }"\nrulings: {human: x}\nrule: majority`,
      'BAD_VALUE 3:rule | Cannot use "rule" here: the votes were counted already, by what `of` names | take it out',
    ],
    [
      'of: "${ round.output }"',
      'MISSING_KEY 0:tally | Cannot use `tally`: it has no "rulings" | add "rulings:"',
    ],
    [
      `${votes}\nrule: [a]`,
      'WRONG_TYPE 2:[a] | Cannot use "["a"]" as "rule": it is a list and must be one of majority, voting, weighted, quorum, unanimous, consensus, veto, priority, ranked, or an object of one of them such as {quorum: 3} | write one of majority, voting, weighted, quorum, unanimous, consensus, veto, priority, ranked, or an object of one of them such as {quorum: 3}',
    ],
  ])("are told with their places: %s", (text, problem) => {
    expect(found(text)).toEqual([problem]);
  });

  it("are told in what is moved into other steps where they were written, and once", () => {
    const text = 'votes: "${ rond.output }"\ntie: judge\njudge: {prompt: "${ nothing }", modl: x}';
    expect(found(text).map((problem) => problem.split(" | ")[0])).toEqual([
      "UNKNOWN_NAME 1:rond.output",
      "UNKNOWN_NAME 3:nothing",
      "UNKNOWN_KEY 3:modl",
    ]);
    expect(found(`${votes}\ntie: judge\njudge: "\${ nothing }"`)).toEqual([
      expect.stringMatching(/^UNKNOWN_NAME 3:nothing /),
    ]);
  });

  it("are told all at once, also when it is no object", () => {
    expect(found(`rule: x\ntie: [1]\noptions: {}\nquorum: 0`)).toHaveLength(5);
    expect(loadWorkflow("chain:\n- {name: decide, tally: yes}\n").problems).toMatchObject([
      { code: "WRONG_TYPE" },
    ]);
  });
});
