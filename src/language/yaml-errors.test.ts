import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseText } from "./yaml-source.ts";

/** `line:the words it points at` of every mistake of the text. */
function found(text: string): string[] {
  return parseText(text).report.problems.map(({ code, source }) => {
    const { line = 0, column = 1, length = 0, text: whole = "" } = source ?? {};
    expect(code).toBe("YAML_SYNTAX");
    return `${line}:${whole.slice(column - 1, column - 1 + length)}`;
  });
}

function fixes(text: string): string[] {
  return parseText(text).report.problems.map(({ fix }) => fix);
}

const after = `
  - { name: b, run: echo b, undo: { run: "echo undo; exit 1", retry: 1 } }
  - { name: c, for_each: [1, 2], steps: [{ name: x, run: 'echo \${{ item }}' }] }
`;

describe("a text that cannot be read", () => {
  it("has one mistake where one is made, however much the parser stumbles over after it", () => {
    const slip = `  - { name: a, run: echo '{"id":7}' , undo: 'echo \${{ a.output.id }}' }`;
    expect(found(`name: u\nchain:\n${slip}${after}`)).toEqual([`3:echo '{"id":7}'`]);
    expect(found(`- {name: a, run: x\n- {run: y}\n- {run: z}\n`)).toEqual(["2:-"]);
    expect(found('a: "x\nb: 1\nc: 2\n')).toHaveLength(1);
    expect(found('{"a": 1 "b": 2,\n"c": [1,\n"d": 3}')).toHaveLength(1);
    expect(found("# words\n\n{a: b\n- c\n")).toHaveLength(1);
    expect(found("- {\n    run: echo {x,\n    name: b\n  }\n- {run: x}\n")).toHaveLength(1);
  });

  it("has one for each item that is broken, and for each member of the file", () => {
    expect(found("- {run: x}}\n- {run: y}\n- {run: x}}\n- run: z\n  with: {a: b}}\n")).toEqual([
      "1:}",
      "3:}",
      "5:}",
    ]);
    expect(found('a:\n  b: 1\n c: 2\n"d": {a: b: c}\nchain:\n- {x}}\n- y\n- {z}}\n')).toEqual([
      "3: ",
      "4:b: c",
      "6:}",
      "8:}",
    ]);
    expect(found("a: @x\nb: {c}}\nd: @y\ne: f}\n")).toEqual(["1:@", "2:}", "3:@"]);
    expect(found("- {x}}\n".repeat(3000))).toHaveLength(20);
  });

  it("has, for any number of steps, as many mistakes as are broken", () => {
    const step = fc.constantFrom(
      { text: `{ name: a, run: echo '{"id": 7}' , if: 'x' }`, broken: true },
      { text: "{ run: echo [x], retry: 1 }", broken: true },
      { text: `{ run: 'it's' }`, broken: true },
      { text: "{ run: x }}", broken: true },
      { text: `{ run: 'echo "{a}"', with: { b: [1, 2] } }`, broken: false },
      { text: "run: echo {a}\n    env:\n      B: '- c: d'", broken: false },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const text = `name: x\nchain:\n${steps.map((each) => `  - ${each.text}\n`).join("")}`;
        expect(found(text)).toHaveLength(steps.filter(({ broken }) => broken).length);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a bare text inside brackets that YAML takes for something else", () => {
  it("is shown in quotes", () => {
    const how = "put the whole text into quotes";
    expect(fixes("- { run: echo {a,b} , retry: 1 }\n- {run: x}\n")).toEqual([`${how}: "echo {a,b}"`]);
    expect(fixes("- { run: ls [ab]*, retry: 1 }\n- {run: x}\n")).toEqual([`${how}: "ls [ab]*"`]);
    expect(fixes(`- { run: awk '{print "x"}' f }\n`)).toEqual([`${how}: 'awk ''{print "x"}'' f'`]);
    expect(fixes(`- { run: echo a: b }\n`)).toEqual([`${how}: "echo a: b"; members are separated by commas`]);
    expect(fixes(`- { run: ls | jq '.[] | {a: .b}'}\n- x\n`)).toEqual([`${how}: "ls | jq '.[] | {a: .b}'"`]);
    expect(fixes(`- { run: curl -d {a: 1, b: [2]} x }\n`)).toEqual([`${how}: "curl -d {a: 1, b: [2]} x"`]);
    expect(fixes("- { run: echo {a} , undo: echo {b} }\n")).toEqual([`${how}: "echo {a}"`]);
    expect(fixes("- { run: echo {a}}, b {c} }\n")).toEqual([`${how}: "echo {a}}, b {c}"`]);
    expect(fixes('{"a": echo {x} }')).toEqual([`${how}: "echo {x}"`]);
    expect(fixes(`- { run: echo {x} ${"y".repeat(80)} }\n`)).toEqual([how]);
    expect(parseText(`- { run: echo a: b }`).report.problems[0]?.message).toBe(
      'Cannot read "echo a: b": inside { } and [ ] a text with brackets, or with a colon and a blank, stands in quotes',
    );
  });

  it("is not what stands in quotes, or in no bracket, or has no end, or is too long to try", () => {
    const quotes = "check the indentation of this line and the quotes before it";
    expect(fixes(`- { run: "echo "x"" }\n`)).toEqual([quotes]);
    expect(fixes("a: b\nc}: {x}}\n")).toEqual([quotes]);
    expect(fixes("- { run: echo {a\n")).toEqual([quotes]);
    expect(fixes(`- { run: echo {x}, with: "${"y".repeat(20_000)}" }\n`)).toEqual([quotes]);
  });
});
