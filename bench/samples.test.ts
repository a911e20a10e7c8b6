import { describe, expect, it } from "vitest";
import { ratiosToNeighbours, summarize } from "./samples.ts";

describe("what measurements say together", () => {
  it("is the middle one, or the mean of the two in the middle, and the least and the most", () => {
    expect(summarize([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3, count: 3 });
    expect(summarize([4, 1, 2, 3])).toEqual({ median: 2.5, least: 1, most: 4, count: 4 });
  });

  it("is an error for none", () => {
    expect(() => summarize([])).toThrow(RangeError);
  });
});

it("holds each block against the mean of the raw blocks before and after it", () => {
  expect(ratiosToNeighbours([10, 30], [10, 10, 20])).toEqual([1, 2]);
});
