import type { Json, JsonObject } from "../expression/json.ts";
import { shapeProblems as problemsOf } from "../shape/shape.ts";

/** What is wrong with a step's output by its schema, each with its place; nothing when it fits. Throws BAD_VALUE. */
export function shapeProblems(schema: JsonObject, value: Json): readonly string[] {
  return problemsOf(schema, value, {
    root: "output",
    what: 'the "output" schema',
    fix: "correct the step's `output:`; it is JSON Schema 2020-12",
  });
}
