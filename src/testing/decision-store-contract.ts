import { expect, it } from "vitest";
import type { DecisionEnd, DecisionStore } from "../ports/decision-store.ts";

const decision = {
  key: "k",
  workflow: "w",
  place: "route",
  ways: ["fast", "careful", "none"],
  idle: ["none"],
};
const end: DecisionEnd = {
  runId: "r1",
  address: "route",
  decision,
  way: "fast",
  good: true,
  costUsd: 0.5,
  durationMs: 10,
  at: 1,
};

/** Every line of the contract in `ports/decision-store.ts`. */
export function decisionStoreContract(createStore: () => Promise<DecisionStore>): void {
  it("knows nothing of a decision that was never taken", async () => {
    const store = await createStore();
    expect(await store.cases(["k"])).toEqual({});
    expect(await store.list()).toEqual([]);
    expect(await store.clear()).toBe(0);
    await store.record([]);
  });

  it("sums up what came of each way", async () => {
    const store = await createStore();
    await store.record([end, { ...end, runId: "r2", good: false, costUsd: null, durationMs: 30, at: 2 }]);
    await store.record([{ ...end, runId: "r3", way: "careful", costUsd: 2, at: 3 }]);
    expect(await store.cases(["k", "unknown"])).toEqual({
      k: {
        fast: { good: 1, bad: 1, costUsd: 0.5, priced: 1 },
        careful: { good: 1, bad: 0, costUsd: 2, priced: 1 },
      },
    });
    expect(await store.list()).toEqual([
      {
        ...decision,
        taken: {
          fast: { good: 1, bad: 1, costUsd: 0.5, priced: 1, meanDurationMs: 20 },
          careful: { good: 1, bad: 0, costUsd: 2, priced: 1, meanDurationMs: 10 },
        },
        at: 3,
      },
    ]);
  });

  it("books each decision, run and address once: the later end, also of another way", async () => {
    const store = await createStore();
    await store.record([end]);
    await store.record([end]);
    expect((await store.cases(["k"]))["k"]).toEqual({ fast: { good: 1, bad: 0, costUsd: 0.5, priced: 1 } });
    await store.record([{ ...end, way: "careful", good: false, at: 2 }]);
    expect((await store.cases(["k"]))["k"]).toEqual({
      careful: { good: 0, bad: 1, costUsd: 0.5, priced: 1 },
    });
    await store.record([{ ...end, address: "again#1/route", at: 3 }]);
    expect(Object.keys((await store.cases(["k"]))["k"] ?? {}).toSorted()).toEqual(["careful", "fast"]);
  });

  it("leaves out one run, if asked", async () => {
    const store = await createStore();
    await store.record([end, { ...end, runId: "r2", good: false }]);
    expect(await store.cases(["k"], { exceptRun: "r2" })).toMatchObject({
      k: { fast: { good: 1, bad: 0 } },
    });
    await store.clear();
    await store.record([end]);
    expect(await store.cases(["k"], { exceptRun: "r1" })).toEqual({});
  });

  it("counts of each way only the last 200 ends, whenever they are recorded", async () => {
    const store = await createStore();
    const ends = (count: number, from: number, good: boolean): DecisionEnd[] =>
      Array.from({ length: count }, (_, index) => ({
        ...end,
        runId: `r${from + index}`,
        good,
        at: from + index,
      }));
    await store.record(ends(150, 0, false));
    await store.record(ends(250, 1000, true));
    expect(await store.cases(["k"])).toMatchObject({ k: { fast: { good: 200, bad: 0 } } });
    await store.record(ends(20, 0, false));
    expect(await store.cases(["k"])).toMatchObject({ k: { fast: { good: 200, bad: 0 } } });
    await store.record(ends(50, 2000, false));
    expect(await store.cases(["k"])).toMatchObject({ k: { fast: { good: 150, bad: 50 } } });
  });

  it("tells of each decision with its newest description, the one taken last first", async () => {
    const store = await createStore();
    const other = { ...decision, key: "o", workflow: "other" };
    await store.record([
      { ...end, decision: other, runId: "r5", at: 5 },
      { ...end, runId: "r9", at: 9 },
      { ...end, runId: "r7", way: "careful", at: 7 },
    ]);
    expect((await store.list()).map(({ key, at }) => [key, at])).toEqual([
      ["k", 9],
      ["o", 5],
    ]);
    expect((await store.list({ workflow: "other" })).map(({ key }) => key)).toEqual(["o"]);
  });

  it("forgets those of one workflow, or all", async () => {
    const store = await createStore();
    await store.record([
      end,
      { ...end, runId: "r2", decision: { ...decision, key: "o", workflow: "other" } },
    ]);
    expect(await store.clear({ workflow: "other" })).toBe(1);
    expect((await store.list()).map(({ key }) => key)).toEqual(["k"]);
    expect(await store.clear()).toBe(1);
    expect(await store.list()).toEqual([]);
  });
}
