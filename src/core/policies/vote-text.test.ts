import { expect, it } from "vitest";
import { counted, listed, quoted, ruleText } from "./vote-text.ts";

it("a rule is told in few words", () => {
  expect(ruleText({ kind: "majority" })).toBe("a majority");
  expect(ruleText({ kind: "weighted", weights: {} })).toBe("a majority by weight");
  expect(ruleText({ kind: "quorum", votes: 1 })).toBe("1 vote");
  expect(ruleText({ kind: "unanimous" })).toBe("all");
  expect(ruleText({ kind: "veto", by: ["a", "b"] })).toBe('a majority without a veto by "a" and "b"');
  expect(ruleText({ kind: "priority", order: ["a"] })).toBe('the first vote among "a"');
  expect(ruleText({ kind: "ranked" })).toBe("a run-off");
});

it("values are told as a sentence has them", () => {
  expect(listed([])).toBe("none");
  expect(listed(["a", 1, true])).toBe('"a", 1 and true');
  expect(quoted("x".repeat(100))).toHaveLength(61);
  expect([counted(1, "vote"), counted(2, "vote")]).toEqual(["1 vote", "2 votes"]);
});
