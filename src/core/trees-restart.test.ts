import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../expression/json.ts";
import { type CoreRun, workflowOf } from "../testing/core-run.ts";
import { checkpoint, inTrees, tipsOf, treeOf } from "../testing/trees-run.ts";

const judged = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  run: name,
  gates: { judge: "good" },
  ...more,
});

const failing = (name: string): JsonObject => ({ name, run: name, error_strategy: "continue_on_failure" });

/** What is judged in it comes to the cap on agents. */
const capped = (...steps: readonly Json[]): CoreRun =>
  inTrees(
    workflowOf({
      name: "test",
      limits: { agents: 0 },
      chain: { error_strategy: "continue_on_failure", steps: [...steps] },
    }),
  );

const goOn = (run: CoreRun, drop: readonly string[] = []): void => {
  expect(run.status).toBe("failed");
  run.give({ type: "restart", drop, overrides: { limits: { agents: 9 } } });
};

const holds = { evidence: { summary: "it holds" } };

describe("work that was done and not judged when its run came to a cap", () => {
  it("is judged by the next life where it lies", () => {
    const run = capped({ name: "a", run: "a" }, judged("b"));
    run.ok("a", checkpoint("c1", 1));
    run.ok("b", checkpoint("c2", 2));
    goOn(run);
    expect(run.owed).toEqual(["gate b!after0"]);
    run.ok("b", holds);
    expect(tipsOf(run)).toEqual({ "": "c2" });
  });

  it("is done again when its tree was put to where a step before it began again", () => {
    const run = capped({ name: "a", run: "a" }, judged("b"));
    run.fail("a", {}, checkpoint("c1", 1));
    run.ok("b", checkpoint("c2", 2));
    goOn(run);
    expect(treeOf(run, "a")).toMatchObject({ begin: "base" });
    run.ok("a", checkpoint("c4", 4));
    expect(run.owed).toEqual(["perform b"]);
    expect(treeOf(run, "b")).toMatchObject({ begin: "c4" });
    run.ok("b", checkpoint("c5", 5));
    run.ok("b", holds);
    expect(tipsOf(run)).toEqual({ "": "c5" });
    expect(run.status).toBe("completed");
  });

  it("is done again when a gate before another step has looked at that", () => {
    const run = capped({ name: "a", run: "a", before: { run: "t" } }, judged("b"));
    run.fail("a");
    run.ok("b", checkpoint("c2", 2));
    goOn(run);
    expect(treeOf(run, "a")).toMatchObject({ begin: "base" });
    run.fail("a");
    expect(run.owed).toEqual(["perform b"]);
  });

  it("is done again in a later life, too", () => {
    const run = capped({ name: "a", run: "a" }, judged("z"), judged("b"));
    run.fail("a", {}, checkpoint("c1", 1));
    run.fail("z", {}, checkpoint("c2", 2));
    run.ok("b", checkpoint("c3", 3));
    goOn(run);
    run.fail("a", {}, checkpoint("c5", 5));
    run.give({ type: "cancel" });
    run.fail("z", {}, checkpoint("c6", 6));
    expect(run.state.known.get("b")).toMatchObject({ isGone: true });
    run.give({ type: "restart", drop: ["a"] });
    run.fail("a", {}, checkpoint("c7", 7));
    run.fail("z", {}, checkpoint("c8", 8));
    expect(run.owed).toEqual(["perform b"]);
  });

  it("is done again when a step beside others began again there after a crash", () => {
    const b = judged("b", { depends_on: ["x"] });
    const run = capped({
      name: "g",
      parallel_where_possible: true,
      steps: [judged("a"), { name: "x", run: "x" }, b],
    });
    run.ok("g/x");
    run.ok("g/a", checkpoint("c1", 1));
    run.ok("g/b", checkpoint("c2", 2));
    goOn(run, ["g/x"]);
    expect(treeOf(run, "g/x").begin).toBeUndefined();
    run.ok("g/a", holds);
    run.crash();
    expect(treeOf(run, "g/x")).toMatchObject({ begin: "c1" });
    run.ok("g/x", checkpoint("c4", 4));
    expect(run.owed).toEqual(["perform g/b"]);
  });

  it("is judged where a later checkpoint has it that ended well, and where it only looked", () => {
    const steps = [judged("b"), { name: "c", run: "c" }, judged("d", { writes: [] })];
    const run = capped(failing("a"), { name: "g", parallel_where_possible: true, steps });
    run.fail("a");
    run.ok("g/b", checkpoint("c1", 1));
    run.ok("g/c", checkpoint("c2", 2));
    run.ok("g/d", checkpoint("c3", 3));
    goOn(run);
    expect(treeOf(run, "a")).toMatchObject({ begin: "c2" });
    run.fail("a");
    expect(run.owed).toEqual(["gate g/b!after0", "gate g/d!after0"]);
  });
});
