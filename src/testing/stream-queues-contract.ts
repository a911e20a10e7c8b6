import {
  array,
  assert,
  asyncProperty,
  integer,
  maxSafeNat,
  nat,
  oneof,
  record as objectOf,
  string,
  type Arbitrary,
} from "fast-check";
import { expect, it } from "vitest";
import type { KeptQueue, StoredBatch, StreamRecord } from "../ports/stream-store.ts";
import { randomText, refused } from "./run-store-harness.ts";
import { id, partOf, recordsOf, sorted, type Begin } from "./stream-store-harness.ts";

/** What `ports/stream-store.ts` says of queues. */
export function queueContract(begin: Begin): void {
  it("joins the parts of a batch in their order, with the time of its first record", async () => {
    const { store, stream } = await begin();
    await stream.commit({ head: 0, put: [partOf("q", { at: 10, records: recordsOf(0, 2) })] });
    await stream.commit({
      head: 0,
      put: [
        partOf("q", { part: 2, at: 12, records: recordsOf(9, 1) }),
        partOf("q", { part: 1, at: 11, records: recordsOf(5, 2) }),
      ],
    });
    const records = [...recordsOf(0, 2), ...recordsOf(5, 2), ...recordsOf(9, 1)];
    expect(await stream.load("q", { from: 0, most: 5 })).toEqual([{ batch: 0, at: 10, records }]);
    const queues = [{ queue: "q", first: 0, last: 0, count: 5, lastCount: 5, lastParts: 3 }];
    expect((await store.open(id)).kept?.queues).toEqual(queues);
  });

  it("loads batches in the order of their numbers, from one on and no more than asked for", async () => {
    const { stream } = await begin();
    const batches = [12, 3, 4, 100];
    await stream.commit({
      head: 0,
      put: batches.flatMap((batch) => [
        partOf("q", { batch, part: 1, records: recordsOf(batch + 1, 1) }),
        partOf("q", { batch, records: recordsOf(batch, 1) }),
      ]),
    });
    const load = async (from: number, most: number) =>
      (await stream.load("q", { from, most })).map(({ batch, records }) => [
        batch,
        records[0]?.no,
        records.length,
      ]);
    expect(await load(0, 9)).toEqual([
      [3, 3, 2],
      [4, 4, 2],
      [12, 12, 2],
      [100, 100, 2],
    ]);
    expect(await load(4, 2)).toEqual([
      [4, 4, 2],
      [12, 12, 2],
    ]);
    expect(await load(12, Number.MAX_SAFE_INTEGER)).toHaveLength(2);
    expect(await load(101, 2)).toEqual([]);
    expect(await load(0, 0)).toEqual([]);
    expect(await stream.load("other", { from: 0, most: 1 })).toEqual([]);
  });

  it("removes before it puts, and tells nothing of batches that are gone", async () => {
    const { store, stream } = await begin();
    const put = [partOf("a"), partOf("a", { batch: 1 }), partOf("a", { batch: 1, part: 1 }), partOf("b")];
    await stream.commit({ head: 0, put });
    await stream.commit({
      head: 1,
      remove: [
        { queue: "a", batch: 0 },
        { queue: "b", batch: 0 },
        { queue: "b", batch: 9 },
      ],
      put: [partOf("b", { records: recordsOf(50, 1) })],
    });
    const later = await store.open(id);
    expect(sorted(later.kept)?.queues).toEqual([
      { queue: "a", first: 1, last: 1, count: 6, lastCount: 6, lastParts: 2 },
      { queue: "b", first: 0, last: 0, count: 1, lastCount: 1, lastParts: 1 },
    ]);
    await later.commit({ head: 2, remove: [{ queue: "a", batch: 1 }] });
    expect((await store.open(id)).kept?.queues.map(({ queue }) => queue)).toEqual(["b"]);
  });

  it("takes a part without records for nothing", async () => {
    const { store, stream } = await begin();
    await stream.commit({ head: 0, put: [partOf("q", { records: [] })] });
    expect(await stream.load("q", { from: 0, most: 1 })).toEqual([]);
    expect((await store.open(id)).kept?.queues).toEqual([]);
  });

  it("refuses a part that is there, and a text with a line break, and keeps nothing of the change", async () => {
    const { store, stream } = await begin();
    await stream.commit({ head: 0, put: [partOf("q")] });
    const broken = partOf("x", { records: [{ no: 1, text: "1\n2" }] });
    await expect(stream.commit({ head: 1, put: [broken] })).rejects.toSatisfy(refused("INTERNAL"));
    const twice = stream.commit({ head: 1, put: [partOf("x"), partOf("q", { records: recordsOf(1, 1) })] });
    await expect(twice).rejects.toSatisfy(refused("INTERNAL"));
    expect((await store.open(id)).kept).toMatchObject({ head: 0, queues: [{ queue: "q", count: 3 }] });
  });

  it("keeps any text and any number of a record", async () => {
    const { stream } = await begin();
    const record = objectOf({
      no: oneof(nat({ max: 20 }), maxSafeNat()),
      text: string({ unit: "binary", maxLength: 30 }).map((text) => text.replaceAll("\n", "\u2028")),
    });
    let batch = 0;
    await assert(
      asyncProperty(array(record, { minLength: 1, maxLength: 20 }), async (records) => {
        batch += 1;
        await stream.commit({ head: 0, put: [partOf("q", { batch, records })] });
        expect(await stream.load("q", { from: batch, most: 1 })).toEqual([{ batch, at: 1, records }]);
      }),
      { numRuns: 20 },
    );
  });

  it("keeps long records", async () => {
    const { stream } = await begin();
    const records = [0, 1, 2].map((no) => ({ no, text: JSON.stringify(randomText(300_000 + no)) }));
    await stream.commit({ head: randomText(20_000), put: [partOf("q", { records })] });
    expect((await stream.load("q", { from: 0, most: 1 }))[0]?.records).toEqual(records);
  });
}

type Told = { readonly put: number; readonly count: number } | { readonly remove: number };

/** The same after any changes. */
export function queueLaws(begin: Begin): void {
  it("tells of its queues what was put and not removed, after any changes", async () => {
    const change: Arbitrary<Told> = oneof(
      objectOf({ put: nat({ max: 5 }), count: integer({ min: 1, max: 4 }) }),
      objectOf({ remove: nat({ max: 5 }) }),
    );
    const { store } = await begin();
    let nth = 0;
    await assert(
      asyncProperty(array(change, { maxLength: 12 }), async (changes) => {
        nth += 1;
        const mine = { runId: "law", address: `${nth}` };
        const stream = await store.open(mine);
        const expected = new Map<number, StreamRecord[][]>();
        for (const [index, one] of changes.entries())
          await stream.commit({ head: index, ...told(expected, one) });
        expect((await store.open(mine)).kept?.queues ?? []).toEqual(queuesOf(expected));
        expect(await stream.load("q", { from: 0, most: 99 })).toEqual(batchesOf(expected));
      }),
      { numRuns: 30 },
    );
  });
}

/** The change, which is noted among what is expected. */
function told(expected: Map<number, StreamRecord[][]>, one: Told) {
  if ("remove" in one) {
    expected.delete(one.remove);
    return { remove: [{ queue: "q", batch: one.remove }] };
  }
  const parts = expected.get(one.put) ?? [];
  const part = parts.length;
  const records = [...recordsOf(part * 10, one.count)];
  expected.set(one.put, [...parts, records]);
  return { put: [partOf("q", { batch: one.put, part, records })] };
}

function batchesOf(expected: ReadonlyMap<number, readonly StreamRecord[][]>): readonly StoredBatch[] {
  const sortedParts = [...expected].toSorted(([one], [other]) => one - other);
  return sortedParts.map(([batch, parts]) => ({ batch, at: 1, records: parts.flat() }));
}

function queuesOf(expected: ReadonlyMap<number, readonly StreamRecord[][]>): readonly KeptQueue[] {
  const batches = batchesOf(expected);
  const [first, last] = [batches[0], batches.at(-1)];
  if (!first || !last) return [];
  const count = batches.flatMap(({ records }) => records).length;
  const lastParts = expected.get(last.batch)?.length ?? 0;
  const ends = { first: first.batch, last: last.batch, lastCount: last.records.length };
  return [{ queue: "q", count, lastParts, ...ends }];
}
