import { expect, it } from "vitest";
import { randomText, refused } from "./run-store-harness.ts";
import { queueContract, queueLaws } from "./stream-queues-contract.ts";
import {
  id,
  letterOf,
  partOf,
  recordsOf,
  sorted,
  type Begin,
  type StreamStoreHarness,
} from "./stream-store-harness.ts";

/** Every line of the contract in `ports/stream-store.ts`. */
export function streamStoreContract(createHarness: () => Promise<StreamStoreHarness>): void {
  const begin: Begin = async () => {
    const harness = await createHarness();
    const { store } = await harness.open();
    return { harness, store, stream: await store.open(id) };
  };
  keepsContract(begin);
  queueContract(begin);
  fencingContract(begin);
  lettersContract(begin);
  queueLaws(begin);
}

function keepsContract(begin: Begin): void {
  it("knows nothing of a stream that never committed anything, but that it is there", async () => {
    const { store, stream } = await begin();
    expect(stream.kept).toBeUndefined();
    expect(await store.look(id)).toBeUndefined();
    expect(await store.dead(id, { after: 0, most: 10 })).toEqual([]);
    expect(await store.streams("r")).toEqual([id]);
    expect(await store.streams("other")).toEqual([]);
    expect(await stream.load("q", { from: 0, most: 10 })).toEqual([]);
    expect((await store.open(id)).kept).toBeUndefined();
  });

  it("keeps head, queues and values when its process is killed", async () => {
    const { harness } = await begin();
    const first = await harness.open();
    const stream = await first.store.open(id);
    const values = [
      { stage: "sum", key: "a", value: 1 },
      { stage: "sum", key: "b", value: { of: [1, null, "é"] } },
      { stage: "more", key: "a", value: "x" },
    ];
    await stream.commit({ head: { at: 0 }, put: [partOf("fix"), partOf("out", { batch: 4 })], values });
    await stream.commit({ head: { at: 1 }, values: [{ stage: "sum", key: "a", value: 2 }] });
    await stream.commit({ head: { at: 2 }, values: [{ stage: "more", key: "a", value: null }] });
    await stream.commit({ head: { at: 3 }, values: [{ stage: "more", key: "none", value: null }] });
    first.kill();
    const { store } = await harness.open();
    expect(sorted((await store.open(id)).kept)).toEqual({
      head: { at: 3 },
      queues: [
        { queue: "fix", first: 0, last: 0, count: 3, lastCount: 3, lastParts: 1 },
        { queue: "out", first: 4, last: 4, count: 3, lastCount: 3, lastParts: 1 },
      ],
      values: [
        { stage: "sum", key: "a", value: 2 },
        { stage: "sum", key: "b", value: { of: [1, null, "é"] } },
      ],
    });
  });

  it("lets others look, without taking it over", async () => {
    const { harness, stream } = await begin();
    await stream.commit({ head: { at: 1 }, dead: [letterOf(1), letterOf(2)] });
    const { store } = await harness.open();
    expect(await store.look(id)).toEqual({ head: { at: 1 }, deadCount: 2 });
    await stream.commit({ head: [2], revived: [1] });
    expect(await store.look(id)).toEqual({ head: [2], deadCount: 1 });
  });

  it("keeps what was given, whatever becomes of its objects", async () => {
    const { stream } = await begin();
    const head = { list: [1] };
    const records = [{ no: 1, text: "1" }];
    const committed = stream.commit({ head, put: [partOf("q", { records })] });
    head.list.push(2);
    records.push({ no: 2, text: "2" });
    await committed;
    expect(await stream.load("q", { from: 0, most: 1 })).toEqual([
      { batch: 0, at: 1, records: [{ no: 1, text: "1" }] },
    ]);
  });

  it("keeps streams of a run apart, and lists them", async () => {
    const { store, stream } = await begin();
    const other = { runId: "r", address: "other" };
    const second = await store.open(other);
    await stream.commit({ head: 1, put: [partOf("q")], values: [{ stage: "s", key: "k", value: 1 }] });
    await second.commit({ head: 2, put: [partOf("q", { records: recordsOf(7, 1) })], dead: [letterOf(1)] });
    expect(await store.streams("r")).toEqual([id, other]);
    expect(await store.dead(id, { after: 0, most: 10 })).toEqual([]);
    expect((await second.load("q", { from: 0, most: 9 }))[0]?.records).toEqual(recordsOf(7, 1));
    expect((await store.open(other)).kept).toMatchObject({ head: 2, queues: [{ count: 1 }], values: [] });
  });

  it("forgets one that is removed and all of it, and its opener may commit no more", async () => {
    const { store, stream } = await begin();
    const other = await store.open({ ...id, address: "other" });
    await other.commit({ head: 1 });
    const values = [{ stage: "s", key: "k", value: 1 }];
    await stream.commit({ head: 1, put: [partOf("q")], dead: [letterOf(1)], values });
    await store.remove(id);
    expect(await store.look(id)).toBeUndefined();
    expect(await store.streams("r")).toEqual([{ ...id, address: "other" }]);
    await expect(stream.commit({ head: 2 })).rejects.toSatisfy(refused("LEASE_LOST"));
    const again = await store.open(id);
    expect(again.kept).toBeUndefined();
    await expect(stream.commit({ head: 3 })).rejects.toSatisfy(refused("LEASE_LOST"));
    await again.commit({ head: 4, dead: [letterOf(9)] });
    expect((await store.dead(id, { after: 0, most: 10 })).map(({ letter }) => letter)).toEqual([1]);
    expect((await store.open(id)).kept).toEqual({ head: 4, queues: [], values: [] });
    await store.remove({ runId: "never", address: "was" });
  });
}

function fencingContract(begin: Begin): void {
  it("refuses who opened it before, and changes nothing for him", async () => {
    const { harness, store, stream } = await begin();
    await stream.commit({ head: 1, put: [partOf("q")] });
    const other = (await harness.open()).store;
    const later = await other.open(id);
    const change = { head: 2, remove: [{ queue: "q", batch: 0 }], dead: [letterOf(1)] };
    await expect(stream.commit(change)).rejects.toSatisfy(refused("LEASE_LOST"));
    await later.commit({ head: 3 });
    await expect(stream.commit(change)).rejects.toSatisfy(refused("LEASE_LOST"));
    expect(await store.look(id)).toEqual({ head: 3, deadCount: 0 });
    expect((await other.open(id)).kept?.queues).toMatchObject([{ count: 3 }]);
  });

  it("makes changes durable in the order in which they were given", async () => {
    const { store, stream } = await begin();
    const giving = Array.from({ length: 50 }, (_, batch) =>
      stream.commit({
        head: batch,
        ...(batch === 0 ? {} : { remove: [{ queue: "q", batch: batch - 1 }] }),
        put: [partOf("q", { batch })],
      }),
    );
    await Promise.all(giving);
    expect((await store.open(id)).kept).toMatchObject({ head: 49, queues: [{ first: 49, last: 49 }] });
  });

  it("refuses what waits behind a change that failed, and goes on with what is given later", async () => {
    const { store, stream } = await begin();
    await stream.commit({ head: 0, put: [partOf("q")] });
    const first = stream.commit({ head: 1, put: [partOf("q")] });
    const second = stream.commit({ head: 2 });
    await expect(first).rejects.toSatisfy(refused("INTERNAL"));
    await expect(second).rejects.toSatisfy(refused("INTERNAL"));
    expect(await store.look(id)).toMatchObject({ head: 0 });
    await stream.commit({ head: 3 });
    expect(await store.look(id)).toMatchObject({ head: 3 });
  });

  it("refuses with STORE_FULL on a full disk, with nothing half done", async () => {
    const { harness } = await begin();
    const { store, fillDisk } = await harness.open();
    const stream = await store.open(id);
    await stream.commit({ head: 1, put: [partOf("q")] });
    fillDisk();
    const records = [{ no: 1, text: JSON.stringify(randomText(500_000)) }];
    const change = { head: 2, remove: [{ queue: "q", batch: 0 }], put: [partOf("q", { batch: 1, records })] };
    await expect(stream.commit(change)).rejects.toSatisfy(refused("STORE_FULL"));
    expect(await stream.load("q", { from: 0, most: 9 })).toMatchObject([{ batch: 0 }]);
    expect(await store.look(id)).toMatchObject({ head: 1 });
  });
}

function lettersContract(begin: Begin): void {
  it("counts dead letters up from 1, and pages them oldest first", async () => {
    const { store, stream } = await begin();
    const { stage: _, origin: __, ...unread } = letterOf(3);
    await stream.commit({ head: 0, dead: [letterOf(1), letterOf(2)] });
    await stream.commit({ head: 0, dead: [{ ...unread, whole: false, text: "é\u0000\ud800" }] });
    const page = async (after: number, most: number) => store.dead(id, { after, most });
    expect(await page(0, 2)).toEqual([
      { letter: 1, ...letterOf(1) },
      { letter: 2, ...letterOf(2) },
    ]);
    expect(await page(2, 2)).toEqual([{ letter: 3, ...unread, whole: false, text: "é\u0000\ud800" }]);
    expect(await page(3, 2)).toEqual([]);
  });

  it("forgets letters that are dead no more, and never uses their numbers again", async () => {
    const { store, stream } = await begin();
    await stream.commit({ head: 0, dead: [1, 2, 3].map(letterOf) });
    await stream.commit({ head: 0, revived: [3, 1, 99], dead: [letterOf(4)] });
    await stream.commit({ head: 0, revived: [1] });
    expect((await store.dead(id, { after: 0, most: 9 })).map(({ letter, no }) => [letter, no])).toEqual([
      [2, 2],
      [4, 4],
    ]);
    expect((await store.look(id))?.deadCount).toBe(2);
  });
}
