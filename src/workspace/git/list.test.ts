import { expect, it } from "vitest";
import { type Found, inOrder } from "./list.ts";

function found(commit: string, lane = "", writer?: string): Found {
  const about = { number: 0, kind: "WORKFLOW-STEP", title: commit, at: 0 } as const;
  return { checkpoint: { commit, place: { runId: "r1", lane }, ...about }, writer };
}

function orderOf(...all: readonly Found[]): string {
  return inOrder(all)
    .map(({ commit }) => commit)
    .join(" ");
}

it("what was done in a tree comes before it landed, whatever order commits of one second are listed in", () => {
  expect(
    orderOf(found("base"), found("landed", "", "x2"), found("x1", "x"), found("y1", "y"), found("x2", "x")),
  ).toBe("base x1 x2 landed y1");
  expect(orderOf(found("outer", "", "l"), found("l", "lane", "i"), found("i", "lane/i"))).toBe("i l outer");
  expect(orderOf(found("x1", "x"), found("landed", "", "x1"), found("lost", "", "gone"))).toBe(
    "x1 landed lost",
  );
});
