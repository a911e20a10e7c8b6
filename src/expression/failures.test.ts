import { describe, expect, it } from "vitest";
import { compileExpression } from "./expression.ts";
import { syntaxFailure, typeFailure } from "./failures.ts";
import { errorOf, evaluate } from "../../test/expression-world.ts";

describe("a mistake in an expression", () => {
  it.each([
    ["", "EXPRESSION_SYNTAX", "it is empty", "write a CEL expression, such as scan.output", "1:1"],
    ["(n", "EXPRESSION_SYNTAX", 'expected ")", got the end', "write it as CEL: https://cel.dev", "1:3"],
    ["n and t", "EXPRESSION_SYNTAX", "unexpected character: 'd'", 'write "AND" or "&&"', "1:3"],
    ["n = 1", "EXPRESSION_SYNTAX", "unexpected character: =", 'compare with "=="', "1:3"],
    ["n == 'abc", "EXPRESSION_SYNTAX", "unterminated string", "write it as CEL: https://cel.dev", "1:6"],
    ["n == 'a\nb'", "EXPRESSION_SYNTAX", "newlines not allowed", "write it as CEL: https://cel.dev", "1:8"],
    ["n == '''abc", "EXPRESSION_SYNTAX", "unterminated triple", "write it as CEL: https://cel.dev", "1:6"],
    ["a.constructor(", "EXPRESSION_SYNTAX", "the end", "write it as CEL: https://cel.dev", "1:15"],
    ["loop.output > 1", "EXPRESSION_SYNTAX", "the word is kept for CEL", "write steps['loop'] when", "1:1"],
    ["has(a)", "EXPRESSION_SYNTAX", "has() invalid argument", "give has() a field", "1:5"],
    ["cel.bind(1, 2, 3)", "EXPRESSION_SYNTAX", "invalid variable", "write it as CEL", "1:10"],
    ["s.matches('(')", "EXPRESSION_SYNTAX", "missing closing )", "write it as RE2", "1:11"],
    ["cel.bind(a, 1)", "EXPRESSION_TYPE", "no matching overload for", "check the function's name", "1:1"],
    ["n\n  + (1 + 'a')", "EXPRESSION_TYPE", "no such overload: int + string", "convert one side", "2:6"],
    ["t ? 1 : 'a'", "EXPRESSION_TYPE", "Ternary branches".slice(1), "wrap one branch in dyn(...)", "1:1"],
    [
      "s.foo(1)",
      "EXPRESSION_TYPE",
      "no matching overload for 'dyn.foo(int)'",
      "check the function's name",
      "1:1",
    ],
    ["true.matches('a')", "EXPRESSION_TYPE", "'bool.matches(string)'", "check the function's name", "1:1"],
  ])("is reported at load: %s", (source, code, message, fix, place) => {
    const error = errorOf(() => compileExpression(source));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.fix).toContain(fix);
    expect(`${error.source?.line}:${error.source?.column}`).toBe(place);
  });

  it.each([
    ["scan.output.isues", '"scan.output" has no key "isues"', 'did you mean "issues"?', "1:1+17"],
    ["1 + scan.output.isues", '"scan.output" has no key "isues"', 'did you mean "issues"?', "1:5+17"],
    ["a.quite_other", '"a" has no key "quite_other"', "its keys are x, y; guard it with has(...)", "1:1+13"],
    [
      "odd.zzzzzz + 1",
      '"odd" has no key "zzzzzz"',
      "its keys are constructor, __proto__, toString, a b;",
      "",
    ],
    ["nope.x", '"nope" has no value yet', "a step has a value once it has run", "1:1+6"],
    ["nope + 1", '"nope" has no value yet', "a step has a value once it has run", "1:1+4"],
    ["nothing.x", '"nothing" is null and has no key "x"', "guard it with has(nothing.x)", "1:1+9"],
    ["mixed.x + 1", '"mixed" is a list and has no key "x"', "guard it with has(mixed.x)", "1:1+7"],
    ["s.x", '"s" is a text and has no key "x"', "guard it with has(s.x)", "1:1+3"],
    ["n.x", '"n" is a number and has no key "x"', "guard it with has(n.x)", "1:1+3"],
    ["scan.output.issues.map(i, i.b)", 'no such key: b in "i.b"', "guard it with has(...)", "1:27+3"],
    ["mixed[9]", "index 9 >= size 5", "test size(...) first", "1:1+8"],
    ["s + 1", "no such overload: string + int", "convert one side", "1:1+5"],
    ["size(n)", "no matching overload for 'size(int)'", "convert one side", "1:1+7"],
    ["n ? 1 : 2", "must be bool, got 'int'", "check the values this run gives it", "1:1+1"],
    ["0u - 1u", "unsigned integer overflow", "check the values this run gives it", "1:1+7"],
    ["n / 0", "division by zero", "check the values this run gives it", ""],
    ["9223372036854775807 + n", "integer overflow", "check the values this run gives it", ""],
    ["9007199254740993", "beyond 2^53", "write string(...)", "1:1+16"],
    ["1.0 / 0.0", "Infinity, which is no JSON number", "test the operands first", "1:1+9"],
    ["optional.of(1)", "an optional, not a value", ".orValue(...)", "1:1+14"],
    ["int", "a type, not a value", "type(x) == string", "1:1+3"],
    ['timestamp(0).getHours("No/Where")', "invalid time zone", "check the arguments", ""],
    ["s.matches(s + '(')", "missing closing )", "check the arguments", ""],
  ])("is reported when it is evaluated: %s", (source, message, fix, place) => {
    const error = errorOf(() => evaluate(source));
    expect(error.code).toBe("EXPRESSION_FAILED");
    expect(error.message).toMatch(/^Cannot evaluate "/);
    expect(error.message).toContain(message);
    expect(error.fix).toContain(fix);
    const { line, column, length } = error.source ?? {};
    expect(`${line}:${column}+${length}`).toContain(place);
  });

  it("shows a long expression shortened and on one line, and few of many keys", () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key${index}`, index]));
    const source = `1 +\n  big.zzzzzzzzz + ${"1 + ".repeat(40)} 1`;
    const error = errorOf(() => compileExpression(source).evaluate(() => many));
    expect(error.message).toMatch(/^Cannot evaluate "1 \+ big.zzzzzzzzz [^\n]{40,70}\.\.\.": /);
    expect(error.fix).toBe(
      "its keys are key0, key1, key2, key3, key4, key5, key6, key7, ...; guard it with has(...)",
    );
    expect(errorOf(() => compileExpression("e.x").evaluate(() => ({}))).fix).toContain("it is empty");
  });

  it("is told apart from a fault of the library", () => {
    const site = { text: "a", range: { start: 0, end: 1 } };
    const fault = new Error("a fault");
    expect([syntaxFailure(fault, site), typeFailure(fault, site)]).toEqual([fault, fault]);
  });

  it("lets through what the scope itself throws", () => {
    const fault = new Error("from the scope");
    const scope = () => {
      throw fault;
    };
    expect(() => compileExpression("n + 1").evaluate(scope)).toThrow(fault);
  });
});
