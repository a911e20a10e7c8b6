import { isDeepStrictEqual } from "node:util";

/** A promise that was not kept: what a law or a simulation throws. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

/** Throws when two values differ, with the first places where they do. */
export function same(actual: unknown, expected: unknown, rule: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const found = [...differences(actual, expected, "")].slice(0, 10);
  throw new BrokenPromise(`it is not so that ${rule}:\n${found.join("\n")}`);
}

/** Throws when something does not hold. */
export function must(holds: boolean, rule: string): void {
  if (!holds) throw new BrokenPromise(`it is not so that ${rule}`);
}

function* differences(actual: unknown, expected: unknown, path: string): Generator<string> {
  if (isDeepStrictEqual(actual, expected)) return;
  const [is, should] = [entriesOf(actual), entriesOf(expected)];
  if (!is || !should) {
    yield `${path || "it"} is ${JSON.stringify(actual)}, should be ${JSON.stringify(expected)}`;
    return;
  }
  for (const key of new Set([...is.keys(), ...should.keys()])) {
    yield* differences(is.get(key), should.get(key), path === "" ? key : `${path}.${key}`);
  }
}

function entriesOf(value: unknown): Map<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)) : undefined;
}
