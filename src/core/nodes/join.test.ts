import { describe, expect, it } from "vitest";
import { CoreRun } from "../../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../../testing/holders.ts";
import type { ChainAction } from "../../language/workflow.ts";

function runOf(join: NonNullable<ChainAction["join"]>): CoreRun {
  const chain = chainOf(
    ["a", "b", "c"].map((name) => stepOf(name)),
    {
      parallelWherePossible: true,
      parallelAlways: true,
    },
  );
  const after = stepOf("after", undefined, { needs: [{ step: "race", because: "depends_on" }] });
  return new CoreRun(workflowWith([stepOf("race", { kind: "chain", chain, join }), after]));
}
const stopped = { code: "CANCELLED", class: "cancelled" } as const;

describe("a block that needs only some of its steps", () => {
  it("gives the others up as soon as one has ended well", () => {
    const run = runOf("any");
    run.ok("race/b");
    expect(run.events.filter(({ type }) => type === "join.reached")).toHaveLength(1);
    run.fail("race/a", stopped);
    run.fail("race/c", stopped);
    run.ok("after");
    expect(run.status).toBe("completed");
  });

  it("waits for as many as its quorum, and a step that fails has only lost", () => {
    const run = runOf({ quorum: 2 });
    run.fail("race/a");
    run.ok("race/b");
    run.ok("race/c");
    run.ok("after");
    expect(run.status).toBe("completed");
  });

  it("gives the others up as soon as too few are left, and fails", () => {
    for (const crashed of [false, true]) {
      const run = runOf({ quorum: 2 });
      run.fail("race/a");
      expect(run.ends).toMatchObject({ "race/c": "running" });
      run.fail("race/b");
      expect(run.events.filter(({ type }) => type === "join.missed")).toHaveLength(1);
      if (crashed) run.crash();
      else run.fail("race/c", stopped);
      expect(run.ends).toMatchObject({ "race/c": "cancelled", race: "failed" });
      expect(run.node("race").failure?.code).toBe("JOIN_FAILED");
      expect(run.status).toBe("failed");
    }
  });

  it("does not start what was given up again after a crash", () => {
    const run = runOf("any");
    run.ok("race/b");
    run.crash();
    expect(run.owed).toEqual(["perform after"]);
    expect(run.ends).toMatchObject({ "race/a": "cancelled", "race/b": "claimed", "race/c": "cancelled" });
  });
});
