import { describe, expect, it } from "vitest";
import { compileExpression, maxExpressionLength } from "./expression.ts";
import type { Json } from "./json.ts";
import { errorOf, evaluate } from "../../test/expression-world.ts";

describe("matches", () => {
  it("searches with RE2 syntax, as a method and as a function", () => {
    expect(evaluate("s.matches('b') && s.matches('^a.c$') && !s.matches('^b')")).toBe(true);
    expect(evaluate("matches(s, '(?i)ABC')")).toBe(true);
    expect(evaluate("{'matches': 4}.matches")).toBe(4);
  });

  it("takes linear time for a pattern that backtracks", () => {
    const start = performance.now();
    expect(evaluate("text.matches('^(a+)+$') && !text.matches('^(a|aa)+b$')")).toBe(true);
    expect(performance.now() - start).toBeLessThan(25_000);
  });

  it("keeps a bounded number of patterns", () => {
    const compiled = compileExpression("s.matches('^' + p)");
    for (let round = 0; round < 500; round++)
      expect(compiled.evaluate((root) => (root === "s" ? `${round}` : `${round}$`))).toBe(true);
  });
});

describe("the cost of an expression", () => {
  it.each([
    ["length", `n + ${"1".repeat(maxExpressionLength)}`, "more than 4096 characters"],
    ["parentheses", `${"(".repeat(300)}1${")".repeat(300)}`, "too large"],
    ["signs", `${"!".repeat(4000)}t`, "nested deeper than 200"],
    ["terms", `1${" + 1".repeat(900)}`, "nested deeper than 200"],
    ["fields", `a${".b".repeat(240)}`, "nested deeper than 200"],
    ["loops", "[1].map(a, [1].map(b, [1].map(c, c)))", "loops more than 2 deep"],
    ["items", `[${"1,".repeat(1500)}1]`, "too large"],
  ])("is bounded at load in %s", (_, source, message) => {
    const error = errorOf(() => compileExpression(source));
    expect(error.code).toBe("EXPRESSION_TOO_COSTLY");
    expect(error.message).toContain(message);
  });

  const nested = (first: string, next: (name: string) => string, body: (name: string) => string): string => {
    const names = Array.from({ length: 40 }, (_, index) => `v${index}`);
    const binds = names.map(
      (name, index) => `cel.bind(${name}, ${index === 0 ? first : next(`v${index - 1}`)}, `,
    );
    return `${binds.join("")}${body("v39")}${")".repeat(40)}`;
  };

  it.each([
    ["a loop in a loop", "text.split('').all(x, text.split('').all(y, x == y))"],
    ["a search in a loop", "text.split('').exists(x, x == 'b' || text.contains('b'))"],
    ["membership in a loop", "text.split('').all(x, !('b' in text.split('')))"],
    ["deep equality in a loop", "text.split('').all(x, cel.bind(l, text.split(''), [l] == [l]))"],
    ["regular expressions in a loop", "text.split('').all(x, text.matches('a'))"],
    ["long texts that are joined", "text.split('').map(x, text).join('')"],
    ["texts joined by a long one", "text.split('').join(text)"],
    ["text that grows", "text.split('').map(x, text + text).join('')"],
    [
      "text that doubles",
      nested(
        "text",
        (name) => `${name} + ${name}`,
        (name) => `size(${name})`,
      ),
    ],
    [
      "lists that double",
      nested(
        "[1]",
        (name) => `${name} + ${name}`,
        (name) => `size(${name})`,
      ),
    ],
    [
      "a result that doubles",
      nested(
        "[1]",
        (name) => `[${name}, ${name}]`,
        (name) => name,
      ),
    ],
    [
      "equal values that double",
      nested(
        "[1]",
        (name) => `[${name}, ${name}]`,
        (name) => `dyn([${name}]) == dyn([${name}])`,
      ),
    ],
    ["an alternative", "text.split('').all(x, text.split('').all(y, x == y)) || t"],
  ])("is bounded at evaluation: %s", (_, source) => {
    const start = performance.now();
    expect(errorOf(() => evaluate(source)).code).toBe("EXPRESSION_TOO_COSTLY");
    expect(performance.now() - start).toBeLessThan(25_000);
  });

  it("leaves room for honest work", () => {
    const issues = Array.from({ length: 20_000 }, (_, index) => ({ id: index, level: index % 3 }));
    const compiled = compileExpression("issues.filter(i, i.level == 2 && i.id > 10).map(i, i.id).size()");
    expect(compiled.evaluate(() => issues)).toBe(6663);
    expect(evaluate("size(text) == 100000 && size(mixed) == 5 && size(a) == 2")).toBe(true);
  });

  it("bounds the depth of a value that is looked at, not of one that is passed on", () => {
    let deep: Json = 1;
    for (let level = 0; level < 300; level++) deep = [deep];
    const error = errorOf(() => compileExpression("size(deep)").evaluate(() => deep));
    expect(error.code).toBe("EXPRESSION_TOO_COSTLY");
    expect(compileExpression("deep").evaluate(() => deep)).toBe(deep);
  });
});
