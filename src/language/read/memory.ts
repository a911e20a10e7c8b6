import * as leaf from "../leaves.ts";
import { defined } from "../defined.ts";
import { memoryShape } from "../context-shapes.ts";
import type { MemoryUse } from "../workflow.ts";
import type { Loading, Located } from "./loading.ts";
import { missingKey, readLeaf, readObject } from "./read-object.ts";
import { isObject } from "../../expression/json.ts";

/** As long as two or three pages. */
const usual = { read: true, write: true, maxBytes: 8000 };

/** Reads `memory:`, an object or a name alone. */
export function readMemory(loading: Loading, at: Located | undefined): MemoryUse | undefined {
  if (!at) return undefined;
  if (!isObject(at.value)) {
    const name = readLeaf(loading, at, { key: "memory", schema: leaf.memoryName });
    return name === undefined ? undefined : { name, ...usual };
  }
  const read = readObject(loading, at, memoryShape);
  if (!read) return undefined;
  const { name, max: maxBytes, ...how } = read.leaves;
  if (!read.has("name")) missingKey(loading, read.whole, { what: "`memory`", key: "name" });
  if (how.read === false && how.write === false) {
    loading.report.add({
      code: "BAD_VALUE",
      message: "Cannot use the memory: it is neither read nor written",
      fix: "take one of the two out",
      at: at.spot,
      part: "key",
    });
  }
  return name === undefined ? undefined : { ...usual, ...defined({ maxBytes }), ...how, name };
}
