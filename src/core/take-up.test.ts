import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { a, b, undoChain, undoOf, z } from "../testing/undoing.ts";

/** It was put back, so that the results of these are given up, and stays where it is. */
function putBack(run: CoreRun, ...drop: readonly string[]): CoreRun {
  run.give({ type: "restart", hold: true, reason: "back", drop });
  expect(run.status).toBe("paused");
  return run;
}

function begun(run: CoreRun): readonly string[] {
  const since = run.events.findLastIndex(({ type }) => type === "run.restarted");
  return run.events
    .slice(since)
    .flatMap((event) => (event.type === "attempt.started" ? [event.address] : []));
}

describe("a run that was put back and is cancelled with the word to undo", () => {
  it("undoes what stayed done, the last first, and begins nothing else", () => {
    const run = new CoreRun(undoChain([a, b, z, { name: "rest", wait: { signal: "go" } }]));
    for (const name of ["a", "b", "z"]) run.ok(name);
    putBack(run, "z");
    run.give({ type: "cancel", undo: true });
    expect([run.status, run.owed]).toEqual(["compensating", ["perform b~undo"]]);
    run.ok("b~undo");
    run.ok("a~undo");
    expect([run.status, begun(run)]).toEqual(["cancelled", ["b~undo", "a~undo"]]);
    expect([undoOf(run, "a"), undoOf(run, "b"), undoOf(run, "z")]).toEqual(["undone", "undone", undefined]);
  });

  it("undoes nothing where nothing stayed done, and nothing without that word", () => {
    const run = new CoreRun(undoChain([a, z]));
    run.ok("a");
    putBack(run, "a");
    run.give({ type: "cancel", undo: true });
    expect([run.status, run.owed]).toEqual(["cancelled", []]);
    const other = new CoreRun(undoChain([a, z]));
    other.ok("a");
    putBack(other);
    other.give({ type: "cancel" });
    expect([other.status, other.owed]).toEqual(["cancelled", []]);
  });

  it("is completed when all of it stayed done", () => {
    const run = new CoreRun(undoChain([a, b]));
    run.ok("a");
    run.ok("b");
    putBack(run);
    run.give({ type: "cancel", undo: true });
    expect(run.status).toBe("completed");
  });

  it("finds what stayed done in blocks, rounds and items, and behind what was skipped", () => {
    const step = (name: string): Json => ({ name, run: name, undo: `un${name}` });
    const run = new CoreRun(
      undoChain([
        { name: "skipped", run: "s", when: "1 > 2" },
        { name: "block", chain: { steps: [step("inner")] } },
        { name: "again", repeat: { max: 2, until: "true" }, steps: [step("turn")] },
        { name: "each", for_each: { items: ["x"], as: "it" }, steps: [step("one")] },
        z,
      ]),
    );
    const done = ["block/inner", "again#1/turn", "each[0]/one"];
    for (const address of done) run.ok(address);
    putBack(run);
    run.give({ type: "cancel", undo: true });
    for (const address of done.toReversed()) run.ok(`${address}~undo`);
    expect([run.status, begun(run)]).toEqual(["cancelled", done.toReversed().map((one) => `${one}~undo`)]);
  });

  it("leaves what fails to begin again, and what that stops or blocks", () => {
    const broken = { name: "broken", run: "b", when: "steps.a.output.none > 1", depends_on: ["a"] };
    const steps = [
      { name: "a", run: "a" },
      broken,
      { name: "beside", run: "c", depends_on: ["a"] },
      { name: "after", run: "d", depends_on: ["broken"] },
    ];
    const run = new CoreRun(workflowOf({ name: "x", chain: { parallel_where_possible: true, steps } }));
    run.ok("a", { output: {} });
    expect(run.status).toBe("failed");
    putBack(run);
    run.give({ type: "cancel", undo: true });
    expect([run.status, begun(run)]).toEqual(["failed", []]);
  });
});
