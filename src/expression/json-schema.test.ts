import { describe, expect, it } from "vitest";
import type { JsonObject } from "./json.ts";
import { schemaFaults, schemasIn } from "./json-schema.ts";

const faults = (schema: JsonObject) =>
  schemaFaults(schema).map(
    ({ path, message, isKey }) => `${path.join("/")}${isKey ? " key" : ""}: ${message}`,
  );

describe("the faults of a JSON Schema", () => {
  const good: readonly JsonObject[] = [
    {},
    { type: ["string", "null"], pattern: "^a+$" },
    { $ref: "#" },
    { $ref: "#/$defs/a~1b%25", $defs: { "a/b%": true } },
    { $ref: "#/$defs/a%", $defs: { "a%": {} } },
    { allOf: [{ $ref: "#/allOf/1" }, {}] },
    { $ref: "#here", $defs: { a: { $anchor: "here" }, b: { $dynamicAnchor: "there" } } },
    { $id: "https://example.com/a", $ref: "b", $defs: { b: { $id: "b" } } },
    { patternProperties: { "^a": {} } },
    { patternProperties: 5, properties: 5, allOf: 5, not: true },
    { properties: { type: { const: { type: 5, pattern: "(" } }, pattern: true, $ref: {} } },
    { default: { pattern: "(" }, enum: [{ $ref: "#/no" }] },
  ];
  it.each(good)("are none in %j", (schema) => {
    expect(faults(schema)).toEqual([]);
  });

  const bad: readonly (readonly [JsonObject, string])[] = [
    [{ type: 5 }, 'type: Cannot use "5" as a type: JSON Schema has no such type'],
    [{ items: { type: ["string", "txt"] } }, 'items/type/1: Cannot use "txt" as a type'],
    [{ pattern: "(" }, 'pattern: Cannot use the pattern "(": '],
    [{ pattern: 5 }, 'pattern: Cannot use the pattern "5": it must be a text'],
    [{ pattern: "(?=a)" }, "pattern: Cannot use the pattern"],
    [{ pattern: "(?i)a" }, "pattern: Cannot use the pattern"],
    [{ pattern: `${"a".repeat(70)}(` }, `Cannot use the pattern "${"a".repeat(59)}…"`],
    [{ patternProperties: { "[": {} } }, 'patternProperties/[ key: Cannot use the pattern "["'],
    [{ properties: { a: { anyOf: [{}, { pattern: "(" }] } } }, "properties/a/anyOf/1/pattern: "],
    [{ $ref: "#/$defs/a" }, '$ref: Cannot use the reference "#/$defs/a": nothing stands there'],
    [{ $ref: "#/title", title: "x" }, "$ref: Cannot use the reference"],
    [{ $ref: "#/title/x", title: null }, "$ref: Cannot use the reference"],
    [{ $ref: "#here" }, '$ref: Cannot use the reference "#here": nothing stands there'],
    [{ $ref: 5 }, '$ref: Cannot use the reference "5": it must be a text'],
    [{ $dynamicRef: "other.json" }, "only the schema itself can be referred to, nothing is fetched"],
  ];
  it.each(bad)("are found in %j", (schema, message) => {
    expect(faults(schema)).toEqual([expect.stringContaining(message)]);
  });
});

it("visits a schema that stands in two places once", () => {
  const shared: JsonObject = { type: "string" };
  expect(schemasIn({ not: shared, items: shared })).toHaveLength(2);
});
