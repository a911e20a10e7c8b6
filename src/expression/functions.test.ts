import { describe, expect, it } from "vitest";
import { compileExpression } from "./expression.ts";
import type { Json } from "./json.ts";

function valueOf(source: string, items: Json = null): Json {
  return compileExpression(source).evaluate((root) => (root === "items" ? items : undefined));
}

const circular = (items: Json): Json => valueOf("circular(items)", items);

describe("circular", () => {
  it("has the ids of what waits for itself, and of what waits for that", () => {
    expect(
      circular([{ id: "c", depends_on: ["a", "b"] }, { id: "b", depends_on: ["a"] }, { id: "a" }]),
    ).toEqual([]);
    const round = [
      { id: "a", depends_on: ["b"] },
      { id: "b", depends_on: ["c"] },
      { id: "c", depends_on: ["a"] },
    ];
    expect(circular([...round, { id: "d", depends_on: ["a"] }, { id: "e" }])).toEqual(["a", "b", "c", "d"]);
    expect(circular([{ id: "a", depends_on: ["a"] }])).toEqual(["a"]);
  });

  it("passes over what is unknown or no item", () => {
    expect(circular([{ id: "a", depends_on: ["nothing", 1] }, { id: 1 }, "b", null])).toEqual([]);
  });
});

describe("unmet", () => {
  it("has what items depend on and none of them is", () => {
    const items = [{ id: "a", depends_on: ["b", "c"] }, { id: "b", depends_on: ["c", "d"] }, { id: "e" }, 1];
    expect(valueOf("unmet(items)", items)).toEqual(["c", "d"]);
  });
});

describe("numbered", () => {
  it("has each item with its place, from 1", () => {
    expect(valueOf("numbered(items)", ["a", ["b"]])).toEqual([
      { number: 1, item: "a" },
      { number: 2, item: ["b"] },
    ]);
    expect(valueOf("numbered(items).map(one, string(one.number) + one.item)", ["a", "b"])).toEqual([
      "1a",
      "2b",
    ]);
    expect(valueOf("numbered([])")).toEqual([]);
  });
});

describe("fail", () => {
  it("gives no value, and says why", () => {
    expect(valueOf('items == null ? true : fail("there is something")')).toBe(true);
    expect(() => valueOf('fail("no " + "way")')).toThrow(/^no way$/);
  });
});
