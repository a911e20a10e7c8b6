import { expect, it } from "vitest";
import type { BranchReport, EachReport, TallyReport } from "../../verbs/plan-parts.ts";
import { partLines } from "./plan-parts.ts";

const each: EachReport = {
  kind: "each",
  address: "f",
  items: "${ inputs.files }",
  as: "item",
  concurrency: 8,
  itemMs: 2000,
  predictedMs: 4000,
};

it("a plan says of a decision which way is taken, how many after it, and how many are on each at once", () => {
  const ways = [{ name: "a", when: "x", atOnce: 2, steps: 1, predictedMs: 1000 }];
  const saidOf = (more: Partial<BranchReport>) => partLines({ kind: "branch", address: "b", ways, ...more });
  expect(saidOf({}).at(1)?.[1]).toBe(": takes the first way that holds");
  expect(saidOf({ by: "past", mostTries: 1 }).at(1)?.[1]).toBe(
    ": of the ways that hold, takes what has worked best; when it fails, the next, 1 way at most",
  );
  expect(saidOf({ by: "load" }).at(2)?.[2]).toBe(" if x, 2 at once");
});

it("a plan says of a list what it is, how many items it has where that is known, and how long they take", () => {
  const saidOf = (more: Partial<EachReport>) => partLines({ ...each, ...more }).at(-1)?.[1];
  expect(saidOf({})).toBe(
    ": for each item of ${ inputs.files }, 8 at once; an item takes about 2s, all of it about 4s",
  );
  expect(saidOf({ count: 16, key: "item.id" })).toBe(
    ": for each item of ${ inputs.files } (16 items), named by item.id, 8 at once; an item takes about 2s, all of it about 4s",
  );
  expect(saidOf({ count: 1, predictedMs: 2000 })).toBe(
    ": for each item of ${ inputs.files } (1 item); it takes about 2s",
  );
});

it("a plan says of a tally how votes are counted, and what it means that they decide nothing", () => {
  const saidOf = (more: Partial<TallyReport>) =>
    partLines({
      kind: "tally",
      address: "t",
      rule: "a majority",
      votes: "${ round.output }",
      otherwise: "fail",
      ...more,
    }).at(-1)?.[1];
  expect(saidOf({})).toBe(": decided by a majority of ${ round.output }; fails when nothing is decided");
  expect(saidOf({ options: ["a", 1], quorum: 2, tie: "a", otherwise: "accept" })).toBe(
    ': decided by a majority of ${ round.output }, for one of ["a",1], of at least 2 votes; a where that leaves it open; that nothing is decided is accepted',
  );
  expect(saidOf({ votes: { a: "x" }, otherwise: "others" })).toBe(
    ': decided by a majority of {"a":"x"}; where that leaves it open, the steps behind it decide',
  );
});
