import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import type { Workflow } from "../language/workflow.ts";
import { CoreRun, parallelOf, workflowOf } from "../testing/core-run.ts";
import { agentStep, checkpoint, inTrees, tipsOf, treeOf, withSteps } from "../testing/trees-run.ts";

const chain = (...steps: readonly Json[]): Workflow =>
  workflowOf({ name: "test", chain: { steps: [...steps] } });

describe("steps one after another in the run's tree", () => {
  it("begin from what ended well before them", () => {
    const run = inTrees(chain({ name: "a", run: "a" }, { name: "b", run: "b" }));
    expect(treeOf(run, "a")).toEqual({
      mode: "run",
      place: { runId: "r1", lane: "" },
      from: "base",
      begin: "base",
      saves: true,
    });
    run.ok("a", checkpoint("c1", 1));
    expect(treeOf(run, "b")).toMatchObject({ begin: "c1", from: "c1" });
  });

  it("begin from before a step that failed", () => {
    const workflow = workflowOf({
      name: "test",
      chain: {
        error_strategy: "continue_on_failure",
        steps: [
          { name: "a", run: "a" },
          { name: "b", run: "b" },
          { name: "c", run: "c" },
        ],
      },
    });
    const run = inTrees(workflow);
    run.ok("a", checkpoint("c1", 1));
    run.fail("b", {}, checkpoint("c2", 2));
    expect(treeOf(run, "c")).toMatchObject({ begin: "c1" });
    expect(tipsOf(run)).toEqual({ "": "c1" });
  });

  it("are looked at before by gates as they will begin", () => {
    const run = inTrees(chain({ name: "a", run: "a" }, { name: "b", run: "b", before: { run: "test" } }));
    run.ok("a", checkpoint("c1", 1));
    const { begin, undoTo } = treeOf(run, "b");
    expect({ begin, undoTo }).toEqual({ begin: "c1", undoTo: undefined });
    run.ok("b");
    expect(treeOf(run, "b")).toMatchObject({ begin: "c1" });
  });

  it("begin anew from there when they are tried again, and keep it in mind over a crash", () => {
    const run = inTrees(
      chain({ name: "a", run: "a" }, { name: "b", run: "b", retry: { max: 1, on: ["failure"] } }),
    );
    run.ok("a", checkpoint("c1", 1));
    run.fail("b", { class: "failure" }, checkpoint("c2", 2));
    run.crash();
    run.fire("retrying:b");
    expect(treeOf(run, "b")).toMatchObject({ begin: "c1" });
  });

  it("go on with what is there when a gate sent them back", () => {
    const run = inTrees(chain(agentStep("a", { gates: [{ run: "npm test", retry: 1 }] })));
    run.ok("a", checkpoint("c1", 1));
    expect(treeOf(run, "a")).toMatchObject({ undoTo: "base" });
    run.fail("a");
    run.fire("retrying:a");
    expect(treeOf(run, "a").begin).toBeUndefined();
    run.ok("a", checkpoint("c2", 2));
    run.ok("a", checkpoint("c3", 3));
    expect(tipsOf(run)).toEqual({ "": "c3" });
  });

  it("go on after a crash when an agent has a session, and begin anew when a program ran", () => {
    const run = inTrees(chain(agentStep("a"), { name: "b", run: "b" }));
    run.crash();
    expect(treeOf(run, "a").begin).toBeUndefined();
    run.ok("a", checkpoint("c1", 1));
    run.crash();
    expect(treeOf(run, "b").begin).toBe("c1");
  });

  it("begin from what people had changed before", () => {
    const run = inTrees(chain({ name: "a", run: "a", retry: { max: 1, on: ["failure"] } }));
    run.fail("a", { class: "failure" }, { ...checkpoint("c2", 2), found: { commit: "c1", number: 1 } });
    run.fire("retrying:a");
    expect(treeOf(run, "a")).toMatchObject({ begin: "c1" });
    expect(tipsOf(run)).toEqual({ "": "c1" });
  });

  it("never go back behind a later checkpoint that has their work, too", () => {
    const run = inTrees(
      parallelOf([
        { name: "a", run: "a", gates: [{ run: "t" }] },
        { name: "b", run: "b" },
      ]),
    );
    run.ok("a", checkpoint("c1", 1));
    run.ok("b", checkpoint("c2", 2));
    run.ok("a");
    expect(tipsOf(run)).toEqual({ "": "c2" });
  });

  it("are held to it when they say that they only read, and leave nothing when they work elsewhere", () => {
    const workflow = chain(
      { name: "a", run: "a", writes: [] },
      { name: "b", run: "b" },
      { name: "c", http: { url: "http://x" } },
    );
    const run = inTrees(
      withSteps(workflow, (step) => (step.name === "a" ? step : { ...step, workspace: "none" })),
    );
    expect(treeOf(run, "a")).toMatchObject({ saves: true, writes: [] });
    run.ok("a", checkpoint("c1", 1));
    expect(tipsOf(run)).toEqual({ "": "c1" });
    expect(run.work("b").policy.workspace).toBeUndefined();
  });

  it("do not take for theirs what others do beside them, when they only read", () => {
    const run = inTrees(
      parallelOf([
        { name: "a", run: "a", writes: [] },
        { name: "b", run: "b" },
      ]),
    );
    run.ok("a", checkpoint("c1", 1));
    expect(tipsOf(run)).toEqual({ "": "base" });
  });

  it("know of no tree in a run that keeps none", () => {
    const run = new CoreRun(chain({ name: "a", run: "a", gates: [{ run: "t" }] }));
    expect(run.work("a").policy.workspace).toBeUndefined();
    run.ok("a");
    expect(run.work("a").policy.workspace).toBeUndefined();
  });
});

describe("a run that was put back", () => {
  it("waits to be resumed, begins from there, and takes results again that are known", () => {
    const run = inTrees(chain({ name: "a", run: "a" }, { name: "b", run: "b" }));
    run.ok("a", checkpoint("c1", 1));
    run.ok("b", checkpoint("c2", 2));
    const known = { ...run.state };
    expect(known.status).toBe("completed");
    run.give({
      type: "restart",
      drop: ["b"],
      tips: { "": { commit: "c3", number: 3 } },
      hold: true,
      reason: "put back to a",
    });
    expect(run.status).toBe("paused");
    expect(run.owed).toEqual([]);
    run.give({ type: "resume" });
    expect(treeOf(run, "b")).toMatchObject({ begin: "c3" });
    const shelf = run.state.known.get("a");
    expect(shelf).toBeUndefined();
  });
});
