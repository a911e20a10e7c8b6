import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gather, valuesOf } from "../../../test/gather-world.ts";
import { recordsOf } from "../../../test/stage-world.ts";
import type { ReduceWork } from "../../language/pipeline.ts";
import type { StreamRecord } from "../../ports/stream-store.ts";

const day = Date.UTC(2026, 0, 1);

describe("what is gathered", () => {
  const record = fc.record({
    at: fc.nat({ max: 300 }),
    user: fc.constantFrom("a", "b", "c", 1, null, "9007199254740993"),
    n: fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
      fc.constant("x"),
      fc.constant(null),
    ),
  });
  const window = fc.constantFrom<ReduceWork["window"][]>(
    undefined,
    { kind: "count", size: 7 },
    { kind: "time", sizeMs: 50, at: "record.at", lateMs: 40 },
  );
  const give = {
    n: { kind: "count" },
    sum: { kind: "sum", of: "record.n" },
    mean: { kind: "mean", of: "record.n" },
    least: { kind: "least", of: "record.at" },
    most: { kind: "most", of: "record.at" },
    first: { kind: "first", of: "record.n" },
    last: { kind: "last", of: "record.n" },
    distinct: { kind: "distinct", of: "record.at" },
    list: { kind: "list", of: "record.at", most: 5 },
    fold: { kind: "fold", start: 0, step: "(sum * 31 + record.at) % 9007199254740997" },
  } as const satisfies ReduceWork["give"];
  const cut = fc.array(fc.record({ size: fc.integer({ min: 1, max: 9 }), crashes: fc.boolean() }), {
    maxLength: 30,
  });

  it("is the same wherever batches begin, and whenever a process is killed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 60 }), window, cut, async (values, window, cuts) => {
        const work = { ...(window && { window }), by: { user: "record.user" }, give };
        const records = recordsOf(values);
        const whole = gather(work);
        const expected = await whole.take(records);
        const end = whole.flush(day, true);
        expect([...whole.kept.keys()]).toEqual(["reached"]);

        let stage = gather(work);
        const outputs: StreamRecord[] = [];
        const dead: string[] = [];
        let from = 0;
        for (const { size, crashes } of [...cuts, { size: records.length, crashes: true }]) {
          const batch = records.slice(from, from + size);
          // its work was lost: the batch comes again
          if (crashes) {
            const kept = new Map(stage.kept);
            await stage.take(batch);
            stage = gather(work, { kept });
          }
          const done = await stage.take(batch);
          outputs.push(...done.outputs);
          for (const { index, code } of done.dead) dead.push(`${from + index} ${code}`);
          from += size;
        }
        outputs.push(...stage.flush(day, true));
        expect(outputs).toEqual([...expected.outputs, ...end]);
        expect(dead).toEqual(expected.dead.map(({ index, code }) => `${index} ${code}`));
        expect([...stage.kept.keys()]).toEqual(["reached"]);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps of each batch only what has changed", async () => {
    const stage = gather({ by: { user: "record" }, give: { list: { kind: "list", of: "record", most: 9 } } });
    await stage.take(recordsOf(["a", "b"]));
    const done = await stage.take(recordsOf(["b"]));
    expect(done.values?.map(({ key }) => key)).toEqual(["reached", "group 1 page 1", "group 1"]);
  });

  it("is bounded: a record that needs one more group or item is dead, one that needs none is not", async () => {
    const work = { by: { user: "record.user" }, give: { d: { kind: "distinct", of: "record.n" } } } as const;
    const stage = gather(work, { most: 4 });
    const records = [
      ["a", 1],
      ["a", 2],
      ["b", null],
      ["c", null],
      ["b", 1],
      ["a", 2],
    ] as const;
    const done = await stage.take(recordsOf(records.map(([user, n]) => ({ user, n }))));
    expect(done.dead).toMatchObject([
      { index: 3, code: "GROUPS_FULL" },
      { index: 4, code: "GROUPS_FULL" },
    ]);
    const again = gather(work, { kept: stage.kept, most: 4 });
    expect((await again.take(recordsOf([{ user: "a", n: 3 }]))).dead).toMatchObject([
      { code: "GROUPS_FULL" },
    ]);
    expect(valuesOf(again.flush(day, true))).toEqual([
      { user: "a", d: 2 },
      { user: "b", d: 0 },
    ]);
  });

  it("has room again when a window closes", async () => {
    const give = { list: { kind: "list", of: "record", most: 2 } } as const;
    const stage = gather({ window: { kind: "count", size: 2 }, by: {}, give }, { most: 3 });
    const done = await stage.take(recordsOf(Array.from({ length: 50 }, (_, n) => n)));
    expect([done.dead, done.outputs.length]).toEqual([[], 25]);
  });

  it("can be gone on with only as it was gathered", async () => {
    const { kept, take } = gather({ by: { user: "record" }, give: { n: { kind: "count" } } });
    await take(recordsOf(["a"]));
    const other = () =>
      gather(
        { by: { user: "record" }, give: { n: { kind: "last", of: "record" } } },
        { kept: new Map(kept) },
      );
    expect(other).toThrow(expect.objectContaining({ code: "PIPELINE_CHANGED" }) as Error);
    kept.set("group 0", "{}");
    const damaged = () => gather({ by: { user: "record" }, give: { n: { kind: "count" } } }, { kept });
    expect(damaged).toThrow(expect.objectContaining({ code: "STORE_DAMAGED" }) as Error);
  });
});
