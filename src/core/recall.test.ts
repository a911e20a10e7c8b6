import { describe, expect, it } from "vitest";
import type { JsonObject } from "../expression/json.ts";
import { loadObject } from "../language/load.ts";
import { CoreRun } from "../testing/core-run.ts";
import { a, b, undoChain, undoOf, z } from "../testing/undoing.ts";
import { type ChildEnd, nothingSpent } from "./child-record.ts";
import { fold } from "./apply.ts";
import type { RunState } from "./state.ts";
import { notUndone, undoStatusOf } from "./undo.ts";

const { workflow: other } = loadObject({ name: "other", chain: [{ run: "x", undo: "y" }] });
const sub: JsonObject = { name: "sub", workflow: "./other.yaml", mode: "child" };

function runOf(...steps: readonly JsonObject[]): CoreRun {
  const chain = { parallel_where_possible: true, steps };
  const value = { name: "x", chain, limits: { parallel: 4 } } as JsonObject;
  const { workflow, problems } = loadObject(value, other ? { workflows: { "./other.yaml": other } } : {});
  if (!workflow) throw new Error(problems.map(({ message }) => message).join("\n"));
  return new CoreRun(workflow);
}

function leave(run: CoreRun, address: string, child: Partial<ChildEnd>) {
  const { id } = run.work(address);
  const ended = { id: "r1.1", status: "completed", spent: nothingSpent, ...child } as const;
  const ok = ended.status === "completed";
  const failure = { code: "CANCELLED", message: "it was cancelled", class: "cancelled" } as const;
  const outcome = { ok, child: ended, ...(ok ? {} : { failure }) };
  return run.give({ type: "outcome", effect: id, outcome });
}

function nodeUndo(state: RunState) {
  const node = state.byAddress.get("sub");
  return node && undoStatusOf(state, node);
}

describe("a run that is undone", () => {
  it("lets the runs of its steps take back what they did, in their turn, however they ended", () => {
    for (const status of ["completed", "cancelled"] as const) {
      const run = runOf(a, sub, z);
      run.ok("a");
      if (status === "cancelled") run.fail("z");
      run.now += 10;
      leave(run, "sub", { status, undoable: 2 });
      run.now += 10;
      if (status === "completed") run.fail("z");
      expect(run.owed).toEqual(["perform sub~undo"]);
      expect(run.work("sub~undo")).toMatchObject({
        request: { kind: "workflow", workflow: "other", child: "r1.1", undo: true },
      });
      const spent = { ...nothingSpent, costUsd: 0.5 };
      run.ok("sub~undo", { child: { id: "r1.1", status: "cancelled", spent } });
      expect(run.state.ledger.costUsd).toBe(0.5);
      expect(run.owed).toEqual(["perform a~undo"]);
      run.ok("a~undo");
      expect([run.status, undoOf(run, "sub"), run.state.childCount]).toEqual(["failed", "undone", 1]);
    }
  });

  it("waits with a run that waits while it is undone, and names what that did not take back", () => {
    const run = runOf(a, sub, { ...z, depends_on: ["sub"] });
    run.ok("a");
    leave(run, "sub", { undoable: 1 });
    run.fail("z");
    leave(run, "sub~undo", { status: "waiting", reason: "somebody" });
    expect([run.status, run.state.reason]).toEqual(["waiting", "run r1.1, which waits for somebody"]);
    run.crash();
    run.fail("sub~undo");
    run.ok("a~undo");
    expect(run.state.reason).toBe('"z" failed: it broke; not undone: "sub"');
  });

  it("leaves runs that have nothing to take back", () => {
    const run = runOf(sub, { ...z, depends_on: ["sub"] });
    leave(run, "sub", { undoable: 0 });
    run.fail("z");
    expect(run.status).toBe("failed");
  });

  it("asks those that ended well in an older log, which does not say what they can take back", () => {
    for (const status of ["completed", "failed"] as const) {
      const run = runOf(sub, z);
      leave(run, "sub", { status });
      run.fail("z");
      expect(run.owed).toEqual(status === "completed" ? ["perform sub~undo"] : []);
    }
  });

  it("is over where an older program ended it, which knew nothing of runs inside", () => {
    const run = runOf(a, sub, z);
    run.ok("a");
    leave(run, "sub", { undoable: 0 });
    run.fail("z");
    run.ok("a~undo");
    const log = JSON.stringify(run.events).replace('"undoable":0', '"verified":true');
    const old = fold(JSON.parse(log) as typeof run.events);
    expect(old && [old.status, old.undoable.size, notUndone(old), nodeUndo(old)]).toEqual([
      "failed",
      2,
      [],
      undefined,
    ]);
  });

  const undone = (...steps: readonly JsonObject[]): CoreRun => {
    const run = runOf(...steps, { ...z, depends_on: ["sub"] });
    if (steps[0] === a) run.ok("a");
    run.now += 10;
    leave(run, "sub", { status: "completed", undoable: 1 });
    run.fail("z");
    leave(run, "sub~undo", { status: "completed" });
    if (steps[0] === a) run.ok("a~undo");
    expect(run.status).toBe("failed");
    return run;
  };

  it("goes on with a run that took back what it did, when it is restarted", () => {
    const run = undone(sub);
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform sub"]);
    expect(run.work("sub")).toMatchObject({ request: { child: "r1.1" } });
    expect(run.state.abandoned).toEqual([]);
    leave(run, "sub", { status: "completed", undoable: 1 });
    run.ok("z");
    expect([run.status, run.state.childCount]).toEqual(["completed", 1]);
  });

  it("begins another where all of it is to be done again: from there, or because it rests on other work that was undone", () => {
    const from = undone(sub);
    from.give({ type: "restart", from: "sub" });
    expect(from.work("sub")).toMatchObject({ request: { child: "r1.2" } });
    const resting = undone(a, { ...sub, depends_on: ["a"] });
    resting.give({ type: "restart" });
    resting.ok("a");
    expect(resting.work("sub")).toMatchObject({ request: { child: "r1.2" } });
    const beside = undone(a, sub);
    beside.give({ type: "restart" });
    expect(beside.work("sub")).toMatchObject({ request: { child: "r1.1" } });
  });
});

describe("a run that is recalled", () => {
  const done = (): CoreRun => {
    const run = new CoreRun(undoChain([a, b]));
    run.ok("a");
    run.ok("b");
    return run;
  };

  it("takes back what it did, though it was completed, the last first, and is cancelled then", () => {
    const run = done();
    expect(run.status).toBe("completed");
    run.give({
      type: "recall",
      reason: "it is not wanted",
      parent: { runId: "p", address: "s", effect: "e" },
    });
    expect([run.status, run.owed]).toEqual(["compensating", ["perform b~undo"]]);
    run.crash();
    run.ok("b~undo");
    run.ok("a~undo");
    expect([run.status, run.state.reason]).toEqual(["cancelled", "it is not wanted"]);
    expect([notUndone(run.state), run.state.parent?.runId]).toEqual([[], "p"]);
  });

  it("does so at any event, whatever dies", () => {
    const whole = done();
    whole.give({ type: "recall" });
    whole.ok("b~undo");
    whole.ok("a~undo");
    const from = whole.events.findIndex(({ type }) => type === "run.recalled");
    for (let keep = from + 1; keep <= whole.events.length; keep += 1) {
      const run = done();
      run.events.splice(0, run.events.length, ...whole.events);
      if (keep === whole.events.length) run.state = fold(run.events) ?? run.state;
      else run.crash(keep);
      while (run.owed.length > 0) run.ok(run.owed[0]?.replace("perform ", "") ?? "");
      expect([keep, run.status, notUndone(run.state)]).toEqual([keep, "cancelled", []]);
    }
  });

  it("does so when a cap had stopped it, or a cancel without the word to undo", () => {
    const agents = ["p", "q"].map((name) => ({ name, agent: "mock", prompt: "x" }));
    const capped = new CoreRun(undoChain([a, ...agents], { limits: { agents: 1 } }));
    capped.ok("a");
    capped.ok("p");
    expect(capped.status).toBe("failed");
    capped.give({ type: "recall" });
    capped.ok("a~undo");
    expect(capped.status).toBe("cancelled");
    const cancelled = new CoreRun(undoChain([a, z]));
    cancelled.ok("a");
    cancelled.give({ type: "cancel" });
    cancelled.fail("z", { class: "cancelled" });
    expect(cancelled.status).toBe("cancelled");
    cancelled.give({ type: "recall" });
    cancelled.ok("a~undo");
    expect(cancelled.status).toBe("cancelled");
  });

  it("has nothing more to do when it undid what it did before, or did nothing", () => {
    const failed = new CoreRun(undoChain([a, z]));
    failed.ok("a");
    failed.fail("z");
    failed.ok("a~undo");
    failed.give({ type: "recall" });
    expect([failed.status, failed.owed]).toEqual(["cancelled", []]);
  });

  it("is one that has ended", () => {
    const run = new CoreRun(undoChain([a]));
    expect(run.give({ type: "recall" })).toMatchObject([{ type: "effect.dropped" }]);
  });
});
