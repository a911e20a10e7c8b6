import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";
import type { Action } from "../workflow.ts";

function found(step: string): string[] {
  return loadWorkflow(`chain:\n- ${step}\ninputs: {list: {type: array}, n: integer}\n`).problems.map(
    ({ code, source, fix }) => {
      const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
      return `${code} ${line}:${shown.slice(column - 1, column - 1 + length)} | ${fix}`;
    },
  );
}

function action(step: string): Action | undefined {
  const { workflow, problems } = loadWorkflow(
    `chain:\n- ${step}\ninputs: {list: {type: array}, n: integer}\n`,
  );
  expect(problems).toEqual([]);
  return workflow?.chain.steps[0]?.action;
}

describe("repeat", () => {
  it("says when it ends, how often it goes round at most, and what it means that it did not", () => {
    const step = `{name: polish, repeat: {until: "polish.last.work.score >= 90", max: 3, plateau: {of: polish.last.work.score, rounds: 4}}, steps: [{name: work, run: x}]}`;
    expect(action(step)).toMatchObject({
      kind: "loop",
      until: "polish.last.work.score >= 90",
      max: 3,
      plateau: { of: "polish.last.work.score", rounds: 4 },
      otherwise: "fail",
      chain: { steps: [{ name: "work" }] },
    });
  });

  it("has a short form and defaults", () => {
    expect(action("{repeat: 4, steps: [{run: x}]}")).toMatchObject({ max: 4, otherwise: "accept" });
    expect(
      action("{repeat: {max: 2}, chain: {error_strategy: continue_on_failure, steps: [{run: x}]}}"),
    ).toMatchObject({
      max: 2,
      otherwise: "accept",
      chain: { errorStrategy: "continue_on_failure" },
    });
    const step =
      "{name: l, repeat: {until: l.round > 2, otherwise: accept}, parallel_where_possible: true, steps: [{run: x}]}";
    expect(action(step)).toMatchObject({
      max: 10,
      otherwise: "accept",
      chain: { parallelWherePossible: true },
    });
    expect(
      action("{name: l, repeat: {max: 9, plateau: {of: l.round}, otherwise: fail}, steps: [{run: x}]}"),
    ).toMatchObject({ plateau: { rounds: 2 }, otherwise: "fail" });
  });

  it.each([
    ["repeat: {max: 3}", [/^MISSING_KEY 2:.* add "steps:" beside it/]],
    ["{repeat: {}, steps: [{run: x}]}", [/^MISSING_KEY 2:repeat .*"until:"/]],
    ["{repeat: 0, steps: [{run: x}]}", [/^BAD_VALUE 2:0/]],
    ["{repeat: often, steps: [{run: x}]}", [/^WRONG_TYPE 2:often/]],
    ["{repeat: {max: 0}, steps: [{run: x}]}", [/^BAD_VALUE 2:0/]],
    ["{repeat: {max: 2, otherwise: fail}, steps: [{run: x}]}", [/^BAD_VALUE 2:otherwise .*add "until:"/]],
    ["{repeat: {max: 2, plateau: {}}, steps: [{run: x}]}", [/^MISSING_KEY 2:plateau \| add "of:"/]],
    ["{repeat: {max: 2, plateau: {of: '1', rounds: 0}}, steps: [{run: x}]}", [/^BAD_VALUE 2:0/]],
    [
      "{repeat: {max: 2, plateau: {of: 'true'}}, steps: [{run: x}]}",
      [/^EXPRESSION_TYPE 2:'true' .*a number/],
    ],
    ["{repeat: {until: '1'}, steps: [{run: x}]}", [/^EXPRESSION_TYPE 2:'1'/]],
    ["{repeat: 2, steps: []}", [/^MISSING_KEY 2:steps/]],
    ["{repeat: 2, for_each: [1], steps: [{run: x}]}", [/^BAD_VALUE 2:for_each .*two steps/]],
    ["{repeat: 2, parallel: true, steps: [{run: x}]}", [/^UNKNOWN_KEY 2:parallel .*take it out/]],
    ["{repeat: 2, timeout: 5m, steps: [{run: x}]}", [/^UNKNOWN_KEY 2:timeout .*steps inside$/]],
  ])("%s is refused", (step, expected) => {
    const problems = found(step);
    expect(problems).toHaveLength(expected.length);
    expected.forEach((pattern, at) => expect(problems[at]).toMatch(pattern));
  });
});

describe("for_each", () => {
  it("goes through what a template gives, or a list that is written out", () => {
    const step =
      '{for_each: {items: " ${{ inputs.list }} ", as: one, key: one.id, concurrency: 4}, steps: [{run: "echo ${{ one.x }}"}]}';
    expect(action(step)).toMatchObject({
      kind: "each",
      items: "${ inputs.list }",
      as: "one",
      key: "one.id",
      concurrency: 4,
    });
    expect(action('{for_each: "${ inputs.list }", steps: [{run: "echo ${{ item }}"}]}')).toMatchObject({
      items: "${ inputs.list }",
      as: "item",
    });
    expect(
      action('{for_each: [1, "two\\n", {x: [null]}], steps: [{run: "echo ${{ item }}"}]}'),
    ).toMatchObject({
      items: '${ [1,"two\\n",{"x":[null]}] }',
    });
    expect(action("{for_each: {items: []}, steps: [{run: x}]}")).toMatchObject({ items: "${ [] }" });
  });

  it("does items that write files one after another, unless it says how many at once", () => {
    const step = (options: string) =>
      action(`{for_each: {items: [1, 2]${options}}, steps: [{steps: [{run: x, writes: [out]}]}]}`);
    expect(step("")).toMatchObject({ concurrency: 1 });
    expect(step(", concurrency: 2")).toMatchObject({ concurrency: 2 });
    expect(action("{for_each: [1], steps: [{run: x, reads: [out]}]}")).not.toHaveProperty("concurrency");
  });

  it("cannot write out a list that is too long for an expression", () => {
    expect(found(`{for_each: [${"1, ".repeat(5000)}1], steps: [{run: x}]}`)).toEqual([
      expect.stringMatching(/^BAD_VALUE 2:.* give it as the default of an input/) as string,
    ]);
  });

  it.each([
    ["for_each: [1]", [/^MISSING_KEY 2:.* add "steps:"/]],
    ["{for_each: {}, steps: [{run: x}]}", [/^MISSING_KEY 2:for_each \| add "items:"/]],
    ["{for_each: 5, steps: [{run: x}]}", [/^WRONG_TYPE 2:5/]],
    ["{for_each: {items: 5}, steps: [{run: x}]}", [/^WRONG_TYPE 2:5/]],
    ["{for_each: inputs.list, steps: [{run: x}]}", [/^BAD_VALUE 2:inputs.list \| write one template/]],
    ['{for_each: "${ inputs.n } ${ inputs.n }", steps: [{run: x}]}', [/^BAD_VALUE 2:/]],
    ['{for_each: ["${ inputs.n }"], steps: [{run: x}]}', [/^BAD_VALUE 2:.* write it as one expression/]],
    ['{for_each: "${ 1 + 1 }", steps: [{run: x}]}', [/^EXPRESSION_TYPE 2:.* a list/]],
    ["{for_each: {items: [1], concurrency: 0}, steps: [{run: x}]}", [/^BAD_VALUE 2:0/]],
    ["{for_each: {items: [1], as: a-b}, steps: [{run: x}]}", [/^BAD_VALUE 2:a-b/]],
    ["{for_each: {items: [1], as: inputs}, steps: [{run: x}]}", [/^BAD_VALUE 2:inputs \| choose/]],
    ["{for_each: {items: [1], as: a}, steps: [{name: a, run: x}]}", [/^BAD_VALUE 2:a \| choose/]],
    ["{name: a, for_each: {items: [1], as: a}, steps: [{run: x}]}", [/^BAD_VALUE 2:a \| choose/]],
    ["{for_each: {items: [1], key: 1 +}, steps: [{run: x}]}", [/^EXPRESSION_SYNTAX 2:/]],
  ])("%s is refused", (step, expected) => {
    const problems = found(step);
    expect(problems).toHaveLength(expected.length);
    expected.forEach((pattern, at) => expect(problems[at]).toMatch(pattern));
  });
});

describe("a key of a holder that stands beside it", () => {
  it.each([
    [
      "{for_each: [1], concurrency: 2, steps: [{run: x}]}",
      "concurrency",
      "for_each: {items: …, concurrency: …}",
    ],
    ["{for_each: [1], as: one, steps: [{run: x}]}", "as", "for_each: {items: …, as: …}"],
    ["{for_each: {items: [1]}, key: item.id, steps: [{run: x}]}", "key", "for_each: {items: …, key: …}"],
    ["{repeat: {max: 2}, until: x, steps: [{run: x}]}", "until", "repeat: {until: …}"],
    ["{repeat: {max: 2}, max: 2, steps: [{run: x}]}", "max", "repeat: {max: …}"],
    ["{repeat: {max: 2}, plateau: {of: x}, steps: [{run: x}]}", "plateau", "repeat: {plateau: …}"],
    ["{repeat: {max: 2}, otherwise: accept, steps: [{run: x}]}", "otherwise", "repeat: {otherwise: …}"],
  ])("%s is told where it belongs", (step, key, place) => {
    expect(found(step)).toEqual([`UNKNOWN_KEY 2:${key} | write it in \`${place}\``]);
  });

  it("is like any other where there is no such holder", () => {
    expect(found("{run: x, concurrency: 2}")).toEqual([
      expect.stringMatching(/^UNKNOWN_KEY 2:concurrency \| take it out/) as string,
    ]);
  });

  it("may be the list itself", () => {
    expect(found("{for_each: {as: one}, items: [1], steps: [{run: x}]}")).toContain(
      "UNKNOWN_KEY 2:items | write it in `for_each: {items: …}`",
    );
  });
});

describe("parallel", () => {
  const steps = "steps: [{name: a, run: x}, {name: b, run: x}]";

  it("waits for all of its steps, for any, or for a number of them", () => {
    for (const all of ["true", "all", "{join: all}"])
      expect(action(`{parallel: ${all}, ${steps}}`)).not.toHaveProperty("join");
    for (const any of ["any", "{join: any}"])
      expect(action(`{parallel: ${any}, ${steps}}`)).toMatchObject({
        join: "any",
        chain: { parallelAlways: true },
      });
    expect(action(`{parallel: {join: {quorum: 2}}, ${steps}}`)).toMatchObject({ join: { quorum: 2 } });
  });

  it.each([
    [`{parallel: {join: {quorum: 3}}, ${steps}}`, [/^BAD_VALUE 2:.* at most 2/]],
    [`{parallel: {join: {quorum: 0}}, ${steps}}`, [/^BAD_VALUE 2:0/]],
    [`{parallel: {join: {}}, ${steps}}`, [/^MISSING_KEY 2:join .*"quorum:"/]],
    [`{parallel: {join: 2}, ${steps}}`, [/^WRONG_TYPE 2:2/]],
    [`{parallel: {}, ${steps}}`, []],
    [
      "{parallel: {join: {quorum: 2}}, steps: [{name: a, run: x, error_strategy: {fallback: b}}, {name: b, run: x}]}",
      [/^BAD_VALUE 2:.* at most 1/],
    ],
  ])("%s is refused where it cannot be", (step, expected) => {
    const problems = found(step);
    expect(problems).toHaveLength(expected.length);
    expected.forEach((pattern, at) => expect(problems[at]).toMatch(pattern));
  });
});
