import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTuttiError } from "../errors.ts";
import { compileExpression } from "./expression.ts";
import type { Json } from "./json.ts";
import { errorOf, evaluate, scope, values } from "../../test/expression-world.ts";

/** What was thrown, when it is not a TuttiError. */
function faultOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return isTuttiError(error) ? undefined : error;
  }
  return undefined;
}

describe("keys", () => {
  it("never reach a prototype", () => {
    for (const name of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"]) {
      expect(errorOf(() => evaluate(`a["${name}"]`)).code).toBe("EXPRESSION_FAILED");
      expect(errorOf(() => evaluate(`a["${name}"] == 1`)).code).toBe("EXPRESSION_FAILED");
      expect(evaluate(`"${name}" in a`)).toBe(false);
      expect(evaluate(`{"${name}": 1}["${name}"]`)).toBe(1);
    }
    expect(evaluate("has(a.constructor) || has(a.toString)")).toBe(false);
    expect(errorOf(() => compileExpression("constructor.x + 1").evaluate(scope)).message).toContain(
      "no value yet",
    );
  });

  it("are taken as they are when a value has them", () => {
    expect(evaluate("odd.constructor + 1")).toBe(3);
    expect(evaluate('odd["__proto__"].deep + 1')).toBe(2);
    expect(evaluate('odd.toString + "" + string(odd["a b"])')).toBe("t7");
    expect(JSON.stringify(evaluate("[odd]"))).toBe(JSON.stringify([values["odd"]]));
    expect(evaluate('odd == {"a": 1, "b": {}, "c": 1, "d": 1}')).toBe(false);
    expect(evaluate('dyn({"__proto__": {}}) == dyn({"a": 1})')).toBe(false);
  });
});

describe("values", () => {
  it("round-trip through an expression", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const expected = JSON.parse(JSON.stringify(value)) as Json;
        expect(compileExpression("x").evaluate(() => expected)).toBe(expected);
        expect(compileExpression("[x][0]").evaluate(() => expected)).toEqual(expected);
      }),
    );
  });

  it("are equal to themselves and to their copies", () => {
    const equal = compileExpression("x == y && y in [x] && [x] == [y] && !(x != y)");
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy: unknown = JSON.parse(JSON.stringify(value));
        expect(equal.evaluate((root) => (root === "x" ? JSON.parse(JSON.stringify(value)) : copy))).toBe(
          true,
        );
      }),
    );
  });

  it("calculate as integers do", () => {
    const whole = fc.integer({ min: -1_000_000, max: 1_000_000 });
    const compiled = compileExpression("[a + b, a - b, a * b, a / b, a % b, a < b ? 1 : 0]");
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        fc.pre(b !== 0);
        const expected = [a + b, a - b, a * b, Math.trunc(a / b), a % b, a < b ? 1 : 0].map((n) => n + 0);
        expect(compiled.evaluate((root) => (root === "a" ? a : b))).toEqual(expected);
      }),
    );
  });

  it("may lack entries", () => {
    const sparse = { a: undefined, b: [undefined, 1] };
    expect(
      compileExpression("[has(x.a), size(x.b), x.b[0] == null, size(x)]").evaluate(() => sparse),
    ).toEqual([false, 2, true, 1]);
  });

  it("never make the compiler fail with anything but a TuttiError", () => {
    const piece = fc.constantFrom(
      ..."a b.c [0] ( ) 'x' \"y AND OR NOT in { } : , + - == ! ? 1 2.5 // \n map( has( ${ }".split(" "),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))), (pieces) => {
        const source = pieces.join(" ");
        expect(faultOf(() => compileExpression(source).evaluate(() => ({ c: [1] })))).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });
});
