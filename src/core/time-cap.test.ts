import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../expression/json.ts";
import { beginning, CoreRun, parallelOf } from "../testing/core-run.ts";
import { undoChain } from "../testing/undoing.ts";
import { budgetOf } from "./budget-view.ts";
import { findUnsound } from "./sound.ts";
import { explain } from "./why.ts";

const limits: JsonObject = { time: "10s" };
const message = 'Cannot go on with "a": the cap on time of "a" is used up (10 s of 10 s)';

function chainOf(...steps: readonly Json[]): CoreRun {
  return new CoreRun(undoChain(steps));
}

describe("the time of a step", () => {
  it("is over after all its attempts together, and the waits between them", () => {
    const run = chainOf({ name: "a", run: "./a", limits, retry: { max: 5, backoff: "constant" } });
    expect(run.dueAt("limit:a")).toBe(beginning + 10_000);
    run.now += 4000;
    run.fail("a", { class: "transient" });
    expect(run.dueAt("limit:a")).toBe(beginning + 10_000);
    run.fire("retrying:a");
    run.fire("limit:a");
    expect(run.now).toBe(beginning + 10_000);
    expect(run.ends["a"]).toBe("running");
    expect(explain(run.state)[0]?.waitsFor).toMatch(/^attempt 2 .*, to be stopped: the time of "a" is over$/);
    run.fail("a", { class: "cancelled" });
    expect(run.node("a").failure).toMatchObject({
      code: "LIMIT_REACHED",
      message,
      fix: 'raise "time" in the `limits` of "a", then resume with --update',
    });
    expect([run.status, run.state.reason]).toEqual(["failed", `"a" failed: ${message}`]);
  });

  it.each([
    ["400ms", "400 ms of 400 ms"],
    ["1500ms", "1.5 s of 1.5 s"],
    ["90s", "90 s of 90 s"],
  ])("of %s is told as exactly as it is written", (time, told) => {
    const run = chainOf({ name: "a", run: "./a", limits: { time } });
    run.fire("limit:a");
    run.fail("a", { class: "cancelled" });
    expect(run.node("a").failure?.message).toBe(message.replace("10 s of 10 s", told));
  });

  it("ends at once what only waits", () => {
    const run = chainOf({ name: "a", run: "./a", limits, retry: { max: 5, backoff: "constant" } });
    run.now += 9900;
    run.fail("a", { class: "transient" });
    run.fire("limit:a");
    expect([run.status, run.node("a").failure?.code]).toEqual(["failed", "LIMIT_REACHED"]);
  });

  it("does not matter to work that ends well all the same, nor to a retry that comes too late", () => {
    const done = chainOf({ name: "a", run: "./a", limits });
    done.fire("limit:a");
    done.ok("a");
    expect(done.status).toBe("completed");
    const failed = chainOf({ name: "a", run: "./a", limits, retry: 3 });
    failed.fire("limit:a");
    failed.fail("a", { class: "transient" });
    expect([failed.status, failed.node("a").failure?.code]).toEqual(["failed", "LIMIT_REACHED"]);
  });

  it("stops the gates after it, and a step that is checked outside", () => {
    const run = chainOf({ name: "a", run: "./a", limits, gates: [{ run: "./check", retry: 2 }] });
    run.ok("a");
    run.fire("limit:a");
    expect(run.ends["a"]).toBe("gates");
    run.fail("a", { class: "cancelled" });
    expect(run.node("a").failure?.message).toBe(message);
  });

  it("is tolerated as its error strategy says", () => {
    const run = chainOf(
      { name: "a", run: "./a", limits, error_strategy: { fallback: "b" } },
      { name: "b", run: "./b" },
    );
    run.fire("limit:a");
    run.fail("a", { class: "cancelled" });
    expect(run.owed).toEqual(["perform b"]);
  });

  it("does not pass while the run waits, nor while no process drives it, and no crash forgets it", () => {
    const run = chainOf({ name: "ok", approval: "Go?" }, { name: "a", run: "./a", limits, retry: 2 });
    run.now += 60_000;
    run.give({ type: "answer", address: "ok", value: true, by: "ann" });
    run.now += 3000;
    run.give({ type: "pause", reason: "lunch" });
    run.now += 1000;
    run.fail("a", { class: "transient" });
    expect(run.dueAt("limit:a")).toBeUndefined();
    run.now += 100_000;
    run.crash();
    expect([run.status, run.dueAt("limit:a")]).toEqual(["paused", undefined]);
    run.now += 100_000;
    run.give({ type: "resume" });
    expect(run.dueAt("limit:a")).toBe(run.now + 6000);
  });

  it("is used until the process that was killed was last known to live", () => {
    const run = chainOf({ name: "a", limits, steps: [{ name: "b", run: "./b", limits: { time: "9s" } }] });
    const usedOf = () => budgetOf(run.state).nodes.map(({ address, used }) => [address, used.timeMs]);
    for (const round of [1, 2, 3]) {
      run.now += 2500;
      const aliveAt = run.now - 500;
      run.now += 60_000;
      run.give({ type: "recover", aliveAt });
      expect(usedOf()).toEqual(["a", "a/b"].map((address) => [address, round * 2000]));
    }
    expect([run.dueAt("limit:a"), run.dueAt("limit:a/b")]).toEqual([run.now + 4000, run.now + 3000]);
  });

  it("is only told in audit, once", () => {
    const run = new CoreRun(undoChain([{ name: "a", run: "./a", limits }], { limits: { mode: "audit" } }));
    run.fire("limit:a");
    expect(run.dueAt("limit:a")).toBeUndefined();
    expect(run.events.at(-1)).toMatchObject({ type: "limit.passed", limit: "timeMs", of: "a", cap: 10_000 });
    run.ok("a");
    expect(run.status).toBe("completed");
  });

  it("gives way to a cancel", () => {
    const run = chainOf({ name: "a", run: "./a", limits });
    run.give({ type: "cancel" });
    expect(run.dueAt("limit:a")).toBeUndefined();
    run.now += 20_000;
    expect(run.give({ type: "timer", timer: "limit:a" })).toEqual([]);
    run.fail("a", { class: "cancelled" });
    expect(run.status).toBe("cancelled");
  });

  it("is used up for all lives of the run, until the cap is raised", () => {
    const steps = (time: string): Json[] => [
      { name: "a", run: "./a", limits: { time } },
      { name: "z", run: "./z" },
    ];
    const run = new CoreRun(undoChain(steps("10s")));
    run.now += 6000;
    run.fail("a");
    expect(budgetOf(run.state).nodes[0]?.used.timeMs).toBe(6000);
    run.give({ type: "restart" });
    expect(run.dueAt("limit:a")).toBe(run.now + 4000);
    run.fire("limit:a");
    run.fail("a", { class: "cancelled" });
    const owed = run.give({ type: "restart" });
    expect(owed.some(({ type }) => type === "attempt.started")).toBe(false);
    expect([run.status, run.node("a").failure?.message]).toEqual(["failed", message]);
    run.give({ type: "restart", workflow: undoChain(steps("15s")) });
    expect(run.dueAt("limit:a")).toBe(run.now + 5000);
    run.ok("a");
    run.give({ type: "restart", from: "z" });
    run.ok("z");
    expect(run.status).toBe("completed");
  });

  it("takes over what a life used that was ended in the middle", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", run: "./a", limits },
        { name: "z", run: "./z" },
      ]),
    );
    run.now += 3000;
    run.ok("z");
    run.give({ type: "restart", from: "z" });
    expect(run.dueAt("limit:a")).toBe(run.now + 7000);
  });
});

describe("the time of a block", () => {
  const inner: Json[] = [
    { name: "p", run: "./p" },
    { name: "q", wait: { signal: "go" } },
    { name: "r", approval: "Go?" },
    { name: "s", run: "./s", depends_on: ["p"] },
  ];
  const block: JsonObject = { name: "a", limits, chain: { parallel_where_possible: true, steps: inner } };
  const two: Json[] = [
    { name: "p", run: "./p" },
    { name: "q", run: "./q" },
  ];
  const race: JsonObject = { name: "a", limits, parallel: "any", steps: two };

  it("stops what runs in it, ends what waits, begins no more, and goes by its error strategy", () => {
    const run = chainOf({ ...block, error_strategy: "continue_on_failure" }, { name: "b", run: "./b" });
    run.fire("limit:a");
    expect(run.ends).toMatchObject({ a: "open", "a/p": "running", "a/q": "cancelled", "a/r": "cancelled" });
    run.fail("a/p", { class: "cancelled" });
    expect(run.ends).toMatchObject({ a: "failed", "a/p": "cancelled", "a/s": "ready" });
    expect(run.node("a").failure?.message).toBe(message);
    run.ok("b");
    expect([run.status, run.state.reason]).toEqual(["degraded", '"a" failed; the run went on']);
  });

  it("is no matter of the children that it cancels", () => {
    const run = chainOf(block);
    run.fire("limit:a");
    run.fail("a/p", { class: "cancelled" });
    expect(run.state.reason).toBe(`"a" failed: ${message}`);
    expect(explain(run.state).find(({ address }) => address === "a")?.waitsFor).toBe(`nothing: ${message}`);
  });

  it("holds for decisions, rounds and items, however deep", () => {
    for (const [holder, at] of [
      [{ flow: [{ if: "true", then: [{ name: "x", run: "./x" }] }] }, "a/then/x"],
      [{ repeat: 3, steps: [{ name: "x", run: "./x" }] }, "a#1/x"],
      [{ for_each: { items: [1, 2], as: "it" }, steps: [{ name: "x", run: "./x" }] }, "a[0]/x"],
    ] as const) {
      const run = chainOf({ name: "a", limits, ...holder });
      run.fire("limit:a");
      while (run.owed.length > 0)
        run.fail(run.owed[0]?.replace("perform ", "") ?? "", { class: "cancelled" });
      expect([at, run.ends[at], run.node("a").failure?.message]).toEqual([at, "cancelled", message]);
    }
  });

  it("ends a loop between two rounds", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", limits, repeat: 3, steps: [{ name: "x", run: "./x" }] },
        { name: "z", run: "./z" },
      ]),
    );
    run.give({ type: "pause" });
    run.ok("a#1/x");
    run.fire("limit:a");
    expect(run.node("a").failure?.message).toBe(message);
  });

  it("begins nothing when it was used up in an earlier life, and uses what there is", () => {
    const run = chainOf({ name: "a", limits, steps: two });
    run.ok("a/p");
    run.fire("limit:a");
    run.fail("a/q", { class: "cancelled" });
    run.give({ type: "restart" });
    expect(run.status).toBe("failed");
    expect(run.ends).toMatchObject({ a: "failed", "a/p": "verified", "a/q": "ready" });
    expect(run.state.ledger.attempts).toBe(2);
  });

  it("is not that of a race that somebody has won", () => {
    const run = chainOf(race);
    run.ok("a/p");
    expect(run.dueAt("limit:a")).toBeUndefined();
    run.fail("a/q", { class: "cancelled" });
    expect(run.status).toBe("completed");
  });

  it("ends a race that nobody has won", () => {
    const run = chainOf(race);
    run.fire("limit:a");
    run.fail("a/p", { class: "cancelled" });
    run.fail("a/q", { class: "cancelled" });
    expect(run.node("a").failure?.message).toBe(message);
  });

  it("goes on where it was after a crash at any event", () => {
    const whole = chainOf(block);
    whole.now += 2000;
    whole.fire("limit:a");
    whole.fail("a/p", { class: "cancelled" });
    for (let keep = 1; keep <= whole.events.length; keep += 1) {
      const run = chainOf(block);
      run.events.splice(0, run.events.length, ...whole.events);
      run.now = whole.now;
      run.crash(keep);
      if (run.dueAt("limit:a") !== undefined) run.fire("limit:a");
      if (run.owed.includes("perform a/p")) run.fail("a/p", { class: "cancelled" });
      expect([keep, run.status, run.node("a").failure?.message.slice(0, 55)]).toEqual([
        keep,
        "failed",
        message.slice(0, 55),
      ]);
    }
  });
});

it("a log is unsound when time is over twice, or where it has no cap", () => {
  const run = chainOf({ name: "a", limits, steps: [{ name: "p", run: "./p" }] });
  run.fire("limit:a");
  const rules = (address: string) =>
    findUnsound([...run.events, { type: "time.up", address, usedMs: 1, capMs: 1, at: run.now }]).map(
      ({ rule }) => rule,
    );
  const rule = "time is over once, where it has a cap";
  expect([rules("a"), rules("a/p")]).toEqual([[rule], [rule]]);
});
