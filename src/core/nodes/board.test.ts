import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../expression/json.ts";
import { withLanes } from "../../language/lanes.ts";
import { CoreRun, workflowOf } from "../../testing/core-run.ts";
import { checkpoint, inTrees } from "../../testing/trees-run.ts";

function runOf(steps: readonly Json[], blackboard: Json = true): CoreRun {
  return new CoreRun(
    workflowOf({ name: "test", chain: [{ name: "g", blackboard, parallel: true, steps: [...steps] }] }),
  );
}

const writer = (name: string, rest: JsonObject = {}): JsonObject => ({
  name,
  function: "f",
  board: { as: name },
  ...rest,
});
const posts = (...entries: readonly JsonObject[]): { output: Json } => ({
  output: { posts: [...entries], more: 1 },
});
const seen = (run: CoreRun, address: string): Json =>
  (run.work(address) as { request: { args: Json } }).request.args;

describe("a blackboard", () => {
  it("shows what steps that ended well have written", () => {
    const run = runOf([writer("a"), writer("b", { args: "${ board.entries }", depends_on: ["a"] })]);
    run.ok("g/a", posts({ topic: "t", key: "k", value: 1, note: "n" }));
    expect(seen(run, "g/b")).toEqual([{ by: "a", topic: "t", key: "k", value: 1, note: "n" }]);
  });

  it("takes in nothing of a step that failed", () => {
    const run = runOf([
      writer("a", { error_strategy: "continue_on_failure" }),
      { name: "b", function: "f", args: "${ board.entries }", when: "a.status == 'failed'" },
    ]);
    run.fail("g/a", {}, posts({ topic: "t", value: 1 }));
    expect(seen(run, "g/b")).toEqual([]);
  });

  it("refuses what names no topic or none that there is, and says so", () => {
    const run = runOf([writer("a")], { topics: { t: {} } });
    run.ok("g/a", posts({ topic: "t", value: 1 }, { topic: "x", value: 1 }, { value: 1 }, { topic: "t" }));
    expect(run.events.find(({ type }) => type === "board.posted")).toMatchObject({
      entries: [{ topic: "t", post: 0 }],
      refused: [
        'posts[1]: there is no topic "x"',
        "posts[2]: it names no topic",
        "posts[3]: it has no value",
      ],
    });
  });

  it("refuses under a topic of the engine's own what is no whole output", () => {
    const { chain, ...workflow } = workflowOf({
      name: "test",
      chain: [
        {
          name: "g",
          blackboard: true,
          steps: [writer("a", { board: { as: "a", posts: { topic: "done" } } })],
        },
      ],
    });
    const steps = chain.steps.map((step) =>
      step.action.kind === "chain"
        ? { ...step, action: { ...step.action, board: { resolve: "latest" as const, own: ["done"] } } }
        : step,
    );
    const run = new CoreRun({ ...workflow, chain: { ...chain, steps } });
    run.ok("g/a", posts({ topic: "done", value: 1 }));
    expect(run.events.find(({ type }) => type === "board.posted")).toMatchObject({
      entries: [{ topic: "done" }],
      refused: [`posts[0]: "done" is a topic of the engine's own`],
    });
  });

  it("takes in a whole output under the topic and key that the step says", () => {
    const run = runOf([
      writer("a", { board: { as: "ann", posts: { topic: "done", key: "${ a.output.more }" } } }),
      { name: "b", function: "f", args: "${ board.entries }", depends_on: ["a"] },
    ]);
    run.ok("g/a", posts());
    expect(seen(run, "g/b")).toEqual([{ by: "ann", topic: "done", key: "1", value: { more: 1 } }]);
  });

  it("loses an entry whose key cannot be made, and no work", () => {
    const run = runOf([
      writer("a", { board: { as: "ann", posts: { topic: "done", key: "${ a.output.nothing }" } } }),
    ]);
    run.ok("g/a", posts());
    expect(run.status).toBe("completed");
    expect(run.events.find(({ type }) => type === "board.posted")).toMatchObject({
      entries: [],
      refused: [expect.stringContaining("its output: ")],
    });
  });

  it("shows a step only what it may see, its own entries always", () => {
    const run = runOf([
      writer("a"),
      writer("b"),
      {
        name: "c",
        function: "f",
        args: "${ board.entries.map(e, e.by) }",
        board: { as: "b", sees: [] },
        depends_on: ["a", "b"],
      },
    ]);
    run.ok("g/a", posts({ topic: "t", value: 1 }));
    run.ok("g/b", posts({ topic: "t", value: 1 }));
    expect(seen(run, "g/c")).toEqual(["b"]);
  });

  it("keeps the entries of a round from the round itself, where there is a barrier", () => {
    const run = runOf([
      {
        name: "talk",
        repeat: { max: 2 },
        steps: [
          {
            name: "a",
            function: "f",
            args: "${ board.entries.map(e, e.value) }",
            board: { as: "a", barrier: true },
          },
          {
            name: "b",
            function: "f",
            args: "${ board.entries.map(e, e.value) }",
            board: { as: "b", barrier: true },
          },
        ],
      },
    ]);
    run.ok("g/talk#1/a", posts({ topic: "t", value: "a1" }));
    expect(seen(run, "g/talk#1/b")).toEqual([]);
    run.ok("g/talk#1/b", posts({ topic: "t", value: "b1" }));
    expect(seen(run, "g/talk#2/a")).toEqual(["a1", "b1"]);
  });

  it("is the nearest one around a step", () => {
    const inner = {
      name: "h",
      blackboard: true,
      steps: [writer("a"), { name: "b", function: "f", args: "${ board.entries }" }],
    };
    const run = runOf([inner, { name: "c", function: "f", args: "${ board.entries }", depends_on: ["h"] }]);
    run.ok("g/h/a", posts({ topic: "t", value: 1 }));
    expect(seen(run, "g/h/b")).toHaveLength(1);
    run.ok("g/h/b");
    expect(seen(run, "g/c")).toEqual([]);
  });

  it("does not make finished work other work", () => {
    const reader = { name: "b", function: "f", args: "${ board.entries }", board: { as: "b" } };
    const run = runOf([writer("a"), reader, { name: "c", function: "f", depends_on: ["a", "b"] }]);
    run.ok("g/b", { output: "seen nothing" });
    run.ok("g/a", posts({ topic: "t", value: 1 }));
    for (let life = 1; life < 4; life += 1) {
      run.fail("g/c");
      expect(run.status).toBe("failed");
      run.give({ type: "restart" });
      expect(run.owed).toEqual(["perform g/c"]);
    }
  });

  it("begins what reads other values anew when those are others", () => {
    const reader = { name: "b", function: "f", args: "${ [board.entries, inputs.x] }", board: { as: "b" } };
    const workflow = workflowOf({
      name: "test",
      inputs: { x: "string" },
      chain: [{ name: "g", blackboard: true, steps: [reader, { name: "c", function: "f" }] }],
    });
    const run = new CoreRun(workflow, { inputs: { x: "1" } });
    run.ok("g/b");
    run.fail("g/c");
    run.give({ type: "restart", inputs: { x: "2" } });
    expect(run.owed).toEqual(["perform g/b"]);
  });
});

describe("a wait for a blackboard", () => {
  const news = (name: string, board: string, rest: JsonObject = {}): JsonObject => ({
    name,
    wait: { board },
    ...rest,
  });

  it("is over as soon as its condition is true", () => {
    const run = runOf([writer("a"), writer("b"), news("w", "board.entries.exists(e, e.by == 'a')")]);
    expect(run.ends["g/w"]).toBe("waiting");
    run.ok("g/a", posts({ topic: "t", value: 1 }));
    expect(run.node("g/w")).toMatchObject({ end: "verified", outcome: { output: { held: true } } });
    expect(run.ends["g/b"]).toBe("running");
  });

  it("is over when nothing more can come", () => {
    const run = runOf([
      writer("a"),
      news("w", "board.entries.exists(e, e.by == 'x')"),
      news("v", "size(board.entries) > 9"),
    ]);
    run.ok("g/a", posts({ topic: "t", value: 1 }));
    expect(run.node("g/w").outcome?.output).toEqual({ held: false });
    expect(run.node("g/v").outcome?.output).toEqual({ held: false });
    expect(run.status).toBe("completed");
  });

  it("waits for what has not begun yet", () => {
    const run = runOf([
      writer("a"),
      writer("b", { depends_on: ["a"] }),
      news("w", "board.entries.exists(e, e.by == 'b')"),
    ]);
    run.ok("g/a");
    expect(run.ends["g/w"]).toBe("waiting");
    run.ok("g/b", posts({ topic: "t", value: 1 }));
    expect(run.node("g/w").outcome?.output).toEqual({ held: true });
  });

  it("is not over because the run is paused", () => {
    const run = runOf([
      writer("a"),
      writer("b", { depends_on: ["a"] }),
      news("w", "board.entries.exists(e, e.by == 'b')"),
    ]);
    run.give({ type: "pause" });
    run.ok("g/a");
    expect(run.ends["g/w"]).toBe("waiting");
    run.give({ type: "resume" });
    run.ok("g/b", posts({ topic: "t", value: 1 }));
    expect(run.node("g/w").outcome?.output).toEqual({ held: true });
  });

  it("knows what is new to its agent since it last began something", () => {
    const turn = { name: "b", function: "f", args: "${ board.entries }", board: { as: "bob" } };
    const run = runOf([
      writer("a"),
      turn,
      writer("c", { depends_on: ["a", "b"] }),
      news("w", "board.news", { board: { as: "bob" }, depends_on: ["b"] }),
    ]);
    run.ok("g/b", posts({ topic: "own", value: 1 }));
    expect(run.ends["g/w"]).toBe("waiting");
    run.ok("g/a", posts({ topic: "t", value: 1 }));
    expect(run.node("g/w").outcome?.output).toEqual({ held: true });
  });

  it("waits again in the next life of the run, for what is reused there", () => {
    const run = runOf([
      news("w", "board.entries.exists(e, e.by == 'a')"),
      writer("a", { when: "true" }),
      { name: "v", value: "${ size(board.entries) }", depends_on: ["w"] },
      { name: "c", function: "f", depends_on: ["v"] },
    ]);
    run.ok("g/a", posts({ topic: "t", value: 1 }));
    run.fail("g/c");
    run.give({ type: "restart" });
    expect(run.node("g/v").outcome?.output).toBe(1);
    expect(run.owed).toEqual(["perform g/c"]);
  });

  it("fails when its condition cannot be asked", () => {
    const run = runOf([news("w", "board.entries[0].value > 1")]);
    expect(run.node("g/w")).toMatchObject({ end: "failed", failure: { code: "EXPRESSION_FAILED" } });
  });

  it("is over when the run is cancelled, and waits on after a crash", () => {
    const run = runOf([writer("a"), news("w", "board.entries.exists(e, e.by == 'a')")]);
    run.crash();
    expect(run.ends["g/w"]).toBe("waiting");
    run.give({ type: "cancel" });
    expect(run.ends["g/w"]).toBe("cancelled");
  });
});

describe("a wait for a blackboard, in a tree of its own", () => {
  it("is over when what it waits for can only land after it", () => {
    const first = {
      name: "first",
      steps: [
        { name: "w", wait: { board: "size(board.entries) > 0" } },
        { name: "x", run: "x", writes: ["x"] },
      ],
    };
    const second = { name: "second", run: "s", writes: ["s"], board: { as: "bob", posts: { topic: "t" } } };
    const workflow = workflowOf({
      name: "test",
      workspace: { mode: "run", merge: { order: "declared" } },
      chain: [{ name: "g", blackboard: true, parallel: true, steps: [first, second] }],
    });
    const run = inTrees(withLanes(workflow, "run"));
    run.ok("g/second", checkpoint("c1", 1));
    expect(run.node("g/first/w")).toMatchObject({ end: "verified", outcome: { output: { held: false } } });
    expect(run.owed).toEqual(["perform g/first/x"]);
  });
});
