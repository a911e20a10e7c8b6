import { Validator } from "@cfworker/json-schema";
import {
  assert,
  array,
  boolean,
  constantFrom,
  dictionary,
  integer,
  letrec,
  oneof,
  property,
  record,
} from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../expression/json.ts";
import { synthesize } from "./synthesize.ts";

const fits = (schema: JsonObject) =>
  new Validator(structuredClone(schema) as object, "2020-12").validate(synthesize(schema)).errors;

describe("a value made from a schema", () => {
  const cases: readonly (readonly [string, JsonObject, unknown])[] = [
    ["nothing said", {}, "mock value"],
    ["a list of choices", { enum: ["b", "a"] }, "b"],
    ["a default among the choices", { enum: ["b", "a"], default: "a" }, "a"],
    ["a default outside the choices", { enum: ["b", "a"], default: "c" }, "b"],
    ["a constant", { const: null }, null],
    ["a default", { type: "integer", default: 7 }, 7],
    ["an integer between", { type: "integer", minimum: 2.5, maximum: 9 }, 3],
    ["an integer above", { type: "integer", exclusiveMinimum: 4 }, 5],
    ["an integer below", { type: "integer", maximum: -2 }, -2],
    ["a multiple", { type: "integer", minimum: 10, multipleOf: 7 }, 14],
    ["a multiple below", { type: "integer", maximum: 0, multipleOf: 7 }, 0],
    ["a number between", { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
    ["a text with bounds", { type: "string", minLength: 12 }, "mock value.."],
    ["a short text", { type: "string", maxLength: 2 }, "mo"],
    ["a date", { type: "string", format: "date" }, "2026-01-01"],
    ["null", { type: "null" }, null],
    ["one of several types", { type: ["null", "boolean"] }, true],
    ["only null", { type: ["null"] }, null],
    ["a list", { type: "array", items: { type: "integer" }, minItems: 2 }, [1, 1]],
    [
      "a list of different things",
      { type: "array", items: { type: "integer" }, minItems: 2, uniqueItems: true },
      [1, 2],
    ],
    [
      "a list of different choices",
      { items: { enum: ["a", "b"] }, minItems: 2, uniqueItems: true },
      ["a", "b"],
    ],
    ["an empty list", { type: "array", maxItems: 0 }, []],
    ["a tuple", { prefixItems: [{ type: "integer" }, { type: "boolean" }] }, [1, true]],
    ["an object by its required", { required: ["a"] }, { a: "mock a" }],
    ["an object with properties not to have", { properties: { a: false, b: {} } }, { b: "mock b" }],
    [
      "an object with free keys",
      { type: "object", minProperties: 1, additionalProperties: { type: "null" } },
      { key1: null },
    ],
    ["a number by its bounds", { minimum: 3 }, 3],
    ["the first of any", { anyOf: [{ type: "integer" }, { type: "string" }] }, 1],
    ["the first of one", { oneOf: [{ type: "boolean" }] }, true],
    [
      "all of several",
      { allOf: [{ required: ["a"] }, { properties: { a: { type: "integer" } } }] },
      { a: 1 },
    ],
    ["a reference", { $ref: "#/$defs/a~1b", $defs: { "a/b": { const: 5 } } }, 5],
  ];

  it.each(cases)("for %s", (_, schema, value) => {
    expect(synthesize(schema)).toEqual(value);
  });

  it.each(cases)("that fits, for %s", (_, schema) => {
    expect(fits(schema)).toEqual([]);
  });

  it("for a reference that leads nowhere", () => {
    expect(synthesize({ $ref: "other.json" })).toBe("mock value");
    expect(synthesize({ $ref: "#/$defs/none" })).toBe("mock value");
  });

  it("comes to an end for a schema that names itself", () => {
    const node: JsonObject = {
      type: "object",
      properties: { name: { type: "string" }, next: { $ref: "#" } },
      required: ["name"],
    };
    expect(fits(node)).toEqual([]);
    expect(
      fits({
        $ref: "#/$defs/n",
        $defs: { n: { properties: { all: { type: "array", items: { $ref: "#/$defs/n" } } } } },
      }),
    ).toEqual([]);
    expect(synthesize({ $ref: "#" })).toBe("mock value");
  });

  it("takes references and percent signs as they come", () => {
    expect(synthesize({ $ref: "#/$defs/a%", $defs: { "a%": { const: 1 } } })).toBe(1);
    expect(
      synthesize({ minProperties: 2, properties: { key1: { const: 0 } }, additionalProperties: {} }),
    ).toEqual({ key1: 0, key2: "mock key2" });
  });

  const self: JsonObject = { $ref: "#" };
  const endless: readonly JsonObject[] = [
    { type: "object", properties: { next: self }, required: ["next"] },
    { type: "object", properties: { a: self, b: self }, required: ["a", "b"] },
    { type: "array", items: self, minItems: 2 },
    { type: "array", items: {}, minItems: 1e9 },
    { type: "array", items: { type: "array", minItems: 5000 }, minItems: 5000 },
    { type: "string", minLength: 1e12 },
    { type: "object", minProperties: 1e9 },
    { allOf: [self, self, self] },
  ];
  it.each(endless)("is refused where it would have no end or no bounds: %j", (schema) => {
    const start = performance.now();
    expect(() => synthesize(schema)).toThrow(/^Cannot make up a value for ".*": its schema requires/);
    expect(performance.now() - start).toBeLessThan(25_000);
  });

  it("leaves out what nobody requires before it grows without bounds", () => {
    const names = Array.from({ length: 12 }, (_, index) => `p${index}`);
    const wide: JsonObject = {
      type: "object",
      properties: Object.fromEntries(names.map((name) => [name, { $ref: "#" }])),
    };
    expect(JSON.stringify(synthesize(wide)).length).toBeLessThan(2_000_000);
  });

  it("fits the schema, for any schema without patterns", () => {
    const { schema } = letrec<{ schema: JsonObject; leaf: JsonObject; object: JsonObject; list: JsonObject }>(
      (tie) => ({
        schema: oneof({ maxDepth: 4 }, tie("leaf"), tie("object"), tie("list")),
        leaf: oneof(
          record(
            { type: constantFrom("string"), minLength: integer({ min: 0, max: 30 }) },
            { requiredKeys: ["type"] },
          ),
          record(
            {
              type: constantFrom("integer", "number"),
              minimum: integer({ min: -9, max: 9 }),
              maximum: integer({ min: 10, max: 20 }),
            },
            { requiredKeys: ["type"] },
          ),
          record({ enum: array(integer(), { minLength: 1 }) }),
          record({ type: constantFrom("boolean", "null") }),
        ),
        object: record({
          type: constantFrom("object"),
          additionalProperties: boolean(),
          properties: dictionary(constantFrom("a", "b", "c"), tie("schema")),
        }),
        list: record({
          type: constantFrom("array"),
          minItems: integer({ min: 0, max: 3 }),
          items: tie("schema"),
        }),
      }),
    );
    assert(
      property(schema, (any) => {
        expect(fits(any)).toEqual([]);
        expect(synthesize(any)).toEqual(synthesize(any));
      }),
    );
  });
});
