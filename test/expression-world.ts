import { isTuttiError, type TuttiError } from "../src/errors.ts";
import { compileExpression } from "../src/expression/expression.ts";
import type { Json } from "../src/expression/json.ts";

export const values: Readonly<Record<string, Json>> = {
  n: 5,
  m: 2,
  d: 2.5,
  s: "abc",
  t: true,
  nothing: null,
  list: { output: 3 },
  mixed: [1, "a", 2.5, null, { k: 1 }],
  empty: [],
  a: { x: 1, y: "s" },
  b: { y: "s", x: 1 },
  odd: JSON.parse('{"constructor": 2, "__proto__": {"deep": 1}, "toString": "t", "a b": 7}') as Json,
  scan: { output: { issues: [{ a: 1, t: "x" }, { a: 2 }], score: 90 }, status: "verified" },
  steps: { "sign-off": { output: 7 } },
  text: "a".repeat(100_000),
};

/** What the tests of expressions can name. */
export const scope = (root: string): unknown => (Object.hasOwn(values, root) ? values[root] : undefined);

export function evaluate(source: string): Json {
  return compileExpression(source).evaluate(scope);
}

/** The TuttiError that an action throws. */
export function errorOf(action: () => unknown): TuttiError {
  try {
    action();
  } catch (error) {
    if (isTuttiError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
