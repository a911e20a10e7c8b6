import { describe, expect, it } from "vitest";
import { loadObject } from "../load.ts";

/** Messages about a loop whose round ends with a step of this output. */
function problemsOf(repeat: object): readonly string[] {
  const output = { type: "object", properties: { score: { type: "number" } } };
  const work = { name: "work", agent: "mock", prompt: "so far ${ polish.last.output }", output };
  const steps = [{ name: "polish", repeat, steps: [work] }];
  return loadObject({ name: "x", chain: { steps } }).problems.map(({ message }) => message);
}

describe("what a round gave", () => {
  it("is the output of its last step, by the loop's name and in `plateau.of` by its own", () => {
    const until = "polish.last.output.score >= 90 AND polish.last.work.score >= 90";
    expect(problemsOf({ until, max: 3, plateau: { of: "output.score", rounds: 2 } })).toEqual([]);
  });

  it("has no fields but those of that step's output", () => {
    expect(problemsOf({ until: "polish.last.output.scores >= 90", max: 3 })[0]).toContain(
      '"work.output" has no such field',
    );
    expect(problemsOf({ max: 3, plateau: { of: "output.scores", rounds: 2 } })[0]).toContain(
      "has no such field",
    );
  });
});
