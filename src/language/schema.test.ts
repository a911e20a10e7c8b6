import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isObject } from "../expression/json.ts";
import { workflowJsonSchema } from "./schema.ts";

const schema = workflowJsonSchema();

/** Every object in the schema that lists properties. */
function* objects(value: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (Array.isArray(value)) for (const item of value) yield* objects(item);
  if (!isObject(value)) return;
  if (isObject(value["properties"])) yield value["properties"];
  for (const item of Object.values(value)) yield* objects(item);
}

describe("workflowJsonSchema", () => {
  it("is JSON Schema 2020-12 with a description at every key", () => {
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      required: ["chain"],
    });
    const all = [...objects(schema)];
    expect(all.length).toBeGreaterThan(8);
    for (const properties of all) {
      for (const [key, property] of Object.entries(properties)) {
        expect(isObject(property) && property["description"], key).toMatch(/^[A-Z2].*\.$/);
      }
    }
  });

  it("accepts the canonical form and refuses unknown keys and wrong values, at any depth", () => {
    const validator = z.fromJSONSchema(schema);
    const step = {
      name: "a",
      command: "/query",
      retry: { max: 2 },
      gates: [{ run: "x" }, "tests"],
      timeout: "5m",
    };
    const good = {
      name: "x",
      inputs: { a: "string", b: { type: "integer" } },
      limits: { cost: "10 USD" },
      chain: { parallel_where_possible: true, steps: [step, { steps: [step], parallel: { join: "all" } }] },
    };
    expect(validator.safeParse(good).success).toBe(true);
    expect(validator.safeParse({ ...good, chain: [{ ...step, timout: 1 }] }).success).toBe(false);
    expect(validator.safeParse({ ...good, chain: [{ steps: [{ nam: "x" }] }] }).success).toBe(false);
    expect(validator.safeParse({ ...good, limits: { money: 1 } }).success).toBe(false);
    expect(validator.safeParse({ name: "x" }).success).toBe(false);
  });
});
