import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchOf, createStageHost, recordsOf, stageOf } from "../../../test/stage-world.ts";
import type { Json } from "../../expression/json.ts";
import type { ReduceWork } from "../../language/pipeline.ts";
import type { StreamRecord, StreamValue } from "../../ports/stream-store.ts";
import type { Processed } from "../processor.ts";
import { createReduce } from "./reduce.ts";

const { signal } = new AbortController();
const day = Date.UTC(2026, 0, 1);

/** A stage that gathers, and what it keeps in mind as a store would. */
function gather(work: Omit<ReduceWork, "kind">, kept: Map<string, Json> = new Map<string, Json>()) {
  const host = createStageHost();
  const values = [...kept].map(([key, value]) => ({ stage: "stage", key, value }));
  const stage = createReduce({ stage: stageOf(), work: { kind: "reduce", ...work }, host }, values);
  const save = (changed: readonly StreamValue[] = []): void => {
    for (const { key, value } of changed)
      if (value === null) kept.delete(key);
      else kept.set(key, JSON.parse(JSON.stringify(value)) as Json);
  };
  return {
    kept,
    clock: host.clock,
    dueAt: stage.dueAt,
    take: async (records: readonly StreamRecord[]): Promise<Extract<Processed, { readonly ok: true }>> => {
      const done = await stage.process(batchOf(records), signal);
      if (!done.ok) throw new Error(done.failure.message);
      save(done.values);
      return done;
    },
    flush: (at: number, ended = false): readonly StreamRecord[] => {
      const gathered = stage.flush(at, ended);
      save(gathered?.values);
      return gathered?.outputs ?? [];
    },
  };
}

const valuesOf = (records: readonly StreamRecord[]): readonly Json[] =>
  records.map(({ text }) => JSON.parse(text) as Json);

describe("aggregates", () => {
  const all = {
    count: { kind: "count" },
    sum: { kind: "sum", of: "record.n" },
    mean: { kind: "mean", of: "record.n" },
    least: { kind: "least", of: "record.n" },
    most: { kind: "most", of: "record.n" },
    first: { kind: "first", of: "record.n" },
    last: { kind: "last", of: "record.n" },
    distinct: { kind: "distinct", of: "record.n" },
    list: { kind: "list", of: "record.n", most: 3 },
    fold: { kind: "fold", start: "", step: 'sum + string(record.n) + ";"' },
  } as const;

  const resultOf = async (numbers: readonly string[], give: ReduceWork["give"] = all): Promise<string> => {
    const stage = gather({ by: {}, give });
    const done = await stage.take(numbers.map((n, no) => ({ no, text: `{"n":${n}}` })));
    expect(done.dead).toEqual([]);
    return stage
      .flush(0, true)
      .map(({ text }) => text)
      .join();
  };

  it("are given when the source has ended", async () => {
    expect(JSON.parse(await resultOf(["3", "1", "2.5", "1"]))).toEqual({
      count: 4,
      sum: 7.5,
      mean: 1.875,
      least: 1,
      most: 3,
      first: 3,
      last: 1,
      distinct: 3,
      list: [3, 1, 2.5],
      fold: "3;1;2.5;1;",
    });
  });

  it("are exact for whole numbers of any size", async () => {
    const { sum, least, most, last, distinct } = all;
    const numbers = ["9007199254740993", "-1", "9007199254740992", "9007199254740993"];
    expect(await resultOf(numbers, { sum, least, most, last, distinct })).toBe(
      '{"sum":27021597764222977,"least":-1,"most":9007199254740993,"last":9007199254740993,"distinct":3}',
    );
  });

  it("do not add up what rounding loses", async () => {
    const { sum, mean } = all;
    const tenths = Array.from({ length: 1000 }, () => "0.1");
    const between = JSON.parse(await resultOf(["1e16", ...tenths, "-1e16"], { sum })) as {
      readonly sum: number;
    };
    expect(between.sum).toBeCloseTo(100, 9);
    expect(await resultOf(tenths, { sum, mean })).toBe('{"sum":100,"mean":0.1}');
  });

  it("pass null over, but where values are kept as they came", async () => {
    expect(
      JSON.parse(await resultOf(["null"], { ...all, fold: { kind: "fold", start: null, step: "sum" } })),
    ).toEqual({
      count: 1,
      sum: 0,
      mean: null,
      least: null,
      most: null,
      first: null,
      last: null,
      distinct: 0,
      list: [null],
      fold: null,
    });
  });

  it("compare texts with texts", async () => {
    expect(await resultOf(['"b"', '"a"', '"c"'], { least: all.least, most: all.most })).toBe(
      '{"least":"a","most":"c"}',
    );
  });

  it.each([
    ["sum", ['"x"'], '"record.n" gave "x", which is no number'],
    ["sum", ["1e308", "1e308"], "which makes the sum larger than any number"],
    ["sum", ["1e400"], "which makes the sum larger than any number"],
    ["least", ["1", '"x"'], "which is a text, and those before it are numbers"],
    ["most", ['"x"', "1"], "which is a number, and those before it are texts"],
    ["most", ["[1]"], "which is neither a number nor a text"],
    ["fold", ["[1]"], "Cannot evaluate"],
  ] as const)("leave out a record that %s cannot take: %j", async (name, numbers, reason) => {
    const stage = gather({ by: {}, give: { count: all.count, [name]: all[name] } });
    const done = await stage.take(numbers.map((n, no) => ({ no, text: `{"n":${n}}` })));
    expect(done.dead).toEqual([
      {
        index: numbers.length - 1,
        code: "EXPRESSION_FAILED",
        reason: expect.stringContaining(reason) as string,
      },
    ]);
    expect(valuesOf(stage.flush(0, true)).map((one) => (one as { count: number }).count)).toEqual(
      numbers.length === 1 ? [] : [1],
    );
  });
});

describe("windows", () => {
  const give = { n: { kind: "count" } } as const;
  const at = (seconds: number) => ({ at: new Date(day + seconds * 1000).toISOString() });
  const byEvent = { kind: "time", sizeMs: 60_000, at: "record.at", lateMs: 10_000 } as const;

  it("of all records close with the source, and have a record for each group as they appeared", async () => {
    const stage = gather({ by: { user: "record.user", big: "record.n > 1" }, give });
    const records = recordsOf(
      [
        { user: "b", n: 1 },
        { user: "a", n: 1 },
        { user: "b", n: 1 },
        { user: "b", n: 2 },
      ],
      4,
    );
    expect((await stage.take(records)).outputs).toEqual([]);
    expect(stage.flush(day)).toEqual([]);
    const given = stage.flush(day, true);
    expect(valuesOf(given)).toEqual([
      { user: "b", big: false, n: 2 },
      { user: "a", big: false, n: 1 },
      { user: "b", big: true, n: 1 },
    ]);
    expect(given.map(({ no }) => no)).toEqual([6, 5, 7]);
    expect(stage.flush(day, true)).toEqual([]);
  });

  it("of so many records close when they are full, the last with the source", async () => {
    const stage = gather({
      window: { kind: "count", size: 2 },
      by: {},
      give: { all: { kind: "list", of: "record", most: 9 } },
    });
    expect(valuesOf((await stage.take(recordsOf([1, 2, 3, 4, 5]))).outputs)).toEqual([
      { window: { no: 0 }, all: [1, 2] },
      { window: { no: 1 }, all: [3, 4] },
    ]);
    expect(valuesOf(stage.flush(day, true))).toEqual([{ window: { no: 2 }, all: [5] }]);
    expect(valuesOf((await stage.take(recordsOf([6, 7]))).outputs)).toEqual([
      { window: { no: 3 }, all: [6, 7] },
    ]);
  });

  it("by the time of records close when the watermark is behind them", async () => {
    const stage = gather({ window: byEvent, by: {}, give });
    expect((await stage.take(recordsOf([at(0), at(65), at(59), at(69)]))).outputs).toEqual([]);
    expect(valuesOf((await stage.take(recordsOf([at(70)]))).outputs)).toEqual([
      { window: { from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:01:00Z" }, n: 2 },
    ]);
    const { dead } = await stage.take(recordsOf([at(59), at(61)]));
    expect(dead).toEqual([
      {
        index: 0,
        code: "RECORD_LATE",
        reason:
          "Cannot gather the record of 2026-01-01T00:00:59Z: its window was closed when 2026-01-01T00:01:10Z was seen",
      },
    ]);
    expect(stage.dueAt()).toBeUndefined();
    expect(stage.flush(day + 1e9)).toEqual([]);
    expect(valuesOf(stage.flush(day, true))).toMatchObject([{ n: 4 }]);
  });

  it.each([["2026-01-01"], [null], [1e16], ["later"]])(
    "have no place for a record whose time is %j",
    async (time) => {
      const { dead } = await gather({ window: byEvent, by: {}, give }).take(recordsOf([{ at: time }]));
      expect(dead).toMatchObject([
        { code: "EXPRESSION_FAILED", reason: expect.stringContaining("is no time") as string },
      ]);
    },
  );

  it("by the clock close by the clock, without a record", async () => {
    const stage = gather({ window: { kind: "time", sizeMs: 60_000, lateMs: 0 }, by: {}, give });
    expect(stage.dueAt()).toBeUndefined();
    await stage.take(recordsOf([1]));
    stage.clock.advance(30_000);
    await stage.take(recordsOf([1]));
    expect(stage.dueAt()).toBe(day + 60_000);
    expect(stage.flush(day + 59_999)).toEqual([]);
    expect(valuesOf(stage.flush(day + 60_000))).toEqual([
      { window: { from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:01:00Z" }, n: 2 },
    ]);
    expect(stage.dueAt()).toBeUndefined();
    // a clock that was set back makes no record late
    expect((await stage.take(recordsOf([1]))).dead).toEqual([]);
    expect(stage.dueAt()).toBe(day + 120_000);
  });
});

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
            stage = gather(work, kept);
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

  it("can be gone on with only as it was gathered", async () => {
    const { kept, take } = gather({ by: { user: "record" }, give: { n: { kind: "count" } } });
    await take(recordsOf(["a"]));
    const other = () =>
      gather({ by: { user: "record" }, give: { n: { kind: "last", of: "record" } } }, new Map(kept));
    expect(other).toThrow(expect.objectContaining({ code: "PIPELINE_CHANGED" }) as Error);
    kept.set("group 0", "{}");
    const damaged = () => gather({ by: { user: "record" }, give: { n: { kind: "count" } } }, kept);
    expect(damaged).toThrow(expect.objectContaining({ code: "STORE_DAMAGED" }) as Error);
  });
});
