import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../expression/json.ts";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { viewOf } from "./view.ts";
import { explain } from "./why.ts";

function runOf(steps: readonly Json[], blackboard: Json = true): CoreRun {
  return new CoreRun(
    workflowOf({ name: "test", chain: [{ name: "g", blackboard, parallel: true, steps: [...steps] }] }),
  );
}

const writer = (name: string): JsonObject => ({ name, function: "f", board: { as: name } });
const posts = (entry: JsonObject): { output: Json } => ({ output: { posts: [entry] } });

describe("a blackboard", () => {
  it("is shown with what was written, by whom, and where they disagree", () => {
    const run = runOf([writer("a"), writer("b")], { resolve: "first" });
    const board = () => viewOf(run.state).nodes.find(({ address }) => address === "g")?.board;
    expect(board()).toEqual({ entries: [], conflicts: [] });
    run.ok("g/a", posts({ topic: "t", key: "k", value: 1 }));
    run.ok("g/b", posts({ topic: "t", key: "k", value: 2 }));
    expect(board()).toEqual({
      entries: [
        { by: "a", topic: "t", key: "k", value: 1, address: "g/a" },
        { by: "b", topic: "t", key: "k", value: 2, address: "g/b" },
      ],
      conflicts: [
        {
          topic: "t",
          key: "k",
          values: [
            { by: "a", value: 1 },
            { by: "b", value: 2 },
          ],
          resolved: true,
          value: 1,
          rule: "first",
        },
      ],
    });
    expect(viewOf(run.state).nodes.find(({ address }) => address === "g/a")?.board).toBeUndefined();
  });

  it("is shown with what did not come onto it, and why", () => {
    const run = runOf([writer("a")], { topics: { t: {} } });
    run.ok("g/a", posts({ topic: "x", value: 1 }));
    expect(viewOf(run.state).nodes.find(({ address }) => address === "g")?.board).toEqual({
      entries: [],
      conflicts: [],
      refused: [{ by: "a", address: "g/a", why: 'posts[0]: there is no topic "x"' }],
    });
  });

  it("is what a step waits for that waits for something on it", () => {
    const until = (text: string) => {
      const run = runOf([writer("a"), { name: "w", wait: { board: text } }]);
      return explain(run.state).find(({ address }) => address === "g/w")?.waitsFor;
    };
    expect(until("size(board.entries) > 0")).toBe("something on the blackboard: size(board.entries) > 0");
    expect(until(`size(board.entries) > ${"1".repeat(10)} || ${"false || ".repeat(20)}false`)).toMatch(
      /^.{120,130}…$/,
    );
  });
});
