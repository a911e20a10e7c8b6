import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTuttiError, type TuttiError } from "../errors.ts";
import type { Json } from "./json.ts";
import { compileJsonTemplate, compileTemplate } from "./template.ts";

const values: Readonly<Record<string, Json>> = {
  name: "tutti",
  n: 5,
  t: true,
  nothing: null,
  analyze_codebase: { results: { files: ["a", "b"] } },
};
const scope = (root: string): unknown => values[root];

function errorOf(action: () => unknown): TuttiError {
  try {
    action();
  } catch (error) {
    if (isTuttiError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("a template", () => {
  it.each<[string, Json]>([
    ["", ""],
    ["plain $text {with} braces $", "plain $text {with} braces $"],
    ["${ name }", "tutti"],
    ["${name}", "tutti"],
    ["${{ name }}", "tutti"],
    ["${{name}}", "tutti"],
    ["${ n }", 5],
    ["${ n + 1 }", 6],
    ["${analyze_codebase.results}", { files: ["a", "b"] }],
    ["${ nothing }", null],
    [" ${ n }", " 5"],
    ["${ n }${ t }", "5true"],
    ["${ nothing }!", "null!"],
    ["files: ${ analyze_codebase.results }", 'files: {"files":["a","b"]}'],
    ["a ${ name } b ${{ n }} c", "a tutti b 5 c"],
    ['${ {"a": "}"}.a }', "}"],
    ['${{ {"a": {"b": n}} }}', { a: { b: 5 } }],
    ['${{ {"a": {"b": n}}}}', { a: { b: 5 } }],
    ["${ '}' + \"}\" + '''}''' + r'}' }", "}}}}"],
    ["${ '\\'}' }", "'}"],
    ["${ n // the } of a comment\n }", 5],
    ["${\n  n\n}", 5],
    ["$${ name }", "${ name }"],
    ["a $${x} ${ n } $${", "a ${x} 5 ${"],
    ["$$${n}", "$${n}"],
    ["${ n }$${n}", "5${n}"],
    ["${ '$' + string(n) }", "$5"],
    ["${ NOT t OR n == 5 }", true],
  ])("renders %j", (source, expected) => {
    const template = compileTemplate(source);
    expect(template.source).toBe(source);
    expect(template.render(scope)).toEqual(expected);
    expect(template.renderText(scope)).toBe(
      typeof expected === "string" ? expected : JSON.stringify(expected),
    );
  });

  it("knows what it refers to, by offsets into its whole text", () => {
    const source = "fix ${ scan.output } at ${{ inputs.target == 'docs' }}";
    const { references, comparisons, constant } = compileTemplate(source);
    expect(constant).toBe(false);
    expect(references.map(({ start, end }) => source.slice(start, end))).toEqual([
      "scan.output",
      "inputs.target",
    ]);
    expect(comparisons.map(({ reference, literal }) => [reference, literal])).toEqual([
      [references[1], "docs"],
    ]);
  });

  it.each([
    ["a\nb ${ name", '"${" is not closed by "}"', 'add "}", for the characters "${" write "$${"', 2, 3, 2],
    ["${{ name }", '"${{" is not closed by "}}"', 'put a blank after "${"', 1, 1, 3],
    ['${{"a": {"b": 1}}["a"]}', '"${{" is not closed', 'put a blank after "${"', 1, 1, 3],
    ["${ 'abc }", '"${" is not closed', 'write "$${"', 1, 1, 2],
    ["${ n // comment }", '"${" is not closed', 'write "$${"', 1, 1, 2],
    ["${}", "it is empty", 'for the characters "${" write "$${"', 1, 3, 1],
    ["a ${COMMAND[1]:-}", "unexpected character", 'for the characters "${" write "$${"', 1, 15, 1],
    ["x\n${ NOT n == 5 }", "NOT stands before", "write NOT (n == 5); for", 2, 4, 8],
  ])("points at the mistake in %j", (source, message, fix, line, column, length) => {
    const error = errorOf(() => compileTemplate(source));
    expect(error.code).toBe("EXPRESSION_SYNTAX");
    expect(error.message).toContain(message);
    expect(error.fix).toContain(fix);
    expect(error.source).toMatchObject({ line, column, length });
  });

  it("points at other mistakes, and at failures", () => {
    const typed = errorOf(() => compileTemplate("a\n${ 1 + 'a' }"));
    expect(typed).toMatchObject({ code: "EXPRESSION_TYPE", source: { line: 2, column: 4 } });
    const failed = errorOf(() => compileTemplate("a\nb ${ name.x + 1 }").render(scope));
    expect(failed).toMatchObject({ code: "EXPRESSION_FAILED", source: { line: 2, column: 6, length: 6 } });
  });

  it("gives any JSON value back unchanged", () => {
    const template = compileTemplate("${ x }");
    const double = compileTemplate("${{ x }}");
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as Json;
        expect(template.render(() => json)).toBe(json);
        expect(double.render(() => json)).toBe(json);
      }),
    );
  });

  it("is constant for any text without ${", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fc.pre(!text.includes("${"));
        const template = compileTemplate(text);
        expect(template.constant).toBe(true);
        expect(template.render(scope)).toBe(text);
      }),
    );
  });

  it("gives back any text that was escaped", () => {
    const piece = fc.constantFrom("$", "{", "}", "{{", "a", "\n", "'", '"', " ");
    fc.assert(
      fc.property(fc.array(piece), fc.string(), (pieces, value) => {
        const text = pieces.join("");
        // A "$" before "${" would be read as its escape.
        fc.pre(!/\$\$\{/.test(text) && !text.endsWith("$"));
        const template = compileTemplate(`${text.replaceAll("${", () => "$${")}\${ x }`);
        expect(template.renderText(() => value)).toBe(text + value);
      }),
    );
  });
});

describe("a JSON template", () => {
  it("fills in strings at any depth, keeps types and leaves keys alone", () => {
    const value: Json = {
      "${ n }": [
        "${ n }",
        1,
        null,
        true,
        { deep: "n is ${ n }", list: "${ analyze_codebase.results.files }" },
      ],
      __proto__x: "$${ n }",
    };
    const template = compileJsonTemplate(value);
    expect(template.render(scope)).toEqual({
      "${ n }": [5, 1, null, true, { deep: "n is 5", list: ["a", "b"] }],
      __proto__x: "${ n }",
    });
    expect(template.references.map(({ root, start }) => `${root} ${start}`)).toEqual([
      "n 3",
      "n 8",
      "analyze_codebase 3",
    ]);
  });

  it("keeps every key a key, and drops what is undefined", () => {
    const value = JSON.parse('{"__proto__": {"a": "${ n }"}, "constructor": "${ n == 5 }"}') as Json;
    expect(JSON.stringify(compileJsonTemplate(value).render(scope))).toBe(
      '{"__proto__":{"a":5},"constructor":true}',
    );
    expect(compileJsonTemplate({ a: undefined }).render(scope)).toEqual({});
    expect(compileJsonTemplate(["${ name == 'x' }"]).comparisons).toHaveLength(1);
  });

  it("is the value itself when nothing is to be filled in", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as Json;
        fc.pre(!JSON.stringify(json).includes("${"));
        expect(compileJsonTemplate(json).render(scope)).toEqual(json);
      }),
    );
  });
});

describe("a template that is filled", () => {
  it("has the values in the places of its expressions", () => {
    const template = compileTemplate("a ${ n } b ${ name }");
    expect(template.expressions.map(({ source }) => source.trim())).toEqual(["n", "name"]);
    expect(template.fixed).toBe("a  b ");
    const values = [{ k: 1 }, null];
    expect([template.renderWith(values), template.renderTextWith(values)]).toEqual([
      'a {"k":1} b null',
      'a {"k":1} b null',
    ]);
    const none: Json[] = [];
    expect(template.renderTextWith(none)).toBe("a null b null");
  });

  it("is the value where it is nothing else", () => {
    const template = compileTemplate("${ n }");
    const [values, none]: Json[][] = [[[1]], []];
    expect(template.renderWith(values ?? [])).toEqual([1]);
    expect(template.renderWith(none ?? [])).toBeNull();
    expect(template.renderTextWith(values ?? [])).toBe("[1]");
  });

  it("may lie in a JSON value", () => {
    const template = compileJsonTemplate({ a: "x ${ n }", b: ["${ name }", 3, { c: "${ t }" }], d: "plain" });
    expect(template.fixed).toContain("plain");
    const values = [1, { k: 2 }, null];
    expect(template.renderWith(values)).toEqual({ a: "x 1", b: [{ k: 2 }, 3, { c: null }], d: "plain" });
    expect(compileJsonTemplate(5).renderWith(values)).toBe(5);
  });
});
