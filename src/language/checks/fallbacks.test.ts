import { describe, expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";

/** `CODE line:the words it points at | what to do` of every finding. */
function found(text: string): string[] {
  return loadWorkflow(text).problems.map(({ code, fix, source }) => {
    const { line = 0, column = 1, length = 0, text: whole = "" } = source ?? {};
    return `${code} ${line}:${whole.slice(column - 1, column - 1 + length)} | ${fix}`;
  });
}

const parallel = (steps: string): string => `chain:
  parallel_where_possible: true
  steps:
  - {name: x, run: x}
  - {name: m, run: x, depends_on: [x]}
  - {name: a, run: x, depends_on: [m], error_strategy: {fallback: f}}
${steps}`;

describe("what a fallback needs", () => {
  it("is refused when it may not have ended as the fallback starts, wherever it is named", () => {
    expect(
      found(
        parallel(`  - {name: b, run: x}
  - {name: c, run: x, depends_on: [a]}
  - name: f
    depends_on: [b]
    steps: [{name: inner, run: "echo \${{ c.output }}"}]
`),
      ),
    ).toEqual([
      'NEVER_RUNS 10:b | let "a" wait for it too: depends_on: [b]',
      'NEVER_RUNS 11:c.output | name "a" itself, or a step that it waits for',
    ]);
    const [problem] = loadWorkflow(
      parallel("  - {name: b, run: x}\n  - {name: f, run: x, when: b.exit_code == 1}\n"),
    ).problems;
    expect(problem?.message).toBe(
      'Cannot use "b" in the fallback "f": it starts as soon as "a" has failed, and "b" may not have ended by then',
    );
  });

  it("may be the failed step, and all that it waits for", () => {
    const f = "  - {name: f, run: 'echo ${{ a.error }} ${{ x.output }} ${{ m.output }}', depends_on: [x]}\n";
    expect(found(parallel(f))).toEqual([]);
  });

  it("counts the order that conflicts of files make", () => {
    const steps = (files: string) =>
      found(`chain:
  parallel_where_possible: true
  steps:
  - {name: x, run: x, writes: [out]}
  - {name: a, run: x, ${files}error_strategy: {fallback: f}}
  - {name: f, run: x, depends_on: [x]}
`);
    expect(steps("reads: [out], ")).toEqual([]);
    expect(steps("")).toEqual(['NEVER_RUNS 6:x | let "a" wait for it too: depends_on: [x]']);
  });

  it("is what comes earlier in the file where steps run one after another", () => {
    const steps = (needed: string) =>
      found(`chain:
- {name: x, run: x}
- {name: a, run: x, error_strategy: {fallback: f}}
- {name: y, run: x}
- {name: f, run: x, depends_on: [${needed}]}
`);
    expect(steps("x")).toEqual([]);
    expect(steps("y")).toEqual(['NEVER_RUNS 5:y | let "a" wait for it too: depends_on: [y]']);
  });

  it("has to have ended before every step that the fallback stands for", () => {
    const steps = (own: string) =>
      found(`chain:
  error_strategy: {fallback: f}
  parallel_where_possible: true
  steps:
  - {name: a, run: x}
  - {name: b, run: x${own}}
  - {name: f, run: x, depends_on: [a]}
`);
    expect(steps("")).toEqual(['NEVER_RUNS 7:a | let "b" wait for it too: depends_on: [a]']);
    expect(steps(", depends_on: [a]")).toEqual([]);
    expect(steps(", error_strategy: stop")).toEqual([]);
  });

  it("is told once when it is itself a fallback", () => {
    const text = parallel(`  - {name: g, run: x}
  - {name: b, run: x, error_strategy: {fallback: g}}
  - {name: f, run: x, depends_on: [g]}
`);
    expect(found(text)).toEqual([
      'NEVER_RUNS 9:g | refer to "b", whose output is that of its fallback when the fallback ran',
    ]);
  });
});

describe("a fallback of a fallback", () => {
  const steps = (lines: string): string => `chain:
  parallel_where_possible: true
  steps:
${lines}`;

  it("may use all that failed before it, and what the first of them waited for", () => {
    const text = steps(`  - {name: x, run: x}
  - {name: g, run: x, depends_on: [x], error_strategy: {fallback: gf}}
  - {name: gf, run: "echo \${{ g.error }}", error_strategy: {fallback: gf2}}
  - {name: gf2, run: "echo \${{ g.error }} \${{ gf.error }} \${{ x.output }}", error_strategy: {fallback: gf3}}
  - name: gf3
    steps: [{name: deep, run: "echo \${{ gf.error }} \${{ gf2.error }}"}]
`);
    expect(found(text)).toEqual([]);
  });

  it("may not use one that need not have run, nor what the first step did not wait for", () => {
    const text = steps(`  - {name: x, run: x}
  - {name: g, run: x, error_strategy: {fallback: gf}}
  - {name: h, run: x, error_strategy: {fallback: gf2}}
  - {name: gf, run: x, error_strategy: {fallback: gf2}}
  - {name: gf2, run: "echo \${{ gf.error }} \${{ x.output }}"}
`);
    expect(found(text)).toEqual([
      'NEVER_RUNS 8:gf.error | refer to "g", whose output is that of its fallback when the fallback ran',
      'NEVER_RUNS 8:x.output | let "h" wait for it too: depends_on: [x]',
    ]);
  });

  it("may not lead back to the first, through the block neither; the block's own one has none", () => {
    const circle = steps(`  - {name: g, run: x, error_strategy: {fallback: a}}
  - {name: a, run: x, error_strategy: {fallback: b}}
  - {name: b, run: x, error_strategy: {fallback: a}}
`);
    const fix = 'let one of them have no fallback, as with "error_strategy: stop"';
    expect(found(circle)).toEqual([`CYCLE 5:b | ${fix}`]);
    expect(loadWorkflow(circle).problems[0]?.message).toBe(
      'Cannot fall back in a circle "a → b → a": each would run in place of the one before it',
    );
    const throughBlock = `chain:
  error_strategy: {fallback: a}
  steps:
  - {name: g, run: x}
  - {name: a, run: x, error_strategy: {fallback: b}}
  - {name: b, run: x}
`;
    expect(found(throughBlock)).toEqual([`CYCLE 5:b | ${fix}`]);
    expect(found(throughBlock.replace(", error_strategy: {fallback: b}", ""))).toEqual([]);
  });
});
