import { expect, it } from "vitest";
import type { BranchReport, EachReport } from "../../verbs/plan-parts.ts";
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
