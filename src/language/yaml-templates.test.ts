import { describe, expect, it } from "vitest";
import { parseText } from "./yaml-source.ts";

/** `line:the words it points at | what to do` of every mistake of the text. */
function found(text: string): string[] {
  return parseText(text).report.problems.map(({ code, fix, source }) => {
    const { line = 0, column = 1, length = 0, text: whole = "" } = source ?? {};
    expect(code).toBe("YAML_SYNTAX");
    return `${line}:${whole.slice(column - 1, column - 1 + length)} | ${fix}`;
  });
}

const quoted = "put the whole value into quotes";

describe("a value with a template that stands without quotes inside brackets", () => {
  it("is one mistake, wherever it stands in the text", () => {
    const text = `chain:
  - { name: a, run: echo \${{ inputs.x }}, retry: 2 }
  - { name: b, run: echo hi }
  - name: c
    run: echo \${{ a.output }}
  - { name: d, env: { X: \${ a.output } }, run: x }
  - [one, \${{ f(a, {b: 1}) }} and \${{ c }}]
`;
    expect(found(text)).toEqual([
      `2:echo \${{ inputs.x }} | ${quoted}: "echo \${{ inputs.x }}"`,
      `6:\${ a.output } | ${quoted}: "\${ a.output }"`,
      `7:\${{ f(a, {b: 1}) }} and \${{ c }} | ${quoted}: "\${{ f(a, {b: 1}) }} and \${{ c }}"`,
    ]);
    expect(parseText(text).report.problems[0]?.message).toBe(
      'Cannot read "echo ${{ inputs.x }}": inside { } and [ ] a value with a template stands in quotes',
    );
    expect(parseText(text).value).toBeUndefined();
  });

  it("is shown in the quotes that it does not hold itself, if there are any", () => {
    expect(found('- {run: echo ${{ "a" }}}\n')).toEqual([
      `1:echo \${{ "a" }} | ${quoted}: 'echo \${{ "a" }}'`,
    ]);
    expect(found(`- {run: it's \${{ "a" }}}\n`)).toEqual([
      `1:it's \${{ "a" }} | ${quoted}: 'it''s \${{ "a" }}'`,
    ]);
    expect(found(`- {run: ${"x".repeat(100)} \${{ a }}}\n`)).toEqual([expect.stringMatching(/into quotes$/)]);
  });

  it("is found in brackets over several lines, and in a template that does not end", () => {
    expect(found("- {\n    run: echo ${{ a }}\n  }\n")).toEqual([
      `2:echo \${{ a }} | ${quoted}: "echo \${{ a }}"`,
    ]);
    expect(found("- {run: echo ${{ a\n")[0]).toBe(`1:echo \${{ a | ${quoted}: "echo \${{ a"`);
    expect(found("- {run: echo ${{ a")[0]).toBe(`1:echo \${{ a | ${quoted}: "echo \${{ a"`);
  });

  it("leaves the other mistakes of the text", () => {
    expect(found('- {run: echo ${{ a }}}\n- {run: "x}\n')).toEqual([
      `1:echo \${{ a }} | ${quoted}: "echo \${{ a }}"`,
      expect.stringMatching(/^3:.*close the quote/),
    ]);
  });

  it("is not what a bracket means that nobody closed", () => {
    const [first = ""] = found("- {name: a, run: x\n- run: echo ${{ a }}\n- run: y\n");
    expect(first).toBe("2:- | indent the members of a block alike, and close every [ and { that was opened");
  });

  it("is told of the first ones when there are very many, in time", () => {
    const start = performance.now();
    expect(found("- {run: echo ${{ a }}}\n".repeat(2000))).toHaveLength(20);
    expect(found(`- {run: ${"x".repeat(2_000_000)} \${{ a }}}\n`).length).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
