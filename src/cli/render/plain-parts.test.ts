import { describe, expect, it } from "vitest";
import { CoreRun } from "../../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../../testing/holders.ts";
import type { Action, EachAction, LoopAction, Step } from "../../language/workflow.ts";
import { PlainLog } from "./plain.ts";

const one = chainOf([stepOf("a")]);

/** The lines of a run without their times, when the test has played it. */
function linesOf(action: Action, play: (run: CoreRun) => void, step: Partial<Step> = {}): readonly string[] {
  const run = new CoreRun(workflowWith([stepOf("p", action, step)]));
  play(run);
  const log = new PlainLog();
  const lines = run.events.flatMap((event) => log.linesOf(event)).map((line) => line.slice(9));
  return lines.filter((line) => !line.startsWith("run ") && !line.includes(" workflow"));
}

describe("the plain lines of nodes with parts", () => {
  it("say which way was taken and why; ways have no lines of their own", () => {
    const ways = [
      { name: "then", when: "1 > 3", chain: one },
      { name: "else", chain: one },
    ];
    expect(linesOf({ kind: "branch", ways }, (run) => run.ok("p/else/a"))).toEqual([
      "decided    p → else: 1 > 3 is false",
      "started    p/else/a: a()",
      "claimed    p/else/a in 0s",
      "claimed    p in 0s",
    ]);
  });

  it("say what was found after each round", () => {
    const loop: LoopAction = {
      kind: "loop",
      chain: one,
      max: 2,
      until: "p.last.a > 1",
      plateau: { of: "p.last.a", rounds: 9 },
      otherwise: "fail",
    };
    const play = (run: CoreRun) => {
      run.ok("p#1/a", { output: 1 });
      run.ok("p#2/a", { output: 2 });
    };
    expect(linesOf(loop, play).filter((line) => !line.includes("/a"))).toEqual([
      "round      p#1: until is false, measure 1",
      "round      p#2: until is true, measure 2",
      "claimed    p in 0s: after 2 rounds its condition holds",
    ]);
  });

  it("tell of a long loop every tenth, then every hundredth round", () => {
    const play = (run: CoreRun) => {
      for (let round = 1; round <= 210; round += 1) run.ok(`p#${round}/a`);
    };
    const lines = linesOf({ kind: "loop", chain: one, max: 210, otherwise: "fail" }, play);
    const rounds = lines
      .filter((line) => line.startsWith("round"))
      .map((line) => Number(/\d+/.exec(line)?.[0]));
    expect(rounds).toEqual([30, 40, 50, 60, 70, 80, 90, 100, 200]);
    expect(lines.filter((line) => line.includes("/a")).length).toBe(40);
  });

  it("say of an item that failed and is tolerated that the run goes on", () => {
    const each: EachAction = { kind: "each", items: "${ [1, 2] }", as: "i", chain: one };
    const play = (run: CoreRun) => {
      run.fail("p[0]/a");
      run.ok("p[1]/a");
    };
    expect(linesOf(each, play, { errorStrategy: "continue_on_failure" })).toEqual([
      "items      p: 2 items",
      "started    p[0]/a: a()",
      "started    p[1]/a: a()",
      "failed     p[0]/a in 0s: COMMAND_FAILED: it broke",
      'failed     p[0] in 0s: COMMAND_FAILED: "p[0]/a" failed: it broke (tolerated: the run goes on)',
      "claimed    p[1]/a in 0s",
      "claimed    p in 0s",
    ]);
  });

  it("tell of a wide list how far it is, and only the first failures", () => {
    const each: EachAction = { kind: "each", items: "${ inputs.list }", as: "i", concurrency: 1, chain: one };
    const step = stepOf("p", each, { errorStrategy: "continue_on_failure" });
    const run = new CoreRun(workflowWith([step]), { inputs: { list: Array.from({ length: 200 }, () => 0) } });
    for (let item = 0; item < 200; item += 1) {
      if (item % 4 === 0) run.fail(`p[${item}]/a`);
      else run.ok(`p[${item}]/a`);
    }
    const log = new PlainLog();
    const lines = run.events.flatMap((event) => log.linesOf(event)).map((line) => line.slice(9));
    const progress = lines.filter((line) => line.startsWith("progress"));
    expect(progress.length).toBe(20);
    expect(progress.at(-1)).toBe("progress   p: 200 of 200 items, 50 failed");
    expect(lines.filter((line) => line.startsWith("failed")).length).toBe(20);
    expect(lines.length).toBeLessThan(50);
  });

  it("leave nothing out for an item whose key looks like a late round", () => {
    const each: EachAction = { kind: "each", items: '${ ["#99"] }', as: "i", key: "i", chain: one };
    expect(linesOf(each, (run) => run.ok("p[#99]/a"))).toContain("started    p[#99]/a: a()");
  });

  it("say when enough steps of a join ended well", () => {
    const chain = chainOf([stepOf("a"), stepOf("b")], { parallelAlways: true });
    const lines = linesOf({ kind: "chain", chain, join: "any" }, (run) => run.ok("p/a"));
    expect(lines).toContain("joined     p: enough of its steps ended well");
  });

  it("forget everything when the run is restarted", () => {
    const each: EachAction = { kind: "each", items: "${ [1] }", as: "i", chain: one };
    const play = (run: CoreRun) => {
      run.fail("p[0]/a");
      run.give({ type: "restart" });
      run.ok("p[0]/a");
    };
    expect(linesOf(each, play).filter((line) => line.startsWith("items")).length).toBe(2);
  });
});
