import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";
import type { Step } from "../workflow.ts";

function found(text: string): string[] {
  return loadWorkflow(text).problems.map(({ code, source, fix }) => {
    const { line = 0, column = 1, length = 0, text: shown = "" } = source ?? {};
    return `${code} ${line}:${Array.from(shown)
      .slice(column - 1, column - 1 + length)
      .join("")} | ${fix}`;
  });
}

/** Needs of every step, as `a<-b(reference)`. */
function needs(text: string): string[] {
  const { workflow, problems } = loadWorkflow(text);
  expect(problems).toEqual([]);
  const all = (steps: readonly Step[]): string[] =>
    steps.flatMap(({ name, needs: its, action }) => [
      ...its.map((need) => `${name}<-${need.step}(${need.because})`),
      ...(action.kind === "chain" ? all(action.chain.steps) : []),
    ]);
  return all(workflow?.chain.steps ?? []);
}

const head = `
inputs: {target: string}
env: {REGION: eu, TOKEN: "\${ secrets.TOKEN }"}
chain:
- name: scan
  command: /query
  output: {type: object, properties: {issues: {type: array, items: {type: object, properties: {id: {type: string}}}}}}
- name: sign-off
  run: ./sign
`;

describe("references", () => {
  it.each([
    ["{name: a, command: /x, params: '${ scan.output.issues }'}", ["a<-scan(reference)"]],
    ["{name: a, command: /x, params: '${{ scan.output.issues[0].id }}'}", ["a<-scan(reference)"]],
    ["{name: a, run: 'echo ${{ scan.results }}'}", ["a<-scan(reference)"]],
    ["{name: a, run: x, when: scan.status == 'failed'}", ["a<-scan(reference)"]],
    ["{name: a, run: x, before: {run: 'test ${{ scan.exit_code }}'}}", ["a<-scan(reference)"]],
    ["{name: a, run: x, env: {X: '${ scan.output }'}}", ["a<-scan(reference)"]],
    ["{name: a, http: {url: http://u, body: {x: ['${ scan.output }']}}}", ["a<-scan(reference)"]],
    ["{name: a, function: f, with: ['${ scan.output }', 5]}", ["a<-scan(reference)"]],
    ["{name: a, command: /x, context: {y: '${ scan.output }'}}", ["a<-scan(reference)"]],
    ["{name: a, run: x, depends_on: [scan], when: scan.status == 'failed'}", ["a<-scan(depends_on)"]],
    [`{name: a, run: x, when: 'steps["sign-off"].status == "verified"'}`, ["a<-sign-off(reference)"]],
    [`{name: a, run: 'echo \${{ steps["sign-off"].stdout }}'}`, ["a<-sign-off(depends_on)"]],
    ["{name: a, run: x, gates: {check: 'a.exit_code == 0 && feedback == \"\"'}}", []],
    [
      "{name: a, command: /x, params: '${ inputs.target } ${ inputs } ${ env.REGION } ${ run.id } ${ run }'}",
      [],
    ],
    ["{name: a, run: 'x $HOME ${HOME}', env: {T: '${ env.TOKEN } ${ secrets.X }'}}", []],
    ["{name: a, http: {url: '${ secrets.HOOK }', headers: {A: '${ env.TOKEN }'}}}", []],
    ["{name: a, command: /x, params: '${ scan.output.quality_metrics.coverage }'}", ["a<-scan(reference)"]],
  ])("make needs: %s", (step, expected) => expect(needs(`${head}- ${step}\n`)).toEqual(expected));

  it("from inside a group become needs of the group, as strong as what they ask for", () => {
    const group = (text: string) => `${head}- name: g\n  steps:\n  - {name: inner, run: x, ${text}}\n`;
    expect(needs(group("when: scan.output != null"))).toEqual(["g<-scan(depends_on)"]);
    expect(needs(group("when: scan.status == 'failed'"))).toEqual(["g<-scan(reference)"]);
    expect(needs(group("when: scan.status == 'failed' && scan.output != null"))).toEqual([
      "g<-scan(depends_on)",
    ]);
    expect(needs(group("depends_on: [scan]"))).toEqual(["g<-scan(depends_on)"]);
  });

  it("see their own block first, then those around it", () => {
    const text = `${head}- name: g\n  steps:\n  - {name: scan, run: x}\n  - {name: b, run: 'echo \${{ scan.stdout }}'}\n`;
    expect(needs(text)).toEqual(["b<-scan(reference)"]);
  });

  it("to a group give what is in it", () => {
    const group =
      "- {name: g, steps: [{name: in-side, run: x}, {name: b, command: /q, output: {properties: {c: {}}}}]}\n";
    expect(needs(`${head}${group}- {name: a, run: 'echo \${{ g.output.b.c }} \${{ g.status }}'}\n`)).toEqual([
      "a<-g(reference)",
    ]);
    expect(
      found(`${head}${group}- {name: a, run: 'echo \${{ g.output.bb }} \${{ g.output.b.d }}'}\n`),
    ).toEqual(['UNKNOWN_NAME 11:g.output.bb | write "b"', "UNKNOWN_NAME 11:g.output.b.d | use one of c"]);
  });
});

describe("a reference that cannot be", () => {
  it.each([
    ["params: '${ scna.output }'", "UNKNOWN_NAME 10:scna.output | write scan"],
    ["params: '${ scan.reslts }'", 'UNKNOWN_NAME 10:scan.reslts | write "results"'],
    ["params: '${ scan.output.isues }'", 'UNKNOWN_NAME 10:scan.output.isues | write "issues"'],
    ["params: '${ inputs.targt }'", 'UNKNOWN_NAME 10:inputs.targt | write "inputs.target"'],
    ["params: '${ inputs.zzz }'", 'UNKNOWN_NAME 10:inputs.zzz | declare it under "inputs:"'],
    ["params: '${ env.HOME }'", 'UNKNOWN_NAME 10:env.HOME | declare it under "env:"'],
    ["params: '${ run.nam }'", 'UNKNOWN_NAME 10:run.nam | write "run.name"'],
    ["params: '${ run.zzzz }'", "UNKNOWN_NAME 10:run.zzzz | use one of run.id, run.name, run.started_at"],
    ["params: '${ item.x }'", "UNKNOWN_NAME 10:item.x | put the step into the steps of a `for_each`"],
    ["params: '${ sign_off.stdout }'", 'UNKNOWN_NAME 10:sign_off.stdout | write steps["sign-off"]'],
    ["params: '${ sign-off.stdout }'", 'UNKNOWN_NAME 10:sign-off | write steps["sign-off"]'],
    [
      "params: '${ steps.zzzz.output }'",
      expect.stringMatching(/^UNKNOWN_NAME 10:steps.zzzz.output \| use one of scan/),
    ],
    [
      "params: '${ secrets.X }'",
      expect.stringMatching(/^BAD_VALUE 10:secrets.X \| put it into the step's `env:`/),
    ],
    ["params: '${ env.TOKEN }'", expect.stringMatching(/^BAD_VALUE 10:env.TOKEN /)],
    ["env: {X: '${ secrets }'}", "BAD_VALUE 10:secrets | name one: secrets.NAME"],
    [
      "params: '${ a.output }'",
      "NEVER_RUNS 10:a.output | refer to it in its gates only, or to an earlier step",
    ],
    [
      "when: a.status == 'verified'",
      "NEVER_RUNS 10:a.status | refer to it in its gates only, or to an earlier step",
    ],
    ["params: '${ scan.output'", expect.stringMatching(/^EXPRESSION_SYNTAX 10:/)],
    ["when: '${ scan.status } == ${ scan.status }'", expect.stringMatching(/^EXPRESSION_SYNTAX 10:/)],
  ] as const)("%s", (line, expected) => {
    expect(found(`${head}- {name: a, command: /task, ${line}}\n`)).toEqual([expected]);
  });

  it("lies in the workflow's own env", () => {
    expect(
      found(
        "env: {A: '${ scan.output }', B: '${ env.A }', C: '${ feedback }', D: '${ inputs.x }'}\nchain: [{name: scan, run: a}]",
      ),
    ).toEqual([
      expect.stringMatching(/^UNKNOWN_NAME 1:scan.output /) as string,
      expect.stringMatching(/^UNKNOWN_NAME 1:env.A /) as string,
      expect.stringMatching(/^UNKNOWN_NAME 1:feedback /) as string,
      'UNKNOWN_NAME 1:inputs.x | declare it under "inputs:"',
    ]);
  });

  it("leads into another group, or to the group around it", () => {
    const text = `
chain:
- {name: g, steps: [{name: in-side, run: x}, {name: b, run: x, when: g.status == 'failed'}]}
- {name: after, run: x, when: b.status == 'failed', depends_on: [b]}
- {name: last, run: 'echo \${{ steps["in-side"].stdout }}'}
- {name: h, steps: [{name: c, run: x, depends_on: [h]}]}
`;
    expect(found(text)).toEqual([
      "NEVER_RUNS 3:g.status | refer to a step beside this one",
      "NEVER_RUNS 4:b.status | write g.output.b",
      'UNKNOWN_STEP 4:b | write "g"',
      'NEVER_RUNS 5:steps["in-side"].stdout | write g.output["in-side"]',
      "NEVER_RUNS 6:h | refer to a step beside this one",
    ]);
  });

  it("asks a fallback step, which runs only after a failure", () => {
    const text = `
chain:
  error_strategy: {fallback: rescue}
  steps:
  - {name: a, run: x, error_strategy: {fallback: b}}
  - {name: b, run: x}
  - {name: c, run: x, when: b.status == 'verified', depends_on: [rescue]}
  - {name: rescue, run: 'echo \${{ a.error }}'}
`;
    expect(found(text)).toEqual([
      'NEVER_RUNS 7:b.status | refer to "a", whose output is that of its fallback when the fallback ran',
      'NEVER_RUNS 7:rescue | refer to "a", whose output is that of its fallback when the fallback ran',
    ]);
  });

  it("names a fallback of a nested chain that does not exist", () => {
    const text = "chain:\n- chain: {error_strategy: {fallback: bb}, steps: [{name: b, run: x}]}\n";
    expect(found(text)).toEqual(['UNKNOWN_STEP 2:bb | write "b"']);
  });

  it("is part of a circle, which is shown whole with the reasons", () => {
    const text = `
chain:
- {name: a, run: 'echo \${{ c.stdout }}'}
- {name: b, run: 'echo \${{ a.stdout }}'}
- {name: c, run: x, depends_on: [b]}
- {name: d, run: x, depends_on: [d]}
- {name: g, steps: [{name: e, run: x, depends_on: [f]}, {name: f, run: x, depends_on: [e]}]}
`;
    expect(found(text)).toEqual([
      "CYCLE 3:a | take one of these out: a needs c (c.stdout); c needs b (depends_on); b needs a (a.stdout)",
      "CYCLE 6:d | take one of these out: d needs d (depends_on)",
      "CYCLE 7:e | take one of these out: e needs f (depends_on); f needs e (depends_on)",
    ]);
    expect(loadWorkflow(text).problems[0]?.message).toContain('"a → c → b → a"');
  });
});

describe("what an expression asks of a step", () => {
  const two = (when: string) =>
    `chain:\n- {name: s, command: /q, output: {properties: {}}}\n- {name: t, run: x, when: "${when}"}\n`;
  it("may be all of it, and is named in full when no field is near", () => {
    expect(found(two("s == null"))).toEqual([]);
    expect(found(two("s.zzzzzzz == null"))).toEqual([
      expect.stringMatching(/\| use one of output, results, result, status/) as string,
    ]);
    expect(found(two("s.output.zzz == null"))).toEqual(["UNKNOWN_NAME 3:s.output.zzz | use one of (none)"]);
  });

  it("is not checked where the schema leaves it open", () => {
    const open = (schema: string) =>
      `chain:\n- {name: s, command: /q, output: ${schema}}\n- {name: t, run: x, when: s.output.a.b == null}\n`;
    for (const schema of [
      "{}",
      "{type: object}",
      "{properties: {a: true}}",
      "{properties: {x: {}}, additionalProperties: true}",
    ]) {
      expect(found(open(schema))).toEqual([]);
    }
    for (const schema of [
      "{properties: {x: {}}, additionalProperties: {}}",
      "{properties: {x: {}}, anyOf: []}",
    ]) {
      expect(found(open(schema))).toEqual([]);
    }
    expect(found(open("{properties: {x: {}}, additionalProperties: false}"))).toHaveLength(1);
  });
});

describe("comparisons", () => {
  const step =
    "- {name: s, command: /q}\n- {name: t, command: /q, output: {type: object}}\n- {name: u, run: x}\n";
  it.each([
    ["s.output == 'yes'", /^FREE_TEXT_COMPARED 5:s.output \| give "s" an output: .*enum: \["yes"\]/],
    ["s.results != 'yes'", /^FREE_TEXT_COMPARED 5:s.results /],
    ["t.stdout == 'yes'", /^FREE_TEXT_COMPARED 5:t.stdout /],
    ["s.status == 'verfied'", /^BAD_VALUE 5:s.status \| write "verified"/],
    ["s.status == 'done'", /^BAD_VALUE 5:s.status \| use one of verified/],
  ])("%s is a mistake", (when, expected) => {
    const problems = found(`chain:\n${step}- {name: x, run: x, when: "${when}"}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });

  it.each([
    "u.stdout == 'yes'",
    "u.output == 'yes'",
    "t.output.a == 'yes'",
    "s.status == 'claimed'",
    "run.name == 'x'",
  ])("%s is none", (when) =>
    expect(found(`chain:\n${step}- {name: x, run: x, when: "${when}"}\n`)).toEqual([]),
  );
});

describe("places inside texts", () => {
  it("are exact in plain, quoted, block and folded texts, and the whole text where escapes move them", () => {
    const text = `
chain:
- run: |
    first
    echo \${{ zzzz.a }}
- prompt: >-
    one
    two \${ zzzz.b }
- prompt: "tab\\t \${ zzzz.c }"
- prompt: 'plain \${ zzzz.d }'
- run: x
  when: "\${ zzzz.e == 1 }"
- prompt: "\\"\${ zzzz.f }"
`;
    expect(found(text).map((problem) => problem.split(" | ")[0])).toEqual([
      "UNKNOWN_NAME 5:zzzz.a",
      expect.stringMatching(/^UNKNOWN_NAME [678]:/) as string,
      'UNKNOWN_NAME 9:"tab\\t ${ zzzz.c }"',
      "UNKNOWN_NAME 10:zzzz.d",
      "UNKNOWN_NAME 12:zzzz.e",
      "UNKNOWN_NAME 13:zzzz.f",
    ]);
  });
});
