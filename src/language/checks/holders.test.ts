import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadObject, loadWorkflow } from "../load.ts";
import type { Chain, Step } from "../workflow.ts";

function found(text: string): string[] {
  return loadWorkflow(text).problems.map(({ code, source, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${line}:${shown.slice(column - 1, column - 1 + length)} | ${fix}`;
  });
}

/** Steps of every kind that holds others; `last` is a further one. */
function workflow(last: string, { inside = "", round = "" } = {}): string {
  return `inputs: {n: integer}
chain:
- {name: scan, command: /x, output: {type: object, properties: {list: {type: array}}}}
- name: route
  flow: [{if: inputs.n > 1, then: [{name: yes, run: x}${inside}], else: [{name: no, run: x, output: {properties: {a: {}}}}, {name: both, run: x}]}]
- name: polish
  repeat: {until: "${round || "polish.round > 2"}", max: 5}
  steps: [{name: work, run: x, output: {type: object, properties: {score: {type: number}}}}]
- name: review
  for_each: {items: "\${ scan.output.list }", as: one, key: one.id}
  steps: [{name: look, run: "echo \${{ one.x }}"}]
- name: outer
  steps: [{name: deep, flow: [{if: "true", then: [{name: leaf, run: x}]}]}, {name: many, for_each: [1], steps: [{name: tiny, run: x}]}]
- ${last}
`;
}

const echo = (expression: string) => `{run: "echo \${{ ${expression} }}"}`;

describe("what a step that holds others gives", () => {
  it.each([
    "route.way",
    "route.way == 'then'",
    "route.output.yes",
    "route.output.no.a",
    "route.output.both.anything",
    "polish.output.work.score",
    "polish.round",
    "polish.last.work.score",
    "review.output",
    "review.output[0].output.look",
    "review.output.map(one, one.ok)",
    "outer.output.deep.leaf",
    "route.status",
  ])("%s can be asked for, and is a need", (expression) => {
    const { workflow: loaded, problems } = loadWorkflow(workflow(echo(expression)));
    expect(problems).toEqual([]);
    const [name = ""] = expression.split(/[.[]/);
    expect(loaded?.chain.steps.at(-1)?.needs).toMatchObject([{ step: name, because: "reference" }]);
  });

  it.each([
    ["route.output.nothing", /^UNKNOWN_NAME .*\| use one of yes, no, both$/],
    ["route.output.no.b", /^UNKNOWN_NAME .*\| use one of a$/],
    ["route.way == 'than'", /^BAD_VALUE .*\| write "then"$/],
    ["route.last", /^UNKNOWN_NAME /],
    ["scan.way", /^UNKNOWN_NAME /],
    ["polish.output.work.scor", /^UNKNOWN_NAME .*\| write "score"$/],
    ["polish.last.output.scor", /^UNKNOWN_NAME .*\| write "score"$/],
    ["polish.last.wrk", /^UNKNOWN_NAME .*\| write "work"$/],
    ["review.output.look", /^UNKNOWN_NAME .*write review.output\[0\].output.look, or review.output.map/],
    ["review.output.x", /^UNKNOWN_NAME .*write review.output\[0\].output, or/],
    ["yes.output", /^NEVER_RUNS .*\| write route.output.yes$/],
    ["leaf.output", /^NEVER_RUNS .*\| write outer.output.deep.leaf$/],
    ["work.output", /^NEVER_RUNS .*\| write polish.output.work$/],
    ["look.output", /^NEVER_RUNS .*\| use review.output, a list with .* there it is output.look$/],
    ["tiny.output", /^NEVER_RUNS .*\| use the output of "many", a list/],
    ["item", /^UNKNOWN_NAME .*\| put the step into the steps of a `for_each`$/],
    ["one.x", /^UNKNOWN_NAME /],
  ])("%s is refused", (expression, pattern) => {
    const problems = found(workflow(echo(expression)));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(pattern);
  });

  it("cannot be waited for from outside one by one", () => {
    expect(found(workflow("{run: x, depends_on: [yes]}"))).toEqual([
      expect.stringMatching(/^UNKNOWN_STEP .*\| write "route"$/) as string,
    ]);
  });
});

describe("inside a step that holds others", () => {
  it("steps of another way cannot be seen, nor the step itself", () => {
    expect(found(workflow("{run: x}", { inside: `, ${echo("no.output")}` }))[0]).toMatch(
      /^NEVER_RUNS 5:no.output/,
    );
    expect(found(workflow("{run: x}", { inside: `, ${echo("route.way")}` }))[0]).toMatch(
      /^NEVER_RUNS 5:route.way/,
    );
    expect(found(workflow("{run: x}", { inside: `, ${echo("yes.stdout")}` }))).toEqual([]);
    expect(found(workflow("{run: x}", { inside: ", {run: x, depends_on: [route]}" }))[0]).toMatch(
      /^NEVER_RUNS/,
    );
  });

  it.each([
    ["polish.last.work.score >= 90", []],
    ["polish.last == null", []],
    ["inputs.n > 2 AND scan.status == 'verified'", []],
    [
      "polish.output.work.score > 2",
      [/^NEVER_RUNS .*polish.last for what the round before gave, or polish.round/],
    ],
    ["polish.status == 'failed'", [/^NEVER_RUNS /]],
    ["work.output.score > 2", [/^NEVER_RUNS .*\| write polish.last.work$/]],
    ["polish.last.output.score > 2", []],
    ["polish.rond > 2", [/^NEVER_RUNS /]],
  ])("a loop is asked after each round whether %s", (round, expected) => {
    const problems = found(workflow("{run: x}", { round }));
    expect(problems).toHaveLength(expected.length);
    expected.forEach((pattern, at) => expect(problems[at]).toMatch(pattern));
  });

  it("a loop knows the round before, which is no dependency", () => {
    const text = (when: string, body: string) =>
      `chain: [{name: l, when: "${when}", repeat: 3, steps: [{name: w, run: "echo ${body}"}]}]`;
    const { workflow: loaded, problems } = loadWorkflow(
      text("true", "${{ l.last.w }} ${{ l.round }} ${{ l.last }}"),
    );
    expect(problems).toEqual([]);
    expect(loaded?.chain.steps[0]?.needs).toEqual([]);
    expect(found(text("true", "${{ l.output }}"))[0]).toMatch(/^NEVER_RUNS 1:l.output/);
    expect(found(text("l.round > 1", "x"))[0]).toMatch(/^NEVER_RUNS 1:l.round/);
  });

  it("the item is what the nearest `for_each` calls it, and hides reserved words only", () => {
    const nested = (inner: string, text: string) =>
      `chain: [{for_each: {items: [[1]], as: row}, steps: [{for_each: {items: "\${ row }"${inner}}, steps: [{run: "echo ${text}"}]}]}]`;
    expect(found(nested("", "${{ item }} ${{ row }}"))).toEqual([]);
    expect(found(nested(", as: cell", "${{ cell }} ${{ row[0] }}"))).toEqual([]);
    expect(found(nested(", as: row", "${{ row }}"))).toEqual([]);
    expect(found(nested(", as: cell", "${{ item }}"))[0]).toMatch(/^UNKNOWN_NAME 1:item \| write cell$/);
    expect(found(nested("", "${{ rwo }}"))[0]).toMatch(/^UNKNOWN_NAME 1:rwo \| write row$/);
    const own = "chain: [{for_each: {items: '${ item }'}, steps: [{run: x}]}]";
    expect(found(own)[0]).toMatch(/^UNKNOWN_NAME 1:item \|/);
    const key = "chain: [{for_each: {items: [1], key: string(item)}, steps: [{name: item_, run: x}]}]";
    expect(found(key)).toEqual([]);
  });

  it("a reference outwards makes the whole step need it", () => {
    const bodies = [
      "flow: [{if: 'true', then: [{run: 'echo ${{ a.output }}'}]}]",
      "flow: [{if: a.output == 'x', then: [{run: x}]}]",
      "switch: {on: a.output, cases: {x: [{run: x}]}}",
      "{repeat: 2, steps: [{run: 'echo ${{ a.output }}'}]}",
      "{name: l, repeat: {until: a.output == 'x'}, steps: [{run: x}]}",
      "{for_each: '${ a.output }', steps: [{run: x}]}",
      "{for_each: [1], steps: [{steps: [{run: 'echo ${{ a.output }}'}]}]}",
      "approval: ${ a.output }?",
    ];
    for (const body of bodies) {
      const { workflow: loaded, problems } = loadWorkflow(`chain:\n- {name: a, run: x}\n- ${body}\n`);
      expect(problems, body).toEqual([]);
      expect(loaded?.chain.steps[1]?.needs, body).toMatchObject([{ step: "a" }]);
    }
  });

  it("files that are read and written are those of the step that holds them", () => {
    const { workflow: loaded } = loadWorkflow(
      "chain: [{flow: [{if: 'true', then: [{run: x, writes: [out]}], else: [{run: y, writes: [out]}]}]}, {repeat: 2, steps: [{run: z, reads: [out]}]}]",
    );
    expect(loaded?.chain.steps[1]?.needs).toMatchObject([{ step: "route", because: "conflict" }]);
  });

  it("names, cycles and fallbacks are checked in every block", () => {
    expect(
      found(`chain:
- flow:
  - if: "true"
    then: [{name: a, run: x}, {name: a, run: y}]
    else: {error_strategy: {fallback: z}, steps: [{name: b, run: x, depends_on: [c]}, {name: c, run: x, depends_on: [b]}]}
- repeat: 2
  steps: [{name: "r#1", run: x}, {name: "a/b", run: x}, {name: "i[0]", run: x}]
`).map((line) => line.split(" | ")[0]),
    ).toEqual([
      "DUPLICATE_NAME 4:a",
      "UNKNOWN_STEP 5:z",
      "CYCLE 5:b",
      'BAD_VALUE 7:"r#1"',
      'BAD_VALUE 7:"a/b"',
      'BAD_VALUE 7:"i[0]"',
    ]);
  });
});

describe("any nesting of steps", () => {
  interface Written {
    readonly [key: string]: unknown;
  }
  const leaf = fc.constantFrom<Written>({ run: "x" }, { approval: "ok?" }, { wait: 1 }, { command: "/x" });
  const { step } = fc.letrec<{ step: Written; block: Written[] }>((tie) => ({
    block: fc.array(tie("step"), { minLength: 1, maxLength: 3 }),
    step: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.record({ steps: tie("block"), parallel: fc.constantFrom("any", true) }),
      fc.record({
        flow: fc.array(fc.record({ if: fc.constant("true"), then: tie("block"), else: tie("block") }), {
          minLength: 1,
          maxLength: 2,
        }),
      }),
      fc.record({
        switch: fc.record({
          on: fc.constant("run.name"),
          cases: fc.record({ a: tie("block") }),
          default: tie("block"),
        }),
      }),
      fc.record({ repeat: fc.constant(2), steps: tie("block") }),
      fc.record({ for_each: fc.constant([1, 2]), steps: tie("block") }),
    ),
  }));

  function chainsIn({ action }: Step): readonly Chain[] {
    if (action.kind === "branch") return action.ways.map((way) => way.chain);
    return "chain" in action ? [action.chain] : [];
  }

  function isWhole(chain: Chain): boolean {
    const names = chain.steps.map(({ name }) => name);
    const known = (name: string) => names.includes(name);
    return (
      new Set(names).size === names.length &&
      chain.steps.every((one) => one.needs.every((need) => known(need.step)) && chainsIn(one).every(isWhole))
    );
  }

  it("loads, with a name for each step and needs within its block, and is the same a second time", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), (chain) => {
        const { workflow: loaded, problems } = loadObject({ chain });
        expect(problems).toEqual([]);
        expect(loaded && isWhole(loaded.chain)).toBe(true);
        expect(loadWorkflow(JSON.stringify({ chain })).workflow).toEqual(loaded);
      }),
    );
  });
});
