import { assert, array, constantFrom, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { differingLines, likeness } from "./difference.ts";

const line = constantFrom("a", "b", "c");

describe("what differs between two texts", () => {
  it("is told line by line, in order", () => {
    const before = ["same", "old", "tail"];
    expect(differingLines({ before, after: ["same", "new", "tail", "more"] })).toEqual([
      "- old",
      "+ new",
      "+ more",
    ]);
    expect(differingLines({ before, after: before })).toEqual([]);
    expect(differingLines({ before, after: [] })).toEqual(["- same", "- old", "- tail"]);
  });

  it("is cut where it is long, with a count of the rest", () => {
    expect(differingLines({ before: ["a", "b", "c"], after: [] }, 2)).toEqual([
      "- a",
      "- b",
      "… 1 more lines differ",
    ]);
    const long = Array.from({ length: 3000 }, String);
    expect(differingLines({ before: long, after: [] })).toEqual([
      "(3000 recorded lines, 0 asked: too many to compare)",
    ]);
  });

  it("turns the one into the other", () => {
    assert(
      property(array(line), array(line), (before, after) => {
        const lines = differingLines({ before, after }, Infinity);
        const counts = (list: readonly string[]) => list.toSorted().join("");
        const taken = lines.filter((one) => one.startsWith("- ")).map((one) => one.slice(2));
        const added = lines.filter((one) => one.startsWith("+ ")).map((one) => one.slice(2));
        expect(counts([...before, ...added])).toBe(counts([...after, ...taken]));
      }),
    );
  });
});

describe("likeness", () => {
  it("is 1 for the same lines, 0 for none in common, and between for some", () => {
    expect(likeness([], [])).toBe(1);
    expect(likeness(["a"], ["a"])).toBe(1);
    expect(likeness(["a"], ["b"])).toBe(0);
    expect(likeness(["a", "b", "b"], ["b"])).toBe(0.5);
  });
});
