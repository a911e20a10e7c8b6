import { expect, it } from "vitest";
import type { History } from "../ports/history.ts";

/** Every line of the contract in `ports/history.ts`. */
export function historyContract(createHistory: () => Promise<History>): void {
  const step = { key: "k", durationMs: 10, costUsd: null, tokens: null, ok: true, at: 1 };

  it("knows nothing of a key that was never recorded", async () => {
    const history = await createHistory();
    expect(await history.predict(["k"])).toEqual({});
    expect(await history.predict([])).toEqual({});
  });

  it("predicts the median of what was recorded, and how many cases that were", async () => {
    const history = await createHistory();
    for (const durationMs of [500, 10, 30]) await history.record([{ ...step, durationMs }]);
    expect(await history.predict(["k"])).toEqual({
      k: { durationMs: 30, costUsd: null, tokens: null, cases: 3 },
    });
    await history.record([{ ...step, durationMs: 40 }]);
    expect((await history.predict(["k"]))["k"]).toMatchObject({ durationMs: 35, cases: 4 });
  });

  it("looks at the last 20 only", async () => {
    const history = await createHistory();
    for (let i = 0; i < 30; i += 1) await history.record([{ ...step, durationMs: 1_000_000, at: i }]);
    for (let i = 0; i < 20; i += 1) await history.record([{ ...step, durationMs: 7, at: 30 + i }]);
    expect(await history.predict(["k"])).toEqual({
      k: { durationMs: 7, costUsd: null, tokens: null, cases: 20 },
    });
  });

  it("counts failed steps only where none ended well", async () => {
    const history = await createHistory();
    await history.record([{ ...step, durationMs: 1, ok: false }]);
    expect((await history.predict(["k"]))["k"]).toMatchObject({ durationMs: 1, cases: 1 });
    await history.record([{ ...step, durationMs: 100 }]);
    expect((await history.predict(["k"]))["k"]).toMatchObject({ durationMs: 100, cases: 1 });
  });

  it("takes the median of the known prices, and null when none is known", async () => {
    const history = await createHistory();
    await history.record([step]);
    expect((await history.predict(["k"]))["k"]?.costUsd).toBeNull();
    await history.record([{ ...step, costUsd: 0.5 }]);
    await history.record([{ ...step, costUsd: 0.25 }]);
    expect((await history.predict(["k"]))["k"]?.costUsd).toBe(0.375);
  });

  it("takes the median of the known tokens, a whole number, and null when none are known", async () => {
    const history = await createHistory();
    await history.record([step]);
    expect((await history.predict(["k"]))["k"]?.tokens).toBeNull();
    await history.record([{ ...step, tokens: 1001 }]);
    await history.record([{ ...step, tokens: 500 }]);
    expect((await history.predict(["k"]))["k"]?.tokens).toBe(751);
  });

  it("keeps keys apart", async () => {
    const history = await createHistory();
    await history.record([step]);
    await history.record([{ ...step, key: "other", durationMs: 99 }]);
    const found = await history.predict(["k", "other", "unknown"]);
    expect(Object.keys(found).toSorted()).toEqual(["k", "other"]);
    expect(found["other"]?.durationMs).toBe(99);
  });
}
