import { expect, it } from "vitest";
import type { BreakerRecord, BreakerStore } from "../ports/breaker-store.ts";

/** Every line of the contract in `ports/breaker-store.ts`; `other` is another process on the same folder. */
export function breakerStoreContract(
  open: () => Promise<{ readonly store: BreakerStore; readonly other: BreakerStore }>,
): void {
  const record: BreakerRecord = {
    key: "agent a",
    failures: 5,
    at: 1000,
    message: "é\n",
    openUntil: 2000,
    probe: { by: "run step@0.1", until: 3000 },
    signature: "failure x",
  };
  const put = (store: BreakerStore, ...records: readonly BreakerRecord[]) =>
    store.update(() => ({ value: undefined, put: records }));
  const get = (store: BreakerStore, key: string) => store.update((read) => ({ value: read(key) }));

  it("gives what was put, to every process, and nothing for an unknown key", async () => {
    const { store, other } = await open();
    expect(await get(store, "agent a")).toBeUndefined();
    await put(store, record);
    expect(await get(store, "agent a")).toEqual(record);
    expect(await get(other, "agent a")).toEqual(record);
    expect(await get(other, "agent")).toBeUndefined();
  });

  it("replaces and removes in one change, and gives what the decision gives", async () => {
    const { store } = await open();
    await put(store, record, { ...record, key: "agent b" });
    const later = { key: "agent b", failures: 1, at: 3000, message: "" };
    const value = await store.update((read) => ({
      value: read("agent a")?.failures,
      put: [later],
      remove: ["agent a", "unknown"],
    }));
    expect(value).toBe(5);
    expect(await store.list()).toEqual([later]);
  });

  it("lets no other change come between reading and writing, of any process", async () => {
    const { store, other } = await open();
    const increment = (one: BreakerStore) =>
      one.update((read) => {
        const failures = (read("n")?.failures ?? 0) + 1;
        return { value: failures, put: [{ key: "n", failures, at: 1, message: "" }] };
      });
    const seen = await Promise.all(Array.from({ length: 50 }, (_, n) => increment(n % 2 ? store : other)));
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  });

  it("changes nothing when the decision throws", async () => {
    const { store } = await open();
    await put(store, record);
    await expect(
      store.update(() => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await store.list()).toEqual([record]);
  });

  it("lists what changed last first, and forgets one key, or all, and says how many", async () => {
    const { store } = await open();
    for (const [key, at] of [["a", 2] as const, ["b", 3] as const, ["c", 1] as const])
      await put(store, { key, failures: 1, at, message: "" });
    expect((await store.list()).map(({ key }) => key)).toEqual(["b", "a", "c"]);
    expect(await store.clear("unknown")).toBe(0);
    expect(await store.clear("b")).toBe(1);
    expect(await store.clear()).toBe(2);
    expect(await store.list()).toEqual([]);
  });
}
