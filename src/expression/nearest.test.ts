import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance, nearest } from "./nearest.ts";

const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });

describe("distance", () => {
  it.each([
    ["kitten", "sitting", 3],
    ["abcd", "abdc", 1],
    ["", "abc", 3],
    ["abc", "", 3],
    ["same", "same", 0],
  ])("from %s to %s is %d", (from, to, edits) => expect(distance(from, to)).toBe(edits));

  it("is the same in both directions and zero only for equal words", () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it("stops at its limit, and tells a distance below it as it is", () => {
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 8 }), (a, b, limit) => {
        expect(Math.min(distance(a, b, limit), limit + 1)).toBe(Math.min(distance(a, b), limit + 1));
      }),
    );
  });
});

describe("nearest", () => {
  it("finds the candidate that was meant", () => {
    expect(nearest("timout", ["retry", "timeout", "output"])).toBe("timeout");
    expect(nearest("dependson", ["depends_on"])).toBe("depends_on");
    expect(nearest("TIMEOUT", ["timeout"])).toBe("timeout");
  });

  it("takes a third of a long word, two letters of a short one and one of a very short one", () => {
    expect(nearest("parallel_were_posible", ["parallel_where_possible"])).toBe("parallel_where_possible");
    expect(nearest("rum", ["run"])).toBe("run");
    expect(nearest("rxx", ["run"])).toBeUndefined();
    expect(nearest("flow", ["chain"])).toBeUndefined();
  });

  it("gives the first of equals and never the word itself", () => {
    expect(nearest("fixx", ["fixa", "fixb"])).toBe("fixa");
    expect(nearest("fix", ["fix"])).toBeUndefined();
  });
});

describe("the nearest name", () => {
  it.each([
    ["isues", ["issues", "score"], "issues"],
    ["sacn", ["scan", "fix"], "scan"],
    ["Status", ["status", "stdout"], "status"],
    ["reslts", ["result", "results"], "results"],
    ["a", ["b", "c"], undefined],
    ["xyz", ["issues", "score"], undefined],
    ["anything", [], undefined],
    ["analyze_codebases", ["analyse_codebase"], "analyse_codebase"],
  ])("to %s is found", (name, names, expected) => {
    expect(nearest(name, names)).toBe(expected);
  });
});
