import { expect, it } from "vitest";
import { isTuttiError } from "../errors.ts";
import type { CacheEntry, ResultCache } from "../ports/result-cache.ts";

/** Every line of the contract in `ports/result-cache.ts`. */
export function resultCacheContract(createCache: () => Promise<ResultCache>): void {
  const entry: CacheEntry = {
    key: "k",
    storedAt: 1000,
    runId: "run",
    address: "step",
    outcome: {
      ok: true,
      output: { n: 1 },
      stdout: "é\n",
      usage: { costUsd: null, inputTokens: 1, outputTokens: 2 },
    },
  };

  it("gives what was put less than the age ago, and nothing else", async () => {
    const cache = await createCache();
    await cache.put(entry);
    expect(await cache.get("k", 500, 1499)).toEqual(entry);
    expect(await cache.get("k", 500, 1500)).toBeUndefined();
    expect(await cache.get("other", 500, 1000)).toBeUndefined();
  });

  it("keeps long results whole", async () => {
    const cache = await createCache();
    const long = { ...entry, outcome: { ok: true, stdout: "line é\n".repeat(10_000) } };
    await cache.put(long);
    expect(await cache.get("k", 500, 1000)).toEqual(long);
  });

  it("replaces an earlier result by a later one", async () => {
    const cache = await createCache();
    await cache.put(entry);
    const later = { ...entry, storedAt: 2000, outcome: { ok: true, output: "later" } };
    await cache.put(later);
    expect(await cache.get("k", 10, 2000)).toEqual(later);
    expect(await cache.list()).toEqual([later]);
  });

  it("refuses the result of a failed step", async () => {
    const cache = await createCache();
    await expect(cache.put({ ...entry, outcome: { ok: false } })).rejects.toSatisfy((error) =>
      isTuttiError(error, "INTERNAL"),
    );
    expect(await cache.list()).toEqual([]);
  });

  it("lists the newest first", async () => {
    const cache = await createCache();
    for (const [key, storedAt] of [["a", 2] as const, ["b", 3] as const, ["c", 1] as const]) {
      await cache.put({ ...entry, key, storedAt });
    }
    expect((await cache.list()).map(({ key }) => key)).toEqual(["b", "a", "c"]);
  });

  it("clears one key, or all, and says how many", async () => {
    const cache = await createCache();
    for (const key of ["a", "b", "c"]) await cache.put({ ...entry, key });
    expect(await cache.clear("unknown")).toBe(0);
    expect(await cache.clear("b")).toBe(1);
    expect((await cache.list()).map(({ key }) => key).toSorted()).toEqual(["a", "c"]);
    expect(await cache.clear()).toBe(2);
    expect(await cache.list()).toEqual([]);
  });
}
