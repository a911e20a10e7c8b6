import { array, assert, constant, nat, option, property, record, string, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { addCases, noCases, type Cases, casesOf } from "../cases.ts";
import { choose } from "./adaptive.ts";
import { chance } from "./chance.ts";

const cases = record({
  good: nat(200),
  bad: nat(200),
  costUsd: nat(1000),
  priced: nat(400),
});
const known = (good: number, bad: number, costUsd = 0, priced = 0): Cases => ({ good, bad, costUsd, priced });

describe("a choice by what has worked", () => {
  it("is one of the ways, the same for the same seed, whatever is known", () => {
    const ways = tuple(cases, array(cases, { maxLength: 6 })).map(
      ([first, others]) =>
        [{ way: "w0", cases: first }, ...others.map((cases, at) => ({ way: `w${at + 1}`, cases }))] as const,
    );
    assert(
      property(ways, string(), option(constant("w1"), { nil: undefined }), (declared, seed, before) => {
        const choice = choose([...declared], { seed, before });
        expect(choice.candidates.map(({ way }) => way)).toEqual(declared.map(({ way }) => way));
        expect(declared.map(({ way }) => way)).toContain(choice.way);
        expect(choose([...declared], { seed, before })).toEqual(choice);
      }),
    );
  });

  it("is the first that was declared while nothing is known, and the only one where there is no other", () => {
    for (const seed of ["a", "b", "c", "d"]) {
      const nothing = choose(
        [
          { way: "x", cases: noCases },
          { way: "y", cases: noCases },
        ],
        { seed },
      );
      expect(nothing).toMatchObject({ way: "x", because: "declared" });
      expect(choose([{ way: "x", cases: known(0, 9) }], { seed })).toMatchObject({
        way: "x",
        because: "only",
      });
    }
  });

  it("takes a way again that was taken before, if it may be taken still", () => {
    const ways = [
      { way: "x", cases: known(50, 0) },
      { way: "y", cases: known(0, 50) },
    ] as const;
    expect(choose([...ways], { seed: "s", before: "y" })).toMatchObject({ way: "y", because: "before" });
    expect(choose([...ways], { seed: "s", before: "z" })).toMatchObject({ way: "x", because: "draw" });
  });

  it("takes the cheaper of two that work as well, and what has no price after one that has", () => {
    const even = [
      { way: "dear", cases: known(4000, 1000, 5000, 5000) },
      { way: "cheap", cases: known(4000, 1000, 50, 5000) },
      { way: "unknown", cases: known(4000, 1000) },
    ] as const;
    for (let seed = 0; seed < 20; seed += 1)
      expect(choose([...even], { seed: `${seed}` })).toMatchObject({ way: "cheap" });
  });

  it("takes the better of two that do not, whatever they cost", () => {
    const ways = [
      { way: "good", cases: known(900, 100, 1000, 1000) },
      { way: "bad", cases: known(100, 900, 1, 1000) },
    ] as const;
    expect(choose([...ways], { seed: "s" })).toMatchObject({ way: "good", because: "draw" });
  });

  it("comes to take what works more often nearly always, whichever was declared first", () => {
    for (const world of ["1", "2", "3", "4", "5"]) {
      const truth = { worse: 0.3, better: 0.8 };
      const learned = { worse: noCases, better: noCases };
      const taken: string[] = [];
      for (let run = 0; run < 200; run += 1) {
        const seed = `${world}:${run}`;
        const { way } = choose(
          [
            { way: "worse", cases: learned.worse },
            { way: "better", cases: learned.better },
          ],
          { seed },
        );
        const name = way === "worse" ? "worse" : "better";
        const good = chance(`outcome ${seed}`) < truth[name];
        learned[name] = addCases(learned[name], casesOf({ good, costUsd: 0 }));
        taken.push(name);
      }
      const share = taken.slice(50).filter((name) => name === "better").length / 150;
      expect(share, `world ${world}`).toBeGreaterThan(0.8);
    }
  });
});
