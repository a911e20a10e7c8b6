import { array, assert, constant, nat, option, property, record, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { noCases, type Cases } from "../cases.ts";
import { assign, isFull, type Loaded } from "./balance.ts";

const cases = (good: number, bad: number): Cases => ({ good, bad, costUsd: 0, priced: 0 });
const way = (name: string, load: number, rest: Partial<Loaded> = {}): Loaded => ({
  way: name,
  cases: noCases,
  load,
  ...rest,
});
const seeds = Array.from({ length: 20 }, (_, seed) => `${seed}`);

describe("a choice by what has worked and by what there is to do", () => {
  it("takes the way with the least on it while nothing is known, and of equal ones the first", () => {
    for (const seed of seeds) {
      expect(assign([way("a", 0), way("b", 0)], { seed })).toMatchObject({ way: "a", because: "declared" });
      expect(assign([way("a", 2), way("b", 1), way("c", 1)], { seed })).toMatchObject({
        way: "b",
        because: "load",
      });
    }
  });

  it("takes the better of two with as much to do, and the other when that has much more", () => {
    const good = { cases: cases(900, 100) };
    const bad = { cases: cases(300, 700) };
    for (const seed of seeds) {
      expect(assign([way("bad", 1, bad), way("good", 1, good)], { seed })).toMatchObject({
        way: "good",
        because: "draw",
      });
      expect(assign([way("bad", 0, bad), way("good", 9, good)], { seed })).toMatchObject({
        way: "bad",
        because: "load",
      });
    }
  });

  it("takes none that is full, and the only one that is not whatever is known of it", () => {
    const ways = [
      way("a", 1, { atOnce: 1, cases: cases(9, 0) }),
      way("b", 5, { atOnce: 6, cases: cases(0, 9) }),
    ];
    expect(assign(ways, { seed: "s" })).toMatchObject({
      way: "b",
      because: "only",
      candidates: [{ load: 1, atOnce: 1 }, { load: 5 }],
    });
    expect(assign([way("a", 1, { atOnce: 1 })], { seed: "s" })).toBeUndefined();
  });

  it("takes a way again that was taken before, and waits for it", () => {
    expect(assign([way("a", 0), way("b", 3)], { seed: "s", before: "b" })).toMatchObject({
      way: "b",
      because: "before",
    });
    expect(assign([way("a", 0), way("b", 3, { atOnce: 3 })], { seed: "s", before: "b" })).toBeUndefined();
    expect(assign([way("a", 0), way("b", 3)], { seed: "s", before: "z" })).toMatchObject({ way: "a" });
  });

  it("is one with room, the same for the same seed, and none only where none has room", () => {
    const loaded = record({
      cases: record({ good: nat(50), bad: nat(50), costUsd: constant(0), priced: constant(0) }),
      load: nat(4),
      atOnce: option(
        nat(3).map((most) => most + 1),
        { nil: undefined },
      ),
    });
    assert(
      property(array(loaded, { minLength: 1, maxLength: 5 }), string(), (all, seed) => {
        const ways = all.map((one, at) => ({ ...one, way: `w${at}` }));
        const choice = assign(ways, { seed });
        const free = ways.filter((one) => !isFull(one)).map((one) => one.way);
        expect(choice === undefined).toBe(free.length === 0);
        expect(choice === undefined || free.includes(choice.way)).toBe(true);
        expect(assign(ways, { seed })).toEqual(choice);
      }),
    );
  });
});
