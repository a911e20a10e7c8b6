import { describe, expect, it } from "vitest";
import { answer, approval, asking, question } from "../../testing/asking-run.ts";
import { beginning } from "../../testing/core-run.ts";

describe("a deadline of what is asked", () => {
  it("fails the node, or takes what was declared for it", () => {
    const run = asking({ ...approval, deadlineMs: 60_000 });
    expect(run.dueAt("waiting:ship")).toBe(beginning + 60_000);
    run.give({ type: "timer", timer: "waiting:ship" });
    expect(run.status).toBe("waiting");
    run.fire("waiting:ship");
    expect(run.node("ship").failure).toMatchObject({ code: "TIMEOUT" });
    const yes = asking({ ...approval, deadlineMs: 60_000, otherwise: true, quorum: 2 });
    answer(yes, true, "ann");
    yes.fire("waiting:ship");
    expect(yes.node("ship").outcome?.output).toEqual({ approved: true, by: ["ann"] });
    const no = asking({ ...approval, deadlineMs: 60_000, otherwise: false });
    no.fire("waiting:ship");
    expect(no.node("ship").failure).toMatchObject({
      code: "REJECTED",
      message: "It was rejected: nobody approved it before the deadline",
    });
    const red = asking({ ...question, deadlineMs: 60_000, otherwise: "red" });
    red.fire("waiting:ship");
    expect(red.node("ship").outcome?.output).toBe("red");
  });

  it.each([
    [approval, "failed", "its deadline has passed, and it fails with TIMEOUT"],
    [{ ...approval, otherwise: true }, "verified", "its deadline has passed, and that stands for a yes"],
    [{ ...approval, otherwise: false }, "failed", "its deadline has passed, and that stands for a no"],
    [
      { ...question, otherwise: "red" },
      "verified",
      'its deadline has passed, and "red" stands for an answer',
    ],
  ])("decides what comes after it, also when nobody saw it pass %#", (action, end, reason) => {
    const run = asking({ ...action, deadlineMs: 60_000 });
    run.now += 60_000;
    const said = answer(run, action.ask === "question" ? "blue" : action.otherwise !== true, "ann");
    expect(said.at(-1)).toMatchObject({ type: "run.status" });
    expect(said.find(({ type }) => type === "effect.dropped")).toMatchObject({ reason });
    expect(run.ends).toEqual({ ship: end });
    expect(run.node("ship").ask?.answers.filter(({ by }) => by !== undefined)).toEqual([]);
  });

  it("counts what was said before it, also when that is seen after it", () => {
    const run = asking({ ...approval, deadlineMs: 60_000, otherwise: false });
    run.now += 90_000;
    run.crash();
    run.now = beginning + 59_999;
    answer(run, true, "ann");
    expect(run.ends).toEqual({ ship: "verified" });
  });
});
