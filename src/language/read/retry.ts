import { defined } from "../defined.ts";
import { retryShape } from "../shapes.ts";
import { defaultRetry, type RetryPolicy } from "../workflow.ts";
import type { Loading, Located } from "./loading.ts";
import { readLeaf, readObject } from "./read-object.ts";

const allClasses: RetryPolicy["on"] = ["transient", "quota", "timeout", "failure"];

/**
 * Reads `retry:`. A step that does not speak of it is tried again for what can succeed by itself; one that asks for
 * retries gets them for every failure, unless `on:` says for which.
 */
export function readRetry(loading: Loading, at: Located | undefined): RetryPolicy {
  if (!at) return defaultRetry;
  if (typeof at.value !== "object" || at.value === null) {
    const max = readLeaf(loading, at, { key: "retry", schema: retryShape.leaves.max });
    return { ...defaultRetry, on: allClasses, ...defined({ max }) };
  }
  const read = readObject(loading, at, retryShape);
  const { max, on = allClasses, backoff, delay: baseMs } = read?.leaves ?? {};
  return { ...defaultRetry, on, ...defined({ max, backoff, baseMs }) };
}
