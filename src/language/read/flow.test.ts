import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";
import type { Chain } from "../workflow.ts";

/** Each problem as `CODE line:marked words | fix`. */
function found(text: string): string[] {
  return loadWorkflow(text).problems.map(({ code, source, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${line}:${shown.slice(column - 1, column - 1 + length)} | ${fix}`;
  });
}

/** Decisions as `name{way? condition: steps | …}`. */
function shown(chain: Chain | undefined): string {
  return (chain?.steps ?? [])
    .map(({ name, action }) => {
      if (action.kind === "chain") return `${name}[${shown(action.chain)}]`;
      if (action.kind !== "branch") return name;
      const ways = action.ways.map((way) => `${way.name}? ${way.when ?? "-"}: ${shown(way.chain)}`);
      return `${name}{${ways.join(" | ")}}`;
    })
    .join(" ");
}

function load(text: string): string {
  const { workflow, problems } = loadWorkflow(text);
  expect(problems).toEqual([]);
  return shown(workflow?.chain);
}

const inputs = "inputs: {a: boolean, n: integer, kind: string}\n";

describe("flow", () => {
  it("of one condition is a branch with the ways then and else", () => {
    expect(
      load(`${inputs}chain:
- name: route
  flow: {conditions: [{if: "\${ inputs.a }", then: [{name: x, run: x}], else: {steps: [{name: y, run: y}]}}]}
`),
    ).toBe("route{then?  inputs.a : x | else? -: y}");
    expect(load(`${inputs}chain: [{flow: [{if: inputs.a, then: [{name: x, run: x}]}]}]`)).toBe(
      "route{then? inputs.a: x}",
    );
  });

  it("of several conditions decides one after another, in the steps c1, c2, …", () => {
    const text = `${inputs}chain: [{name: f, flow: [{if: inputs.a, then: [{run: x}]}, {if: inputs.n > 1 AND c1.way == 'then', then: [], else: [{run: y}]}]}]`;
    expect(load(text)).toBe(
      "f[c1{then? inputs.a: shell} c2{then? inputs.n > 1 AND c1.way == 'then':  | else? -: shell}]",
    );
    expect(loadWorkflow(text).workflow?.chain.steps[0]?.action).toMatchObject({
      chain: { steps: [{ needs: [] }, { needs: [{ step: "c1", because: "reference" }] }] },
    });
  });

  it("chooses by what has worked, or is not remembered, where it says so", () => {
    const marked = (text: string) => {
      const { workflow, problems } = loadWorkflow(`${inputs}${text}`);
      expect(problems).toEqual([]);
      const all = (chain: Chain | undefined): unknown[] =>
        (chain?.steps ?? []).flatMap(({ action }) => {
          if (action.kind === "chain") return all(action.chain);
          return action.kind === "branch" ? [[action.adaptive, action.learning]] : [];
        });
      return all(workflow?.chain);
    };
    const conditions = "conditions: [{if: inputs.a, then: [{run: x}]}, {if: inputs.n > 1, then: [{run: y}]}]";
    expect(marked(`flow: {adaptive: true, learning: true, ${conditions}}`)).toEqual([
      [true, undefined],
      [true, undefined],
    ]);
    expect(marked(`chain: [{flow: {adaptive: false, learning: false, ${conditions}}}]`)).toEqual([
      [undefined, false],
      [undefined, false],
    ]);
    const cases = "cases: {a: {when: inputs.a, steps: [{run: x}]}}, default: [{run: y}]";
    expect(marked(`chain: [{switch: {adaptive: true, ${cases}}}]`)).toEqual([[true, undefined]]);
    expect(marked(`chain: [{switch: {learning: false, ${cases}}}]`)).toEqual([[undefined, false]]);
  });

  it("is a kind of file, and lies in its own ways", () => {
    expect(
      load(`${inputs}flow:
  adaptive: false
  learning: false
  conditions:
    - if: inputs.a
      then:
        - flow: {conditions: [{if: inputs.n > 2, then: [{run: x}], else: [{flow: [{if: "true", then: [{run: y}]}]}]}]}
      else: {steps: [{run: z}], error_strategy: continue_on_failure, parallel_where_possible: true}
`),
    ).toBe(
      "c1{then? inputs.a: route{then? inputs.n > 2: shell | else? -: route{then? true: shell}} | else? -: shell}",
    );
  });

  it.each([
    ["flow: {}", [/^MISSING_KEY 1:flow \| add "conditions:" with at least one \{if, then, else\}$/]],
    ["flow: {conditions: []}", [/^MISSING_KEY 1:conditions /]],
    ["flow: {conditions: 5}", [/^WRONG_TYPE 1:5 \| write a list of \{if, then, else\}$/]],
    ["flow: 5", [/^WRONG_TYPE 1:5 /]],
    ["flow: [5]", [/^WRONG_TYPE 1:5 /]],
    ["flow: [{}]", [/^MISSING_KEY 1:.* add "if:"$/, /^MISSING_KEY 1:.* add "then:"$/]],
    ["flow: [{if: 'true', than: []}]", [/MISSING_KEY/, /^UNKNOWN_KEY 1:than \| write "then"/]],
    ["flow: [{if: 'true', then: []}]", [/^MISSING_KEY 1:.* give one of the ways a step/]],
    ["flow: [{if: 'true', then: [], else: {steps: []}}]", [/^MISSING_KEY 1:/]],
    ["flow: [{if: 'true', then: {}}]", [/^MISSING_KEY 1:then \| add "steps:"/]],
    ["flow: [{if: '1 + 1', then: [{run: a}]}]", [/^EXPRESSION_TYPE 1:'1 \+ 1'/]],
    ["flow: [{if: '1 +', then: [{run: a}]}]", [/^EXPRESSION_SYNTAX 1:/]],
    ["flow: [{if: x.y, then: [{run: a}]}]", [/^UNKNOWN_NAME 1:x.y/]],
    [
      "flow: {adaptive: maybe, conditions: [{if: 'true', then: [{run: a}]}]}",
      [/^WRONG_TYPE 1:maybe .*true or false/],
    ],
    ["adaptive: true\nflow: [{if: 'true', then: [{run: a}]}]", [/^NOT_SUPPORTED 1:adaptive .*in a `flow:`/]],
    ["flow: [{if: 'true', then: [{run: a}]}]\nchain: [{run: a}]", [/^BAD_VALUE 1:flow .*as a step/]],
    ["chain: {steps: [{run: a}], flow: []}", [/^NOT_SUPPORTED 1:flow .*as a step/]],
    [
      "chain: [{flow: [{if: 'true', then: [{run: a}]}], gates: []}]",
      [/^UNKNOWN_KEY 1:gates .*steps inside$/],
    ],
  ])("%s is refused", (text, expected) => {
    const problems = found(text);
    expect(problems).toHaveLength(expected.length);
    expected.forEach((pattern, at) => expect(problems[at]).toMatch(pattern));
  });
});

describe("switch", () => {
  it("takes the first case whose condition holds, or that is what `on` gives", () => {
    expect(
      load(`${inputs}chain:
- name: pick
  switch:
    on: inputs.kind
    cases:
      plain: [{name: p, run: p}]
      other: {is: [1, two, true, null], steps: [{name: o, run: o}]}
      third: {is: three, steps: [], error_strategy: continue_on_failure}
      big: {when: inputs.n > 9, steps: [{name: b, run: b}]}
    default: [{name: d, run: d}]
`),
    ).toBe(
      'pick{plain? (inputs.kind) == "plain": p | other? (inputs.kind) in [1, "two", true, null]: o | third? (inputs.kind) == "three":  | big? inputs.n > 9: b | default? -: d}',
    );
    expect(load(`${inputs}chain: [{switch: {cases: {x: {when: inputs.a, steps: [{run: x}]}}}}]`)).toBe(
      "route{x? inputs.a: shell}",
    );
  });

  it.each([
    ["switch: {cases: {}}", [/^MISSING_KEY 2:cases /]],
    ["switch: {}", [/^MISSING_KEY 2:switch /]],
    ["switch: 5", [/^WRONG_TYPE 2:5 /]],
    ["switch: {cases: 5}", [/^WRONG_TYPE 2:5 /]],
    ["switch: {cases: {x: 5}}", [/^WRONG_TYPE 2:5 /]],
    ["switch: {cases: {x: [{run: a}]}}", [/^MISSING_KEY 2:x .*give the switch an "on:"/]],
    ["switch: {cases: {x: {steps: [{run: a}]}}}", [/^MISSING_KEY 2:x /]],
    ["switch: {on: inputs.kind, cases: {x: {}}}", [/^MISSING_KEY 2:x \| add "steps:"/]],
    ["switch: {cases: {x: {is: 1, steps: [{run: a}]}}}", [/^BAD_VALUE 2:is .*add "on:"/]],
    [
      "switch: {on: inputs.kind, cases: {x: {is: a, when: 'true', steps: [{run: a}]}, y: []}}",
      [/^BAD_VALUE 2:is .*keep one/],
    ],
    [
      "switch: {on: inputs.a, cases: {x: {when: 'true', steps: [{run: a}]}}}",
      [/^BAD_VALUE 2:on .*take it out/],
    ],
    ["switch: {on: inputs.kind, cases: {default: [{run: a}]}}", [/^BAD_VALUE 2:default .*beside "cases:"/]],
    [
      "switch: {on: inputs.kind, cases: {'a/b': [{run: a}], 1: [{run: a}]}}",
      [/^BAD_VALUE 2:'a\/b' .*case_a_b: \{is: "a\/b", steps: /, /^BAD_VALUE 2:1 .*case_1: \{is: 1, steps: /],
    ],
    [
      "switch: {cases: {'a/b': {when: inputs.n > 1, steps: [{run: a}]}}}",
      [/^BAD_VALUE 2:'a\/b' .*write a name/],
    ],
    ["switch: {on: 1 + 1, cases: {x: [{run: a}]}}", [/^EXPRESSION_TYPE 2:1 \+ 1/]],
    ["switch: {on: 1 +, cases: {x: [{run: a}], y: [{run: a}]}}", [/^EXPRESSION_SYNTAX 2:/]],
    [
      "switch: {on: inputs.kin, cases: {x: [{run: a}], y: []}}",
      [/^UNKNOWN_NAME 2:inputs.kin \| write "inputs.kind"/],
    ],
    ["switch: {on: talk.output, cases: {x: [{run: a}]}}", [/^FREE_TEXT_COMPARED 2:talk.output/]],
    ["switch: {on: inputs.kind, cases: {x: []}}", [/^MISSING_KEY 2:/]],
  ])("%s is refused", (line, expected) => {
    const problems = found(`chain:\n- ${line}\n- {name: talk, command: /x}\n${inputs}`);
    expect(problems).toHaveLength(expected.length);
    expected.forEach((pattern, at) => expect(problems[at]).toMatch(pattern));
  });
});
