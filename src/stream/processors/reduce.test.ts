import { describe, expect, it } from "vitest";
import { gather, valuesOf } from "../../../test/gather-world.ts";
import { recordsOf } from "../../../test/stage-world.ts";
import type { ReduceWork } from "../../language/pipeline.ts";

const day = Date.UTC(2026, 0, 1);

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
