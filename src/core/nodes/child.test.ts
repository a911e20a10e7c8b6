import { describe, expect, it } from "vitest";
import { loadObject } from "../../language/load.ts";
import type { Json, JsonObject } from "../../expression/json.ts";
import { beginning, CoreRun } from "../../testing/core-run.ts";
import { childCaps, childTimeMs } from "../child-caps.ts";
import { type ChildEnd, type ChildStatus, nothingSpent, type Spent } from "../child-record.ts";
import { findUnsound } from "../sound.ts";
import { explain } from "../why.ts";
import { viewOf } from "../view.ts";

function workflow(value: JsonObject, workflows = {}) {
  const { workflow: found, problems } = loadObject(value, { workflows });
  if (!found) throw new Error(problems.map(({ message }) => message).join("\n"));
  return found;
}

const other = workflow({
  name: "other",
  limits: { cost: 3, tokens: 500, agents: 4, time: "1h" },
  inputs: { word: { type: "string", default: "w" } },
  chain: [{ name: "n", run: "x" }],
});

function runOf(steps: readonly Json[], rest: JsonObject = {}): CoreRun {
  const chain = { parallel_where_possible: true, steps };
  const value = { name: "x", limits: { parallel: 4 }, chain, ...rest } as JsonObject;
  return new CoreRun(workflow(value, { "./other.yaml": other }));
}

const sub: JsonObject = { name: "sub", workflow: "./other.yaml", mode: "child" };

/** The run that does the step is left so. */
function leave(run: CoreRun, status: ChildStatus, more: Partial<ChildEnd> = {}, address = "sub") {
  const { id } = run.work(address);
  const child = { id: childOf(run, address) ?? "", status, spent: nothingSpent, undoable: 0, ...more };
  const ok = status === "completed" || status === "degraded";
  const failed = {
    code: status === "cancelled" ? "CANCELLED" : "CHILD_FAILED",
    message: "it broke",
  } as const;
  const failure = {
    ...failed,
    class: status === "cancelled" ? ("cancelled" as const) : ("failure" as const),
  };
  const reported = status === "degraded" ? { reported: "partial" as const } : {};
  return run.give({
    type: "outcome",
    effect: id,
    outcome: { ok, child, output: { n: 1 }, ...(ok ? {} : { failure }), ...reported },
  });
}

function childOf(run: CoreRun, address = "sub"): string | undefined {
  const { request } = run.node(address);
  return request?.kind === "workflow" ? request.child : undefined;
}

const some: Spent = { ...nothingSpent, costUsd: 0.5, inputTokens: 10, outputTokens: 5, agents: 1 };

describe("a step that a run of its own does", () => {
  it("names that run before it is owed, with the inputs it gets", () => {
    const run = runOf([sub]);
    expect(run.work("sub")).toMatchObject({
      request: { kind: "workflow", workflow: "other", child: "r1.1", inputs: { word: "w" } },
    });
    leave(run, "completed", { verified: true });
    expect(run.ends).toEqual({ sub: "verified" });
    expect(viewOf(run.state).nodes[0]?.child).toEqual({ id: "r1.1", status: "completed" });
  });

  it("waits with it, for a time too, and looks again when that has come, or somebody says so", () => {
    const run = runOf([sub]);
    leave(run, "waiting", { reason: 'an answer to "ok"', dueAt: beginning + 5000 });
    expect(run.status).toBe("waiting");
    expect(run.state.reason).toBe('run r1.1, which waits for an answer to "ok"');
    expect(explain(run.state)[0]).toEqual({
      address: "sub",
      waitsFor: 'run r1.1, which waits for an answer to "ok"',
      fix: "tutti why r1.1",
    });
    run.fire("waiting:sub");
    expect(run.status).toBe("executing");
    expect(explain(run.state)[0]?.waitsFor).toContain("its run r1.1");
    leave(run, "waiting");
    expect(run.state.reason).toBe("run r1.1, which waits for something outside");
    expect(run.give({ type: "child", child: "r1.9" }).map(({ type }) => type)).toEqual(["effect.dropped"]);
    run.give({ type: "child", child: "r1.1" });
    leave(run, "completed");
    expect(run.ends).toEqual({ sub: "claimed" });
  });

  it("asks it again after a crash, whatever it did before", () => {
    const run = runOf([sub]);
    const { id } = run.work("sub");
    run.crash();
    expect(run.work("sub").id).toBe(id);
    leave(run, "waiting");
    expect(run.owed).toEqual([]);
    run.crash();
    expect(run.work("sub").id).toBe(id);
    leave(run, "degraded", { reason: "so" });
    expect(run.status).toBe("degraded");
    expect(run.node("sub").reason).toBe("run r1.1, which does it, is degraded: so");
    expect(run.node("sub").attempt).toBe(1);
  });

  it("is paused and goes on with it", () => {
    const run = runOf([sub, { name: "other", run: "x" }]);
    run.give({ type: "pause" });
    leave(run, "paused");
    expect(explain(run.state).find(({ address }) => address === "sub")?.waitsFor).toContain("is paused");
    run.give({ type: "resume" });
    expect(run.owed).toContain("perform sub");
    leave(run, "waiting");
    run.give({ type: "pause" });
    run.give({ type: "resume" });
    expect(run.owed).toEqual(["perform other"]);
  });

  it("goes on with the same run after a failure, and with another after it was completed", () => {
    const run = runOf([{ ...sub, retry: { max: 1, on: ["failure"], backoff: "none" } }]);
    leave(run, "failed");
    run.fire("retrying:sub");
    expect(childOf(run)).toBe("r1.1");
    leave(run, "failed");
    expect(run.status).toBe("failed");
    run.give({ type: "restart" });
    expect(childOf(run)).toBe("r1.1");
    leave(run, "completed");
    run.give({ type: "restart" });
    expect(run.status).toBe("completed");
    expect(run.node("sub").reused).toBe(true);
    expect(viewOf(run.state).nodes[0]?.child).toMatchObject({ id: "r1.1" });
    run.give({ type: "restart", from: "sub" });
    expect(childOf(run)).toBe("r1.2");
    leave(run, "completed");
    expect(run.state.childCount).toBe(2);
  });

  it("begins another for a gate that wants it done again", () => {
    const run = runOf([{ ...sub, gates: [{ run: "check", retry: 1 }] }]);
    leave(run, "completed");
    run.fail("sub");
    run.fire("retrying:sub");
    expect(childOf(run)).toBe("r1.2");
  });

  it("fails when its inputs do not fit", () => {
    const run = runOf([
      { name: "a", run: "x" },
      { ...sub, with: { word: "${ steps.a.output.list }" } },
    ]);
    run.ok("a", { output: { list: 3 } });
    expect(run.node("sub").failure?.code).toBe("INPUT_INVALID");
  });
});

describe("a run inside that nobody needs any more", () => {
  it("is looked at to be ended when the run is cancelled while it waits", () => {
    const run = runOf([sub]);
    leave(run, "waiting");
    run.give({ type: "cancel" });
    expect(run.node("sub").child).toEqual({ id: "r1.1", cancel: true });
    leave(run, "cancelled");
    expect(run.status).toBe("cancelled");
  });

  it("is ended when it says only after the cancel that it waits", () => {
    const run = runOf([sub]);
    run.give({ type: "cancel" });
    leave(run, "waiting");
    expect(run.node("sub")).toMatchObject({ phase: "running", child: { cancel: true } });
    leave(run, "cancelled");
    expect(run.status).toBe("cancelled");
  });

  it("is ended when its block stops, before or after it waits", () => {
    const run = runOf([sub, { ...sub, name: "late" }, { name: "bad", run: "x" }]);
    leave(run, "waiting");
    run.fail("bad");
    expect(run.node("sub").child?.cancel).toBe(true);
    leave(run, "waiting", {}, "late");
    expect(run.node("late").child?.cancel).toBe(true);
    leave(run, "cancelled");
    leave(run, "cancelled", {}, "late");
    expect(run.status).toBe("failed");
  });

  it("is ended when others were enough, also after a crash", () => {
    const steps = [sub, { name: "quick", run: "x" }];
    const run = runOf([{ name: "race", parallel: "any", steps }]);
    run.ok("race/quick");
    run.crash();
    expect(run.owed).toEqual(["perform race/sub"]);
    leave(run, "waiting", {}, "race/sub");
    expect(run.node("race/sub").child?.cancel).toBe(true);
    leave(run, "cancelled", {}, "race/sub");
    expect(run.status).toBe("completed");
  });
});

describe("what a run inside uses", () => {
  it("is counted once, however often it is told", () => {
    const run = runOf([{ ...sub, limits: { cost: 2, agents: 3 } }]);
    const { id } = run.work("sub");
    run.give({ type: "spent", effect: id, spent: some });
    expect(run.give({ type: "spent", effect: id, spent: some })).toEqual([]);
    expect(run.state.ledger).toMatchObject({ costUsd: 0.5, inputTokens: 10, agents: 1 });
    expect(run.state.budget.used.get("sub")).toMatchObject({ costUsd: 0.5, tokens: 15, agents: 1 });
    expect(childCaps(run.state, run.node("sub"))).toEqual({ costUsd: 2, tokens: 500, agents: 3 });
    run.crash();
    leave(run, "failed", { spent: { ...some, costUsd: 0.75, unknownCosts: 1 } });
    expect(run.state.ledger).toMatchObject({ costUsd: 0.75, unknownCosts: 1, agents: 1 });
    expect(run.node("sub")).toMatchObject({ costUsd: 0.75, costUnknown: true });
    expect(run.give({ type: "spent", effect: id, spent: nothingSpent })).toEqual([]);
  });

  it("without this one is counted as this one is taken up, be it over or waiting", () => {
    const two = { ...sub, name: "two" };
    for (const status of ["failed", "waiting"] as const) {
      const run = runOf([sub, two]);
      leave(run, status, { spent: some });
      if (status === "failed") leave(run, "cancelled", {}, "two");
      run.give({ type: "stop", reason: "left" });
      run.give({ type: "recover", spent: { "r1.1": { ...some, costUsd: 0.75 }, other: some } });
      expect(run.state.ledger).toMatchObject({ costUsd: 0.75, agents: 1 });
      expect(run.node("sub").costUsd).toBe(0.75);
      expect(findUnsound(run.events)).toEqual([]);
    }
  });

  it("is done, and only taken up when this one goes on", () => {
    const run = runOf([sub]);
    leave(run, "waiting");
    for (const status of ["completed", "degraded"] as const) {
      const node = run.node("sub");
      node.child = { id: "r1.1", status };
      expect(explain(run.state).find(({ address }) => address === "sub")).toEqual({
        address: "sub",
        waitsFor: `run r1.1, which is ${status}; it is taken up when this one goes on`,
      });
    }
  });

  it("is bounded by what is left of the run's caps, of its own, and by nothing where caps are only told", () => {
    const run = runOf(
      [
        { ...sub, depends_on: ["a"] },
        { name: "a", prompt: "p", agent: "mock" },
      ],
      {
        limits: { cost: 2, tokens: 100, agents: 3, time: "1m" },
      },
    );
    const caps = () => childCaps(run.state, run.node("sub"));
    run.ok("a", { usage: { costUsd: 0.5, inputTokens: 40, outputTokens: 10 } });
    expect(caps()).toEqual({ costUsd: 1.5, tokens: 50, agents: 2 });
    expect(childCaps(run.state, run.node("a"))).toEqual({});
    run.now += 10_000;
    run.give({ type: "spent", effect: run.work("sub").id, spent: some });
    expect(caps()).toEqual({ costUsd: 1.5, tokens: 50, agents: 2 });
    const timeMs = (ownMs: number, usedMs = 0) => childTimeMs(run.state, { ownMs, usedMs });
    expect(timeMs(3_600_000)).toBe(50_000);
    expect(timeMs(3_600_000, 7000)).toBe(57_000);
    expect(timeMs(1000, 7000)).toBe(1000);
    leave(run, "waiting");
    expect(timeMs(3_600_000)).toBe(50_000);
    const told = runOf([sub], { limits: { mode: "audit" } });
    expect(childCaps(told.state, told.node("sub"))).toEqual({});
  });

  it("may be bounded anew while it goes on", () => {
    const run = runOf([sub]);
    run.give({ type: "cap", limits: { agents: 1 } });
    expect(run.state.limits).toMatchObject({ agents: 1, parallel: 4 });
  });
});

describe("events of children in a damaged log", () => {
  it("change nothing where there is no such run", () => {
    const run = runOf([{ name: "a", run: "x" }]);
    run.give({ type: "spent", effect: "a@0.1", spent: some });
    expect(run.state.ledger.costUsd).toBe(0);
  });
});

describe("a run that a cap of the run around it stopped", () => {
  const hit = { limit: "agents", used: 3, cap: 3 } as const;
  const failure = { code: "LIMIT_REACHED", message: "no more", class: "permanent" } as const;
  const stopped = (run: CoreRun, reason = "no more") => {
    const child = { id: "r1.1", status: "failed", spent: nothingSpent, reason } as const;
    const outcome = { ok: false, failure, child, asked: false, limit: hit };
    return run.give({ type: "outcome", effect: run.work("sub").id, outcome });
  };

  it("goes on with it, which stops there, and what else is under way comes to its end", () => {
    const run = runOf([sub, { name: "w", wait: { signal: "go" } }, { name: "s", run: "x", retry: 1 }]);
    stopped(run);
    expect(run.status).toBe("executing");
    run.fail("s", { class: "transient" });
    expect(run.ends).toEqual({ sub: "waiting", w: "waiting", s: "retrying" });
    expect(run.status).toBe("failed");
    expect(explain(run.state).find(({ address }) => address === "sub")?.waitsFor).toBe(
      "run r1.1, which goes on with this one: no more",
    );
    run.give({ type: "restart", overrides: { limits: { agents: 9 } } });
    expect(run.work("sub")).toMatchObject({ request: { child: "r1.1" } });
  });

  it("is asked again after a crash, and stays where it is", () => {
    const run = runOf([sub, { name: "s", run: "x" }]);
    stopped(run);
    run.crash();
    stopped(run);
    run.ok("s");
    expect([run.status, run.ends["sub"]]).toEqual(["failed", "waiting"]);
  });

  it("ends its step when nobody needs it, or its block has stopped", () => {
    const cancelled = runOf([sub]);
    cancelled.give({ type: "cancel" });
    stopped(cancelled);
    expect(cancelled.ends["sub"]).toBe("failed");
    const beside = runOf([sub, { name: "z", run: "x" }]);
    beside.fail("z");
    stopped(beside);
    expect(beside.ends["sub"]).toBe("failed");
  });
});
