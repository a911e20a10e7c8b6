import { describe, expect, it } from "vitest";
import { strictSchema } from "./strict.ts";

const object = (properties: object, required: readonly string[] = Object.keys(properties)) =>
  ({ type: "object", properties, required }) as never;

describe("a schema that OpenAI holds a model to strictly", () => {
  it("has all its objects closed", () => {
    const schema = object({ a: { type: "array", items: object({ b: { type: "string" } }) } });
    expect(strictSchema(schema)).toEqual({
      ...(schema as object),
      properties: {
        a: {
          type: "array",
          items: { ...(object({ b: { type: "string" } }) as object), additionalProperties: false },
        },
      },
      additionalProperties: false,
    });
    expect(schema).not.toHaveProperty("additionalProperties");
  });

  it("is none where a property may be missing, or an object is open", () => {
    expect(strictSchema(object({ a: {}, b: {} }, ["a"]))).toBeUndefined();
    expect(strictSchema(object({ a: { type: "object" } }))).toBeUndefined();
    expect(
      strictSchema(object({ a: { ...(object({ b: {} }) as object), additionalProperties: true } })),
    ).toBeUndefined();
  });
});
