import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { shapedAnswer, wantedShape } from "./shape.ts";

describe("the wanted shape", () => {
  it("is none without schema and claims", () => {
    expect(wantedShape({})).toBeUndefined();
    expect(wantedShape({ claims: [] })).toBeUndefined();
  });

  it("is the schema itself when its root is an object", () => {
    const schema = { type: "object", properties: { a: {} } };
    expect(wantedShape({ schema })?.schema).toEqual(schema);
    expect(wantedShape({ schema: { properties: { a: {} } } })?.schema).toMatchObject({ type: "object" });
    expect(wantedShape({ schema })?.outputOf({ a: 1 })).toEqual({ a: 1 });
  });

  it("wraps any other schema, and takes the value out again", () => {
    const shape = wantedShape({ schema: { type: "array" }, claims: ["ignored"] });
    expect(shape?.schema).toMatchObject({ properties: { value: { type: "array" } }, required: ["value"] });
    expect(shape?.outputOf({ value: [1] })).toEqual([1]);
    expect(shape?.outputOf({})).toBeNull();
    expect(shape?.outputOf([1])).toEqual([1]);
  });

  it("has a place for what was learned, which nobody has to fill", () => {
    const learned = { type: "array", items: { type: "string" } };
    const alone = wantedShape({ learns: true })?.schema;
    expect(alone).toMatchObject({ required: ["answer"], properties: { learned } });
    const schema = { type: "object", properties: { n: {} }, additionalProperties: false };
    expect(wantedShape({ schema, learns: true })?.schema).toMatchObject({
      properties: { n: {}, learned },
      additionalProperties: false,
    });
    const own = { type: "object", properties: { learned: { type: "string" } } };
    expect(wantedShape({ schema: own, learns: true })?.schema).toEqual(own);
    expect(wantedShape({ schema: { type: "array" }, learns: true })?.schema).not.toHaveProperty(
      "properties.learned",
    );
  });

  it("asks for claims as booleans, beside an answer or inside the declared object", () => {
    const alone = wantedShape({ claims: ["ok"] });
    expect(alone?.schema).toMatchObject({ required: ["answer", "quality_metrics"] });
    expect(alone?.outputOf({ answer: "x" })).toEqual({ answer: "x" });
    const schema = {
      type: "object",
      properties: { n: {}, quality_metrics: { properties: { score: {} }, required: ["score"] } },
      required: ["n", "quality_metrics"],
    };
    expect(wantedShape({ schema, claims: ["ok"] })?.schema).toEqual({
      type: "object",
      properties: {
        n: {},
        quality_metrics: {
          type: "object",
          properties: { score: {}, ok: { type: "boolean" } },
          required: ["score", "ok"],
        },
      },
      required: ["n", "quality_metrics"],
    });
  });
});

describe("an answer that holds the wanted object in its text", () => {
  const any = { schema: { type: "object" }, outputOf: (answer: Json) => answer };

  it("gives it from the whole text or the last fenced block", () => {
    expect(shapedAnswer(' {"a":1}\n', any)).toEqual({ a: 1 });
    const two = 'First\n```json\n{"a":1}\n```\nthen\n```\n{"a":2}\n```\nend';
    expect(shapedAnswer(two, any)).toEqual({ a: 2 });
    expect(shapedAnswer('```json\n{"a":1}\n```\n```js\nlet a\n```', any)).toEqual({ a: 1 });
  });

  it("gives nothing for plain words, broken JSON, other values and missing fields", () => {
    for (const text of ["42 is the answer", "{a:1}", "", "[1]"])
      expect(shapedAnswer(text, any)).toBeUndefined();
    const strict = { ...any, schema: { type: "object", required: ["a", "b"] } };
    expect(shapedAnswer('{"a":1}', strict)).toBeUndefined();
    expect(shapedAnswer('{"a":1,"b":null}', strict)).toEqual({ a: 1, b: null });
  });
});
