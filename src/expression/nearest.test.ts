import { describe, expect, it } from "vitest";
import { nearestName } from "./nearest.ts";

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
    expect(nearestName(name, names)).toBe(expected);
  });
});
