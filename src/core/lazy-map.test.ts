import { describe, expect, it } from "vitest";
import { LazyMap } from "./lazy-map.ts";

describe("a lazy map", () => {
  it("is a map before and after something was put in", () => {
    const map = new LazyMap<string, number>();
    expect([map.size, map.get("a"), map.has("a"), map.delete("a")]).toEqual([0, undefined, false, false]);
    expect([[...map], [...map.keys()], [...map.values()]]).toEqual([[], [], []]);
    map.set("a", 1);
    map.set("b", 2);
    expect([map.size, map.get("a"), map.has("b")]).toEqual([2, 1, true]);
    expect([[...map], [...map.keys()], [...map.values()]]).toEqual([
      [
        ["a", 1],
        ["b", 2],
      ],
      ["a", "b"],
      [1, 2],
    ]);
    expect([map.delete("a"), map.size]).toEqual([true, 1]);
    map.clear();
    expect([map.size, [...map]]).toEqual([0, []]);
  });
});
