import { expect, it } from "vitest";
import type { DayLedger, NewSpending } from "../ports/day-ledger.ts";
import type { RunStore } from "../ports/run-store.ts";
import { event, newRun } from "./run-store-harness.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const day = "2026-11-21";

/**
 * Every line of the contract in `ports/day-ledger.ts`; `runs` are those of the same store; `other` is another process on the same folder, which
 * `endOther` ends.
 */
export function dayLedgerContract(
  open: () => Promise<{
    readonly ledger: DayLedger;
    readonly runs: RunStore;
    readonly other: DayLedger;
    readonly endOther: () => Promise<void>;
  }>,
): void {
  const entry: NewSpending = {
    at: noon,
    runId: "r1",
    effect: "a@0.1",
    what: "/task",
    agent: "claude-code",
    predictedUsd: 0.5,
    rehearsal: false,
  };
  const cap = { usd: 1, enforced: true };

  it("holds what is predicted, and puts what it did cost in its place", async () => {
    const { ledger, other } = await open();
    const { id, ...verdict } = await ledger.begin(entry, cap);
    expect(verdict).toEqual({ usedUsd: 0, over: false });
    expect(await other.entries(day)).toEqual([{ ...entry, state: "held", costUsd: null, tokens: 0 }]);
    await ledger.end(id ?? 0, { costUsd: 0.2, tokens: 30 });
    expect(await other.entries(day)).toEqual([{ ...entry, state: "ended", costUsd: 0.2, tokens: 30 }]);
    expect(await other.begin(entry)).toMatchObject({ usedUsd: 0.2, over: false });
  });

  it("leaves the end of an entry to the append of a log, and counts it at once", async () => {
    const { ledger, runs, other } = await open();
    const log = await runs.create(newRun("a"), [event(0)]);
    const { id } = await ledger.begin(entry, cap);
    const ended = Promise.withResolvers<void>();
    const ending = ledger.end(id ?? 0, { costUsd: 0.25, tokens: 30 }, () => ended.promise);
    const isHeld = { ...entry, state: "held", costUsd: null, tokens: 0 };
    const isEnded = { ...entry, state: "ended", costUsd: 0.25, tokens: 30 };
    expect([await ledger.entries(day), await other.entries(day)]).toEqual([[isEnded], [isHeld]]);
    expect(await ledger.begin({ ...entry, predictedUsd: 2 }, cap)).toMatchObject({
      usedUsd: 0.25,
      heldUsd: 0,
    });
    await log.append([event(1)], { booked: [{ id: id ?? 0, costUsd: 0.25, tokens: 30 }] });
    ended.resolve();
    await ending;
    expect([await ledger.entries(day), await other.entries(day)]).toEqual([[isEnded], [isEnded]]);
  });

  it("ends an entry itself where the append of the log fails", async () => {
    const { ledger, other } = await open();
    const { id } = await ledger.begin(entry, cap);
    await ledger.end(id ?? 0, { costUsd: 0.25, tokens: 30 }, () => Promise.reject(new Error("no")));
    expect(await other.entries(day)).toEqual([{ ...entry, state: "ended", costUsd: 0.25, tokens: 30 }]);
  });

  it("holds nothing that would pass the cap, and exactly what fits", async () => {
    const { ledger } = await open();
    await ledger.begin({ ...entry, predictedUsd: 0.7 }, cap);
    expect(await ledger.begin(entry, cap)).toEqual({ usedUsd: 0.7, heldUsd: 0.7, over: true });
    expect(await ledger.begin({ ...entry, predictedUsd: 0.3 }, cap)).toMatchObject({ over: false });
    expect(await ledger.begin({ ...entry, predictedUsd: null }, cap)).toMatchObject({
      usedUsd: 1,
      over: true,
    });
    expect(await ledger.entries(day)).toHaveLength(2);
  });

  it("holds it all the same where the cap is only told", async () => {
    const { ledger } = await open();
    const verdict = await ledger.begin({ ...entry, predictedUsd: 2 }, { usd: 1, enforced: false });
    expect(verdict).toEqual({ id: expect.any(Number), usedUsd: 0, over: true });
  });

  it("lets nothing of another process come between", async () => {
    const { ledger, other } = await open();
    const tries = Array.from({ length: 40 }, (_, n) =>
      (n % 2 ? ledger : other).begin({ ...entry, effect: `${n}`, predictedUsd: 0.1 }, cap),
    );
    const verdicts = await Promise.all(tries);
    expect(verdicts.filter(({ id }) => id !== undefined)).toHaveLength(10);
  });

  it("counts what nobody told as it was held, also of a process that died", async () => {
    const { ledger } = await open();
    const { id } = await ledger.begin(entry);
    await ledger.end(id ?? 0, { costUsd: null, tokens: 5 });
    await ledger.begin(entry);
    expect(await ledger.begin(entry)).toMatchObject({ usedUsd: 1 });
    expect((await ledger.entries(day))[0]).toEqual({ ...entry, state: "ended", costUsd: null, tokens: 5 });
  });

  it("says how much is held for attempts under way, in processes that live", async () => {
    const { ledger, other, endOther } = await open();
    const { id: spent } = await ledger.begin({ ...entry, predictedUsd: 0.25 });
    await ledger.end(spent ?? 0, { costUsd: 0.25, tokens: 1 });
    const { id: unknown } = await ledger.begin({ ...entry, predictedUsd: 0.25 });
    await ledger.end(unknown ?? 0, { costUsd: null, tokens: 1 });
    await ledger.begin({ ...entry, predictedUsd: 0.25 });
    await other.begin({ ...entry, predictedUsd: 0.125 });
    const tooMuch = { ...entry, predictedUsd: 0.75 };
    expect(await ledger.begin(tooMuch, cap)).toEqual({ usedUsd: 0.875, heldUsd: 0.375, over: true });
    expect(await other.begin(tooMuch, cap)).toEqual({ usedUsd: 0.875, heldUsd: 0.375, over: true });
    const states = async () => (await ledger.entries(day)).map(({ state }) => state);
    expect(await states()).toEqual(["ended", "ended", "held", "held"]);
    await endOther();
    expect(await states()).toEqual(["ended", "ended", "held", "lost"]);
    expect(await ledger.begin(tooMuch, cap)).toEqual({ usedUsd: 0.875, heldUsd: 0.25, over: true });
    expect(await ledger.begin({ ...tooMuch, rehearsal: true }, { ...cap, usd: 0.5 })).toMatchObject({
      heldUsd: 0,
    });
  });

  it("forgets what was taken back", async () => {
    const { ledger } = await open();
    const { id } = await ledger.begin(entry);
    await ledger.cancel(id ?? 0);
    expect(await ledger.entries(day)).toEqual([]);
    expect(await ledger.begin(entry, cap)).toMatchObject({ usedUsd: 0, over: false });
  });

  it("begins anew with each day of UTC", async () => {
    const { ledger } = await open();
    await ledger.begin({ ...entry, at: Date.UTC(2026, 10, 21, 23, 59, 59), predictedUsd: 1 }, cap);
    expect(await ledger.begin({ ...entry, at: Date.UTC(2026, 10, 22) }, cap)).toMatchObject({ usedUsd: 0 });
    expect(await ledger.entries("2026-11-22")).toHaveLength(1);
  });

  it("counts what is only played by itself", async () => {
    const { ledger } = await open();
    await ledger.begin({ ...entry, rehearsal: true, predictedUsd: 1 }, cap);
    expect(await ledger.begin(entry, cap)).toMatchObject({ usedUsd: 0, over: false });
    expect(await ledger.begin({ ...entry, rehearsal: true }, cap)).toMatchObject({ usedUsd: 1, over: true });
  });

  it("keeps a year", async () => {
    const { ledger } = await open();
    await ledger.begin(entry);
    await ledger.begin({ ...entry, at: noon + 365 * 86_400_000 });
    expect(await ledger.entries(day)).toHaveLength(1);
    await ledger.begin({ ...entry, at: noon + 368 * 86_400_000 });
    expect(await ledger.entries(day)).toEqual([]);
  });
}
