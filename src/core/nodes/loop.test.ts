import { describe, expect, it } from "vitest";
import { advance, create } from "../advance.ts";
import { owedBy } from "../pending.ts";
import { nodeAt, type RunState } from "../state.ts";
import { CoreRun } from "../../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../../testing/holders.ts";
import type { EachAction, LoopAction } from "../../language/workflow.ts";

const work = stepOf("work", { kind: "function", function: "f", args: "${ [polish.round, polish.last] }" });

function runOf(rest: Partial<LoopAction>): CoreRun {
  const action: LoopAction = { kind: "loop", chain: chainOf([work]), max: 3, otherwise: "fail", ...rest };
  return new CoreRun(
    workflowWith([
      stepOf("polish", action),
      stepOf("after", undefined, { needs: [{ step: "polish", because: "depends_on" }] }),
    ]),
  );
}

describe("a loop", () => {
  it("makes so many rounds when it has no condition", () => {
    const run = runOf({ max: 2 });
    run.ok("polish#1/work");
    expect(run.owed).toEqual(["perform polish#2/work"]);
    run.ok("polish#2/work");
    expect(run.owed).toEqual(["perform after"]);
  });

  it("tells each round which one it is and what the one before gave", () => {
    const run = runOf({});
    expect(run.work("polish#1/work")).toMatchObject({ request: { args: [1, { output: null, work: null }] } });
    run.ok("polish#1/work", { output: "first" });
    expect(run.work("polish#2/work")).toMatchObject({
      request: { args: [2, { output: "first", work: "first" }] },
    });
  });

  it("ends well as soon as its condition holds", () => {
    const run = runOf({ until: "polish.last.work >= 90" });
    run.ok("polish#1/work", { output: 50 });
    run.ok("polish#2/work", { output: 95 });
    expect(run.node("polish")).toMatchObject({
      end: "claimed",
      reason: "after 2 rounds its condition holds",
    });
    expect(run.events.filter(({ type }) => type === "round.judged")).toMatchObject([
      { round: 1, done: false, until: false },
      { round: 2, done: true, until: true },
    ]);
  });

  it("fails when its rounds are over and its condition does not hold, or takes what there is", () => {
    for (const otherwise of ["fail", "accept"] as const) {
      const run = runOf({ until: "polish.last.work >= 90", max: 1, otherwise });
      run.ok("polish#1/work", { output: 50 });
      expect(run.node("polish").end).toBe(otherwise === "fail" ? "failed" : "claimed");
      expect(run.node("polish").failure?.code).toBe(otherwise === "fail" ? "LOOP_NOT_DONE" : undefined);
    }
  });

  it("stops when its number does not grow any more, and says so", () => {
    const run = runOf({
      max: 100,
      until: "polish.last.work > 90",
      plateau: { of: "polish.last.work", rounds: 2 },
    });
    for (const [round, output] of [10, 20, 20, "none"].entries())
      run.ok(`polish#${round + 1}/work`, { output: output === "none" ? 15 : output });
    expect(run.node("polish").failure?.message).toContain(
      '"polish.last.work" did not grow for 2 rounds (best: 20)',
    );
  });

  it("fails with its round, and with a condition that has no value", () => {
    const failed = runOf({});
    failed.fail("polish#1/work");
    expect(failed.status).toBe("failed");
    const wrong = runOf({ until: "polish.last.nothing > 1" });
    wrong.ok("polish#1/work", { output: 1 });
    expect(wrong.node("polish").failure?.code).toBe("EXPRESSION_FAILED");
  });

  it("goes on with the round after a crash at every moment, and makes no round twice", () => {
    const whole = runOf({ max: 3 });
    for (const round of [1, 2, 3]) whole.ok(`polish#${round}/work`);
    for (let keep = 1; keep <= whole.events.length; keep += 1) {
      const run = runOf({ max: 3 });
      for (const round of [1, 2, 3]) run.ok(`polish#${round}/work`);
      run.crash(keep);
      for (const address of ["polish#1/work", "polish#2/work", "polish#3/work", "after"])
        if (run.owed.includes(`perform ${address}`)) run.ok(address);
      expect(run.status).toBe("completed");
    }
  });

  it("looks at a round once, also after a crash right after it looked", () => {
    const run = runOf({ max: 9, plateau: { of: "polish.last.work", rounds: 2 } });
    run.ok("polish#1/work", { output: 1 });
    run.ok("polish#2/work", { output: 1 });
    run.crash(1 + run.events.findLastIndex(({ type }) => type === "round.judged"));
    expect(run.owed).toEqual(["perform polish#3/work"]);
    expect(run.node("polish").stale).toBe(1);
  });

  it("uses the rounds again that asked for the same, when it is restarted", () => {
    const env = { ROUND: "${ polish.round }", LAST: "${ polish.last }" };
    const told = stepOf("work", { kind: "function", function: "f", args: null }, { env });
    const run = runOf({ chain: chainOf([told]) });
    run.ok("polish#1/work", { output: 1 });
    run.ok("polish#2/work", { output: 2 });
    run.fail("polish#3/work");
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform polish#3/work"]);
  });

  it("drops the rounds after the one that it is restarted from", () => {
    const run = runOf({ chain: chainOf([stepOf("work"), stepOf("look")]) });
    for (const round of [1, 2, 3]) for (const name of ["work", "look"]) run.ok(`polish#${round}/${name}`);
    run.ok("after");
    run.give({ type: "restart", from: "polish#2/look" });
    expect(run.node("polish#2/work").reused).toBe(true);
    for (const address of ["polish#2/look", "polish#3/work", "polish#3/look", "after"]) {
      expect(run.owed).toEqual([`perform ${address}`]);
      run.ok(address);
    }
    expect(run.status).toBe("completed");
  });

  it("does not begin a round while the run is paused", () => {
    const run = runOf({});
    run.give({ type: "pause" });
    run.ok("polish#1/work");
    expect(run.owed).toEqual([]);
    run.give({ type: "resume" });
    expect(run.owed).toEqual(["perform polish#2/work"]);
  });
});

/** The state of a run that goes through this loop to its end. */
function wentThrough(action: LoopAction): RunState {
  const { state, events } = create({
    type: "create",
    at: 1,
    runId: "r",
    seed: "s",
    workflow: workflowWith([stepOf("polish", action)]),
    inputs: {},
    plan: { expectedMs: {} },
    overrides: {},
  });
  let owed = owedBy(state, events);
  for (let next = owed[0]; next?.type === "perform"; next = owed[0]) {
    const made = advance(state, { type: "outcome", at: 2, effect: next.id, outcome: { ok: true } });
    owed = owedBy(state, made).filter(({ type }) => type === "perform");
  }
  expect(state.status).toBe("completed");
  return state;
}

it("a loop of 3,000 rounds keeps a thousand of them", () => {
  const state = wentThrough({
    kind: "loop",
    chain: chainOf([stepOf("work")]),
    max: 3000,
    otherwise: "fail",
  });
  expect(state.ledger.attempts).toBe(3000);
  expect(state.byAddress.size).toBe(2001);
});

it("a loop of large rounds keeps so many of them that its nodes stay below a hundred thousand, but two", () => {
  const rounds = (items: number, max: number): LoopAction => {
    const list = `\${ [${Array.from({ length: items }, () => 1).join()}] }`;
    const all: EachAction = { kind: "each", items: list, as: "item", chain: chainOf([]) };
    return { kind: "loop", chain: chainOf([stepOf("all", all)]), max, otherwise: "fail" };
  };
  const state = wentThrough(rounds(500, 300));
  expect(state.byAddress.size).toBeGreaterThan(90_000);
  expect(state.byAddress.size).toBeLessThan(100_001);
  expect(nodeAt(state, "polish")?.children.at(-1)?.place).toBe(299);
});
