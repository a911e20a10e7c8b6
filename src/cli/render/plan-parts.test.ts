import { expect, it } from "vitest";
import type { EachReport } from "../../verbs/plan-parts.ts";
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
