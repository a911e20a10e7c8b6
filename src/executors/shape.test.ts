import { describe, expect, it } from "vitest";
import { shapeProblems } from "./shape.ts";
import { isTuttiError } from "../errors.ts";
import type { Json, JsonObject } from "../expression/json.ts";

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe("the shape of an output", () => {
  const schema: JsonObject = {
    type: "object",
    properties: {
      issues: {
        type: "array",
        items: { type: "object", properties: { "a/b": { minimum: 2 } }, required: ["id"] },
      },
      never: false,
    },
    required: ["issues"],
    additionalProperties: false,
  };

  it("is right when there is no problem", () => {
    expect(shapeProblems(schema, { issues: [{ id: 1, "a/b": 2 }] })).toEqual([]);
  });

  it("has every problem told with its place", () => {
    expect(shapeProblems(schema, { issues: [{ "a/b": 1 }], "x y": 1, never: 2 })).toEqual([
      'output.issues[0]: Instance does not have required property "id".',
      'output.issues[0]["a/b"]: 1 is less than 2.',
      "output.never: It is not allowed here.",
      'output["x y"]: It is not allowed here.',
    ]);
    expect(shapeProblems(schema, [])).toEqual([
      'output: Instance type "array" is invalid. Expected "object".',
    ]);
  });

  it("tells five problems and how many more there are", () => {
    const problems = shapeProblems({ items: { type: "string" } }, [1, 2, 3, 4, 5, 6, 7]);
    expect(problems).toHaveLength(6);
    expect(problems.at(-1)).toBe("and 2 more");
  });

  // Each is a keyword that a checker can leave out without anybody noticing.
  const rows: readonly (readonly [JsonObject, Json, Json])[] = [
    [{ properties: { a: { type: "string" } } }, { a: 1 }, { a: "x" }],
    [{ type: "object", required: ["constructor"] }, {}, { constructor: 1 }],
    [{ allOf: [{ required: ["a"] }, { required: ["b"] }] }, { a: 1 }, { a: 1, b: 1 }],
    [{ not: { type: "string" } }, "a", 1],
    [{ if: { type: "string" }, then: { minLength: 3 } }, "a", "abc"],
    [{ dependentRequired: { a: ["b"] } }, { a: 1 }, { a: 1, b: 1 }],
    [{ properties: { a: true }, unevaluatedProperties: false }, { b: 1 }, { a: 1 }],
    [{ const: { a: [1] } }, { a: [2] }, { a: [1] }],
    [{ enum: [{ a: 1 }, null] }, {}, null],
    [{ minLength: 2 }, "💩", "💩💩"],
    [{ prefixItems: [{ type: "string" }], items: false }, ["a", 1], ["a"]],
    [{ contains: { const: 1 }, minContains: 2 }, [1], [1, 1]],
    [{ uniqueItems: true }, [{ a: 1 }, { a: 1 }], [1, 2]],
    [{ propertyNames: { pattern: "^a" } }, { b: 1 }, { ab: 1 }],
    [{ $defs: { n: { type: "integer" } }, $ref: "#/$defs/n" }, 1.5, 1],
    [
      { properties: { child: { $ref: "#" } }, additionalProperties: false },
      { child: { x: 1 } },
      { child: {} },
    ],
    [{ type: "string", format: "date-time" }, "yesterday", "2026-01-01T00:00:00Z"],
    [{ type: "integer" }, "1", 1],
  ];
  for (const [keyword, wrong, right] of rows) {
    it(`is held against ${JSON.stringify(keyword)}`, () => {
      expect(shapeProblems(keyword, wrong)).not.toEqual([]);
      expect(shapeProblems(keyword, right)).toEqual([]);
    });
  }

  it("leaves the schema as it is, also a frozen one", () => {
    const frozen = Object.freeze({ type: "string" });
    expect(shapeProblems(frozen, "x")).toEqual([]);
    expect(frozen).toEqual({ type: "string" });
  });

  it("cannot be held against a schema that is broken", () => {
    for (const broken of [{ $ref: "#/nowhere" }, { pattern: "(" }, { $ref: "https://example.com/x.json" }]) {
      expect(
        isTuttiError(
          thrownBy(() => shapeProblems(broken, "x")),
          "BAD_VALUE",
        ),
      ).toBe(true);
    }
  });

  it("never takes much longer than a second, and says so", () => {
    const text = `${"a".repeat(50)}!`;
    const slow: readonly (readonly [JsonObject, Json])[] = [
      [{ pattern: "^(a+)+$" }, text],
      [{ patternProperties: { "^(a+)+$": { type: "string" } } }, { [text]: "x" }],
      [
        { $defs: { d: { anyOf: [{ $ref: "#/$defs/e" }] }, e: {} }, propertyNames: { pattern: "(a|aa)+$" } },
        { [text]: 1 },
      ],
    ];
    for (const [schema, value] of slow) {
      const start = performance.now();
      const error = thrownBy(() => shapeProblems(schema, value));
      expect(performance.now() - start).toBeLessThan(25_000);
      expect(isTuttiError(error, "BAD_VALUE"), JSON.stringify(schema)).toBe(true);
      expect(String(error)).toContain("takes longer than 1 s");
    }
    expect(shapeProblems({ type: "string" }, "x")).toEqual([]);
  });

  it("takes long lists of different items", () => {
    const items = Array.from({ length: 50_000 }, (_, id) => ({ id }));
    expect(shapeProblems({ items: {}, uniqueItems: true }, items)).toEqual([]);
  });

  it("tells twins only where they are forbidden", () => {
    const schema: JsonObject = {
      properties: { a: { uniqueItems: true }, uniqueItems: true, b: { const: { uniqueItems: true } } },
      additionalProperties: false,
    };
    expect(shapeProblems(schema, { a: [1], uniqueItems: [1, 1], b: { uniqueItems: true } })).toEqual([]);
    expect(shapeProblems(schema, { a: [1, 2], uniqueItems: 1, b: { uniqueItems: true } })).toEqual([]);
    expect(
      shapeProblems(schema, {
        a: [
          { x: 1, y: 2 },
          { y: 2, x: 1 },
        ],
      }),
    ).toHaveLength(1);
    expect(shapeProblems(schema, { c: 1 })).toEqual(["output.c: It is not allowed here."]);
  });
});
