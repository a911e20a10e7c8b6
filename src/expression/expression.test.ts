import { describe, expect, it } from "vitest";
import { compileExpression } from "./expression.ts";
import type { Json } from "./json.ts";
import { errorOf, evaluate, values } from "../../test/expression-world.ts";

describe("an expression", () => {
  it.each<[string, Json]>([
    // integers are integers
    ["n + 1", 6],
    ["n / m", 2],
    ["n / 2", 2],
    ["n % m", 1],
    ["-n", -5],
    ["n == 5 && 5 == n", true],
    ["n == 5.0 && 5.0 == n && 1 == 1.0", true],
    ["n > 2.4 && d < 3", true],
    ["size(mixed) <= 20", true],
    ["mixed[m]", 2.5],
    ["[1, 2][n - 4]", 2],
    ["type(n) == int && type(d) == double", true],
    // integers and doubles mix
    ["[d + 1, 1 + d, d - 1, 1 - d, d * 2, 2 * d, d / 2, 5 / d]", [3.5, 3.5, 1.5, -1.5, 5, 5, 1.25, 2]],
    ["[1, 2.5].map(x, x * 2)", [2, 5]],
    // equality never fails and looks at content
    ['n == s || s == n || nothing == n || a == s || mixed == "a" || a == mixed', false],
    ["a == b && [a] == [b] && a in [b]", true],
    ['a == {"x": 1, "y": "s"} && {"y": "s", "x": 1} == a', true],
    ["mixed == [1, 2] || empty != []", false],
    ['"a" in mixed && null in mixed && 2.5 in mixed && !(7 in mixed) && "x" in a && !("z" in a)', true],
    // the rest of CEL
    ["1 + 2 * 3", 7],
    ["t ? 1 : 2", 1],
    ['s.startsWith("a") && s.endsWith("c") && s.contains("b") && s.size() == 3', true],
    ['"a,b".split(",").map(x, x + x).join("-")', "aa-bb"],
    ["scan.output.issues.filter(i, has(i.t)).map(i, i.a)", [1]],
    ["scan.output.issues.map(i, has(i.t), i.a)", [1]],
    ["scan.output.issues.exists(i, i.a == 2) && scan.output.issues.all(i, i.a > 0)", true],
    ["mixed.exists_one(x, x == 1)", true],
    ["a.map(k, k)", ["x", "y"]],
    ["cel.bind(x, n + 1, x * x)", 36],
    ["has(a.x) && !has(a.z) && !has(nothing.x) && !has(s.x)", true],
    ['a.?z.orValue("none") + a.?y.orValue("none")', "nones"],
    ["a[?'x'].or(optional.of(3)).value()", 1],
    ["optional.of(n).hasValue()", true],
    ['string(n) + string(d) + string(true) + "x"', "52.5truex"],
    ['int("5") + int(d) + int(2u)', 9],
    [
      "[int(timestamp(7)), string(timestamp(0)), string(duration('1h'))]",
      [7, "1970-01-01T00:00:00Z", "3600s"],
    ],
    ['timestamp("2024-01-01T00:00:00Z") + duration("1h")', "2024-01-01T01:00:00Z"],
    ['timestamp("2024-01-01T00:00:00.250Z")', "2024-01-01T00:00:00.250Z"],
    ['duration("90m")', "5400s"],
    ["google.protobuf.Timestamp == type(timestamp(0))", true],
    ["5u", 5],
    ['b"ab"', "YWI="],
    ['[{"a": null}, {}]', [{ a: null }, {}]],
    ['{1: "x"}[1] + {true: "y"}[true]', "xy"],
    ["bytes('{\"a\": 1.5}').json()", { a: 1.5 }],
    ["n // a comment", 5],
    ["nope.x == 1 || t", true],
    ["r'a\\.b' == 'a\\\\.b'", true],
    ["'''it's''' == \"it's\"", true],
    // names of CEL's own are names of steps too
    ["list.output + 1", 4],
    ["scan.output.issues.map(list, list.a)", [1, 2]],
    ['steps["sign-off"].output', 7],
    ['steps["sign-off"].output + 1', 8],
  ])("evaluates %s", (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  it.each<[string, Json]>([
    ["t AND NOT false", true],
    ["n == 5 OR nope", true],
    ["NOT t OR t", true],
    ["NOT (n == 5)", false],
    ["NOT has(a.z) AND t", true],
    ["NOT NOT t", true],
    ["NOT scan.output.issues[0].?z.hasValue()", true],
    ["NOT [true][0]", false],
    ["'AND' + \"OR\" + ''' NOT '''", "ANDOR NOT "],
    ["{'AND': n}.AND", 5],
    ["has(a.NOT) || {'OR': 1}.?OR.hasValue()", true],
    ["t AND // NOT x == y\n t", true],
  ])("takes the words in %s", (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  it.each([
    ["NOT n == 5", "write NOT (n == 5)"],
    ["t AND NOT n > 5 AND t", "write NOT (n > 5)"],
    ["NOT (n) == 5", "write NOT ((n) == 5)"],
    ["[NOT a.x + 1, 2]", "write NOT (a.x + 1)"],
    ["NOT s in ['a', 'b'] ? 1 : 2", "write NOT (s in ['a', 'b'])"],
    ["NOT f(a, [b])[0].?c.d < {'a': 1}.a OR t", "write NOT (f(a, [b])[0].?c.d < {'a': 1}.a)"],
    ["NOT -n < 3", "write NOT (-n < 3)"],
  ])("refuses the unclear %s", (source, fix) => {
    const error = errorOf(() => compileExpression(source));
    expect(error.code).toBe("EXPRESSION_SYNTAX");
    expect(error.fix).toBe(fix);
  });

  it("leaves a NOT without an operand to the parser", () => {
    expect(errorOf(() => compileExpression("t AND NOT")).code).toBe("EXPRESSION_SYNTAX");
    expect(errorOf(() => compileExpression("NOT (t == ")).code).toBe("EXPRESSION_SYNTAX");
  });

  it("counts offsets in the text as written", () => {
    const error = errorOf(() => compileExpression("n == 1 AND\n  NOT t AND )"));
    expect(error.source).toEqual({ line: 2, column: 13, length: 1, text: "  NOT t AND )" });
  });
});

describe("what an expression refers to", () => {
  it.each([
    ["scan.output.issues", ["scan.output.issues 0-18"]],
    ['a + b.c["d"].e[0].f', ["a 0-1", "b.c.d.e 4-14"]],
    ["items.map(x, x.a + y.b)", ["items 0-5", "y.b 19-22"]],
    ["items.map(x, x.filter(y, y == x && z))", ["items 0-5", "z 35-36"]],
    ["a.exists(a, a.b)", ["a 0-1"]],
    ["cel.bind(x, a.b, x.c + d)", ["a.b 12-15", "d 23-24"]],
    ["has(a.b) || size(c.d) > 1", ["a.b 4-7", "c.d 17-20"]],
    ["a.?b[?'c'].orValue(d)", ["a.b.c 0-10", "d 19-20"]],
    ["a[b.c].d", ["a 0-1", "b.c 2-5"]],
    ["type(a) == int ? [b] : {c: -d}.e", ["a 5-6", "b 18-19", "c 24-25", "d 28-29"]],
    ["google.protobuf.Timestamp == type(google.x)", ["google.x 34-42"]],
    ["optional.of(a).or(optional.none())", ["a 12-13"]],
    ["list.output && map.output && cel.output", ["list.output 0-11", "map.output 15-25", "cel.output 29-39"]],
    ["1 + 2", []],
  ])("is found in %s", (source, expected) => {
    const { references } = compileExpression(source);
    expect(
      references.map(({ root, path, start, end }) => `${[root, ...path].join(".")} ${start}-${end}`),
    ).toEqual(expected);
  });

  it("is all that is asked for", () => {
    const asked: string[] = [];
    compileExpression("a.x + n > 1 && a.y == s").evaluate((root) => {
      asked.push(root);
      return values[root];
    });
    expect(asked).toEqual(["a", "n", "s"]);
  });

  it.each([
    ["scan.status == 'verified'", ["scan.status == verified"]],
    ["'x' != a.b && a.c != \"y\"", ["a.b != x", "a.c != y"]],
    ["a.b in ['x', 'y'] || a.c in b || a.d in []", ["a.b == x"]],
    ["a.b == c.d || a[0] == 'x' || size(a) == 1 || a.b + 'x' == 'y'", []],
    ["l.map(x, x == 'y')", []],
  ])("is compared in %s", (source, expected) => {
    const { comparisons } = compileExpression(source);
    const shown = comparisons.map(
      ({ reference, operator, literal }) =>
        `${[reference.root, ...reference.path].join(".")} ${operator} ${literal}`,
    );
    expect(shown).toEqual(expected);
  });
});
