import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadWorkflow } from "./load.ts";
import { SourceText } from "./source-text.ts";
import { parseText } from "./yaml-source.ts";

function problems(text: string): string[] {
  return parseText(text, "x.yaml").report.problems.map(({ message, source }) => {
    return `${source?.line}:${source?.column} ${message.replace(/^Cannot /, "")}`;
  });
}

describe("parseText", () => {
  it("reads YAML and JSON alike, with tabs, BOM and CRLF", () => {
    const value = { a: 1, b: [true, null, "x"], c: { d: 1.5 } };
    expect(parseText("a: 1\nb: [true, ~, x]\nc:\n  d: 1.5\n").value).toEqual(value);
    expect(parseText("\ufeffa: 1\r\nb:\r\n  - true\r\n  - null\r\n  - x\r\nc: {d: 1.5}\r\n").value).toEqual(
      value,
    );
    expect(parseText(JSON.stringify(value, undefined, "\t")).value).toEqual(value);
    expect(parseText("").value).toBeNull();
    expect(parseText("# only a comment\n").value).toBeNull();
  });

  it("gives back every JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const parsed = parseText(JSON.stringify(value));
        fc.pre(!JSON.stringify(value).includes("__proto__"));
        expect(JSON.stringify(parsed.value)).toBe(JSON.stringify(value).replaceAll("-0,", "0,"));
      }),
      { numRuns: 300, examples: [[{ "<": 1 }], [[{ constructor: 1, toString: null }]]] },
    );
  });

  it("says all mistakes of the text, each at its place", () => {
    expect(problems('a: @x\nb: *nobody\nc: !tag x\nd: x: y\ne: "\\q"\na: 2\n')).toEqual([
      '1:4 read "@": plain value cannot start with reserved character @',
      '2:4 read "*nobody": no anchor &nobody stands before it',
      expect.stringMatching(/^3:4 read "!tag": unresolved tag/) as string,
      expect.stringMatching(/^4:4 read/) as string,
      expect.stringMatching(/^5:5 read/) as string,
      '6:1 take "a" twice: the same block has this key already',
    ]);
  });

  it("refuses numbers that are not kept as they are written", () => {
    const text = "a: 12345678901234567890\nb: 9007199254740993\nc: .inf\nd: [-123456789012345678901234]\n";
    expect(problems(text)).toEqual([
      '1:4 read "12345678901234567890": whole numbers beyond 2^53 are not kept exactly',
      '2:4 read "9007199254740993": whole numbers beyond 2^53 are not kept exactly',
      '3:4 read ".inf": there is no such number in JSON',
      '4:5 read "-123456789012345678901234": whole numbers beyond 2^53 are not kept exactly',
    ]);
    expect(
      parseText('a: ["12345678901234567890", 1e300, 123456789012345680000, 9007199254740992]').value,
    ).toEqual({
      a: ["12345678901234567890", 1e300, 123456789012345680000, 9007199254740992],
    });
  });

  it("takes keys as they are written", () => {
    const text = "{12345678901234567890: a, 9007199254740993: b, 1.10: c, 0x10: d, true: e, -0: f}";
    expect(parseText(text).value).toEqual({
      "12345678901234567890": "a",
      "9007199254740993": "b",
      "1.10": "c",
      "0x10": "d",
      true: "e",
      "-0": "f",
    });
    expect(problems("1: a\n1: b")).toEqual([expect.stringMatching(/^2:1 take "1" twice/)]);
  });

  it("goes on after a mistake that leaves the rest clear, and stops after one that does not", () => {
    expect(parseText("a:\n\t- b\nc: 1\n").value).toEqual({ a: ["b"], c: 1 });
    expect(parseText('a: "x\nb: 1\n').value).toBeUndefined();
    expect(parseText("a: [1\nb: 2\n").value).toBeUndefined();
    expect(loadWorkflow('a: "x\n').problems).toMatchObject([
      { code: "YAML_SYNTAX", fix: expect.any(String) as string },
    ]);
  });

  it("takes anchors, aliases and merges as copies", () => {
    const text = "base: &base {run: x, timeout: 5}\nstep:\n  <<: *base\n  timeout: 6\nlist: [*base]\n";
    expect(parseText(text).value).toEqual({
      base: { run: "x", timeout: 5 },
      step: { run: "x", timeout: 6 },
      list: [{ run: "x", timeout: 5 }],
    });
    expect(parseText("<<: 5\nb: 1").value).toEqual({ b: 1 });
  });

  it("points into the anchor for a mistake in a merged part", () => {
    const { problems: found } = loadWorkflow("chain:\n- &a {run: x, timout: 5}\n- {<<: *a, name: b}\n");
    expect(found).toMatchObject([{ code: "UNKNOWN_KEY", source: { line: 2, column: 15 } }]);
  });

  it("stops a bomb of aliases, a circle and endless nesting", () => {
    const bomb = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"];
    for (let at = 1; at < 12; at++)
      bomb.push(
        `a${at}: &a${at} [${Array(10)
          .fill(`*a${at - 1}`)
          .join(",")}]`,
      );
    const start = performance.now();
    expect(problems(bomb.join("\n")).at(-1)).toContain("the aliases stand for more than");
    expect(problems("a: &a [*a]\n")).toEqual(['1:8 read "*a": it contains itself']);
    expect(problems("a: &a {b: *a}\n")).toEqual(['1:11 read "*a": it contains itself']);
    expect(problems(`${"[".repeat(300)}${"]".repeat(300)}`)[0]).toContain("nested too deeply");
    for (const open of ["[", "{a: ", "- ", "? "]) {
      expect(problems(open.repeat(20_000)).join("\n")).toMatch(/nested too deeply|must be|cannot/i);
    }
    expect(performance.now() - start).toBeLessThan(25_000);
  });

  it("refuses keys that are no texts, and one that the machine needs", () => {
    expect(problems("? [a]\n: 1\n~: 2\n__proto__: 3\n1: x\ntrue: y\n")).toEqual([
      '1:3 read "[a]": a key is a text',
      '3:1 read "~": a key is a text',
      '4:1 read "__proto__": this name is taken by the machine itself',
    ]);
    expect(parseText("1: x\ntrue: y\n").value).toEqual({ "1": "x", true: "y" });
  });

  it("refuses a second document and an endless file", () => {
    expect(problems("a: 1\n---\nb: 2\n")).toEqual(["2:1 read a second workflow: a file holds one"]);
    expect(problems("a: 1\n".repeat(3_300_000))).toEqual([
      "1:1 read the workflow: it is longer than 16000000 characters",
    ]);
  });

  it("never throws, whatever the text is", () => {
    const piece = fc.constantFrom(
      ..."a:-[]{}\"'\n\t |>&*!?#,%@\u0000é🙂".split(""),
      "- ",
      ": ",
      "\n  ",
      "&a ",
      "*a",
      "<<: ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(Array.isArray(loadWorkflow(pieces.join("")).problems)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("SourceText", () => {
  it("counts lines and columns from one, in characters", () => {
    const source = new SourceText("ab\r\n🙂é x\n", "f");
    const at = source.text.indexOf("x");
    expect(source.place({ start: at, end: at + 1 })).toEqual({
      file: "f",
      line: 2,
      column: 4,
      length: 1,
      text: "🙂é x",
    });
    expect(source.place({ start: 0, end: 9 })).toEqual({
      file: "f",
      line: 1,
      column: 1,
      length: 2,
      text: "ab",
    });
    expect(source.place({ start: 99, end: 100 })).toMatchObject({ line: 3, column: 1, length: 1, text: "" });
    expect(new SourceText("").place({ start: -1, end: 0 })).toEqual({
      line: 1,
      column: 1,
      length: 1,
      text: "",
    });
  });

  it("finds the line of every offset", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "\n") }), (text) => {
        const source = new SourceText(text);
        for (let offset = 0; offset <= text.length; offset++) {
          expect(source.lineOf(offset)).toBe(text.slice(0, offset).split("\n").length - 1);
        }
      }),
    );
  });
});
