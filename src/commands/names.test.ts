import { describe, expect, it } from "vitest";
import { fuzzyScore, isHostile, nameKey, nearestNames, shown } from "./names.ts";

describe("a name", () => {
  it.each(["/milestone/plan", "/milestone:plan", "milestone plan", "milestone/plan", " milestone : plan "])(
    "is the same written as %j",
    (name) => {
      expect(nameKey(name)).toBe("milestone:plan");
    },
  );

  it("is compared in composed Unicode", () => {
    expect(nameKey("cafe\u0301")).toBe("caf\u00e9");
  });

  it.each(["../x", "a/../b", "a\\..\\b", "x\0y", "\u001b[31mx", "", " / ", "a".repeat(501)])(
    "is hostile: %j",
    (name) => {
      expect(isHostile(name)).toBe(true);
    },
  );

  it.each(["a..b", "/x", "数字化", "my command", "speckit.plan"])("is harmless: %j", (name) => {
    expect(isHostile(name)).toBe(false);
  });

  it("is shown without control, format or direction characters, and shortened", () => {
    expect(shown("a\u001b[2Jb\n\u202Ec")).toBe("a?[2Jb??c");
    expect(shown("x".repeat(50), 10)).toBe(`${"x".repeat(9)}…`);
  });
});

describe("a near match", () => {
  it("ranks another case, the last part, a typing mistake, and a part of the name", () => {
    const scores = ["Plan", "milestone:plan", "plam", "sprint-plan", "other"].map((name) =>
      fuzzyScore("plan", name),
    );
    expect(scores).toEqual([0, 1, 2, 4, undefined]);
  });

  it("takes a dash for a colon, and no two letters for a part", () => {
    expect(fuzzyScore("milestone-plan", "milestone:plan")).toBe(1);
    expect(fuzzyScore("pl", "plan")).toBeUndefined();
    expect(fuzzyScore("milestone:pln", "milestone:plan")).toBe(2);
  });

  it("lists at most five, nearest first", () => {
    const names = ["query", "quarry", "queue", "quern", "quest", "quiet", "zebra", "query"];
    expect(nearestNames("/qurey", names)).toHaveLength(5);
    expect(nearestNames("/qurey", names)[0]).toBe("query");
    expect(nearestNames("x", ["completely", "different"])).toEqual([]);
  });
});
