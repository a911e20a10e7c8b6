import { describe, expect, it } from "vitest";
import { CoreRun, workflowOf } from "../../testing/core-run.ts";
import type { JsonObject } from "../../expression/json.ts";
import { viewOf } from "../../core/view.ts";
import { nodeLines } from "./node.ts";
import { partsText } from "./parts.ts";
import { PlainLog } from "./plain.ts";
import { summaryLines } from "./summary.ts";

const turn = (more: JsonObject = {}): JsonObject => ({
  when: "true",
  steps: [{ name: "turn", run: "work" }],
  ...more,
});

function runOf(marks: JsonObject, cases: JsonObject): CoreRun {
  return new CoreRun(workflowOf({ name: "t", chain: [{ name: "do", switch: { ...marks, cases } }] }));
}

function textOf(lines: ReturnType<typeof summaryLines>): string {
  return lines
    .map((line) =>
      typeof line === "string"
        ? line
        : line.map((span) => (typeof span === "string" ? span : span.text)).join(""),
    )
    .join("\n");
}

function plainOf({ events }: CoreRun): readonly string[] {
  const log = new PlainLog();
  return events.flatMap((event) => log.linesOf(event)).map((line) => line.slice(9));
}

describe("what is told of ways that are taken one after another", () => {
  const play = (): CoreRun => {
    const run = runOf({ on_failure: "next" }, { a: turn(), b: turn(), c: turn() });
    run.fail("do/a/turn");
    run.fail("do/b/turn");
    run.ok("do/c/turn");
    return run;
  };

  it("names those that failed before it", () => {
    const run = play();
    expect(plainOf(run).filter((line) => line.startsWith("decided"))).toEqual([
      "decided    do → a",
      "decided    do → b, after a failed",
      "decided    do → c, after b failed",
    ]);
    const view = viewOf(run.state);
    const node = view.nodes.find(({ address }) => address === "do");
    expect(node && partsText(node)).toBe("→ c, after a and b failed");
    expect(node && textOf(nodeLines(node, { attempts: [], interrupted: false }))).toContain(
      '  a failed: "do/a/turn" failed: it broke\n  b failed: "do/b/turn" failed: it broke\n  c: true is true\n  way: c',
    );
  });

  it("says at the end that the next was taken", () => {
    const ending = {
      view: viewOf(play().state),
      stopped: false,
      tails: new Map(),
      waitsFor: [],
      next: undefined,
    };
    expect(textOf(summaryLines(ending))).toMatch(
      /do\/a\/turn COMMAND_FAILED: it broke \(the next way was taken\)\n/,
    );
  });
});

describe("what was not begun on a way that failed", () => {
  it("is not counted among the steps once another way is taken", () => {
    const two = {
      when: "true",
      steps: [
        { name: "turn", run: "x" },
        { name: "rest", run: "y" },
      ],
    };
    const run = runOf({ on_failure: "next" }, { a: two, b: turn() });
    run.fail("do/a/turn");
    run.ok("do/b/turn");
    const view = viewOf(run.state);
    expect(view.counts).toMatchObject({ total: 2, failed: 1, claimed: 0, verified: 1 });
    const ending = { view, stopped: false, tails: new Map(), waitsFor: [], next: undefined };
    expect(textOf(summaryLines(ending))).toContain("  2 steps: 1 verified · 1 failed\n");
  });
});

describe("what is told of ways that are balanced", () => {
  it("says how much is on each, and which have no room", () => {
    const cases = { a: turn({ at_once: 1 }), b: turn() };
    const each = {
      name: "all",
      for_each: { items: [1, 2, 3], as: "item" },
      steps: [{ name: "do", switch: { balance: true, cases } }],
    };
    const run = new CoreRun(workflowOf({ name: "t", chain: [each] }));
    expect(plainOf(run).filter((line) => line.startsWith("decided"))).toEqual([
      "decided    all[0]/do → a: nothing is known yet of a, b",
      "decided    all[1]/do → b: no other has room (a 1 of 1 at work; b 0 at work)",
      "decided    all[2]/do → b: no other has room (a 1 of 1 at work; b 1 at work)",
    ]);
    const node = viewOf(run.state).nodes.find(({ address }) => address === "all[1]/do");
    expect(node && textOf(nodeLines(node, { attempts: [], interrupted: false }))).toMatch(
      /a: never taken; drew [\d.]+; 1 of 1 at work\n {4}b: never taken; drew [\d.]+; 0 at work/,
    );
  });

  it("says what is waited for where all ways are full", () => {
    const steps = [{ name: "do", switch: { balance: true, cases: { a: turn({ at_once: 1 }) } } }];
    const each = { name: "all", for_each: { items: [1, 2], as: "item" }, steps };
    const run = new CoreRun(workflowOf({ name: "t", chain: [each] }));
    const node = viewOf(run.state).nodes.find(({ address }) => address === "all[1]/do");
    expect(node && textOf(nodeLines(node, { attempts: [], interrupted: false }))).toContain(
      'all[1]/do · ready · branch · waits for a way with room: "a" has 1 of 1 at work',
    );
  });

  it("says that another has less to do", () => {
    const each = {
      name: "all",
      for_each: { items: [1, 2], as: "item" },
      steps: [{ name: "do", switch: { balance: true, cases: { a: turn(), b: turn() } } }],
    };
    const run = new CoreRun(workflowOf({ name: "t", chain: [each] }), {
      plan: {
        expectedMs: {},
        decisions: {
          "all[]/do": {
            a: { good: 300, bad: 100, costUsd: 0, priced: 0 },
            b: { good: 200, bad: 200, costUsd: 0, priced: 0 },
          },
        },
      },
    });
    expect(plainOf(run).filter((line) => line.startsWith("decided"))).toEqual([
      "decided    all[0]/do → a: what has worked (a 300 of 400, b 200 of 400)",
      "decided    all[1]/do → b: what has worked and what there is to do (a 1 at work, 300 of 400 good; b 0 at work, 200 of 400 good)",
    ]);
  });
});
