import { describe, expect, it } from "vitest";
import type { Reason } from "../../core/why-text.ts";
import { lineText } from "./lines.ts";
import { reasonLines } from "./reasons.ts";

const textsOf = (reasons: readonly Reason[]) =>
  reasonLines(reasons, "r1").map((shown) =>
    typeof shown === "string"
      ? shown
      : lineText(shown.map((piece) => (typeof piece === "string" ? { text: piece } : piece))),
  );

describe("the reasons of a run", () => {
  it("say what each node waits for, what goes no further, and what to type", () => {
    expect(
      textsOf([
        { address: "", waitsFor: "somebody to resume it", fix: "tutti resume r1" },
        { address: "polish", waitsFor: "its round 2 of at most 3" },
        { address: "polish#1/a", waitsFor: "nothing: it broke" },
        { address: "b", waitsFor: "attempt 1", working: "now" },
        { address: "c", waitsFor: "attempt 1", working: "interrupted" },
      ]),
    ).toEqual([
      "  the run waits for somebody to resume it",
      "    fix: tutti resume r1",
      "  polish waits for its round 2 of at most 3",
      "  polish#1/a goes no further: it broke",
      "  b is at work: attempt 1",
      "  c was at work when its process ended: attempt 1",
    ]);
  });

  it("are the first of very many, those that wait before those that are over", () => {
    const over = Array.from({ length: 9000 }, (_, index) => ({
      address: `review[${index}]/look`,
      waitsFor: "nothing: it broke",
    }));
    const lines = textsOf([...over, { address: "after", waitsFor: "step review" }]);
    expect(lines.length).toBe(12);
    expect(lines.slice(-2)).toEqual([
      "  after waits for step review",
      "  … and 8,990 more: tutti why r1 --json",
    ]);
  });
});
