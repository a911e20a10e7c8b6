import { describe, expect, it } from "vitest";
import { isTuttiError } from "../errors.ts";
import type { JsonObject } from "../expression/json.ts";
import { loadWorkflow } from "../language/load.ts";
import { resolveInputs } from "./inputs.ts";

function resolved(inputs: string, given: JsonObject): JsonObject {
  const { workflow, problems } = loadWorkflow(`inputs: ${inputs}\nchain:\n- {name: a, run: x}\n`);
  if (!workflow) throw new Error(JSON.stringify(problems));
  return resolveInputs(workflow, given);
}

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe("the inputs of a run", () => {
  it("are held against the whole of JSON Schema, and every mistake has its place", () => {
    const schema = "{o: {type: object, properties: {n: {type: integer}}, dependentRequired: {n: [m]}}}";
    expect(resolved(schema, { o: '{"n": 1, "m": 2}' })).toEqual({ o: { n: 1, m: 2 } });
    const error = thrownBy(() => resolved(schema, { o: { n: 1.5 } }));
    expect(isTuttiError(error, "INPUT_INVALID")).toBe(true);
    expect(String(error)).toContain('o.n: Instance type "number" is invalid. Expected "integer".');
  });

  it("are whole numbers only as far as those are exact", () => {
    expect(resolved("{id: string}", { id: "12345678901234567890" })).toEqual({ id: "12345678901234567890" });
    expect(resolved("{o: object}", { o: '{"id": 12345678901234567890}' })).toEqual({
      o: { id: "12345678901234567890" },
    });
    const error = thrownBy(() => resolved("{id: integer}", { id: "12345678901234567890" }));
    expect(error).toMatchObject({
      code: "INPUT_INVALID",
      fix: 'whole numbers beyond 2^53 are not exact: declare the input as "type: string"',
    });
  });

  it("are objects whose members may be given one by one, over what they have", () => {
    const schema = "{type: object, properties: {name: {type: string}}, default: {a: 1, deep: {x: 1, y: 2}}}";
    const given = { "o.n": "5", "o.name": "5", "o.deep.y": "true", "o.text": "plain" };
    expect(resolved(`{o: ${schema}}`, given)).toEqual({
      o: { a: 1, n: 5, name: "5", deep: { x: 1, y: true }, text: "plain" },
    });
    expect(resolved("{o: object}", { "o.n": 2, o: '{"m": 1}' })).toEqual({ o: { m: 1, n: 2 } });
    const wrong = thrownBy(() =>
      resolved("{o: object, n: {type: number, default: 1}}", { "p.n": 1, "n.x": 1, o: {} }),
    );
    expect(wrong).toMatchObject({ problems: [{ code: "INPUT_UNKNOWN" }, { code: "INPUT_INVALID" }] });
  });

  it.each([
    ["object", `--input o='{"…": …}', as JSON, or --input o.…=…`],
    [
      "{type: object, properties: {files: {type: integer}}}",
      `--input o='{"files": …}', as JSON, or --input o.files=…`,
    ],
    ["{type: array}", "--input o='[…]', as JSON"],
    ["integer", "--input o=…"],
  ])("that are missing are asked for as they are typed: %s", (schema, line) => {
    expect(thrownBy(() => resolved(`{o: ${schema}}`, {}))).toMatchObject({ fix: `give it: ${line}` });
  });

  it("cannot freeze the process with a pattern", () => {
    const start = performance.now();
    const error = thrownBy(() =>
      resolved("{t: {type: string, pattern: '^(a+)+$'}}", { t: `${"a".repeat(50)}!` }),
    );
    expect(performance.now() - start).toBeLessThan(25_000);
    expect(isTuttiError(error, "BAD_VALUE")).toBe(true);
  });
});
