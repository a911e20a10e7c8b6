import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { relevanceTo } from "./relevance.ts";

describe("how much a text tells about what is asked", () => {
  it("is nothing without a word in common", () => {
    expect(relevanceTo("mend the parser", ["weather", ""])).toEqual([0, 0]);
    expect(relevanceTo("", ["weather"])).toEqual([0]);
    expect(relevanceTo("weather", [])).toEqual([]);
  });

  it("is more for a rare word than for one that all have", () => {
    const [rare = 0, common = 0] = relevanceTo("the parser", [
      "the parser",
      "the thing",
      "the day",
      "the end",
    ]);
    expect(rare).toBeGreaterThan(common);
  });

  it("is more for the word said often, and less in a text that is long", () => {
    const [often = 0, once = 0] = relevanceTo("leak", ["leak leak leak", "leak of air", "no air here"]);
    expect(often).toBeGreaterThan(once);
    const [short = 0, long = 0] = relevanceTo("leak", ["a leak", `a leak ${"and more ".repeat(50)}`]);
    expect(short).toBeGreaterThan(long);
  });

  it("is what the formula gives", () => {
    // one text of two words, the word in it: ln(1 + 0.5 / 1.5) * 2.2 / 2.2
    expect(relevanceTo("leak", ["leak here"])).toEqual([0.288]);
  });

  it("does not depend on the order of the texts", () => {
    const texts = fc.array(fc.lorem({ maxCount: 8 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.lorem(), texts, (asked, all) => {
        expect(relevanceTo(asked, all.toReversed())).toEqual(relevanceTo(asked, all).toReversed());
      }),
    );
  });
});
