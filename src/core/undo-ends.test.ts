import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { CoreRun, parallelOf } from "../testing/core-run.ts";
import { a, b, failing, undoChain, undoOf, z } from "../testing/undoing.ts";
import { nodeAt } from "./state.ts";
import { findUnsound } from "./sound.ts";
import { explain } from "./why.ts";

describe("a cancel", () => {
  it("undoes only when it says so", () => {
    for (const undo of [true, undefined] as const) {
      const run = new CoreRun(
        parallelOf([
          a,
          b,
          { name: "w", wait: "1h", depends_on: ["b"] },
          { name: "late", run: "x", depends_on: ["w"] },
        ]),
      );
      run.ok("a");
      run.give({ type: "cancel", reason: "enough", ...(undo ? { undo } : {}) });
      expect(run.status).toBe("executing");
      run.fail("b", { class: "cancelled" });
      expect(run.status).toBe(undo ? "compensating" : "cancelled");
      if (undo) run.ok("a~undo");
      expect([run.status, run.state.reason]).toEqual(["cancelled", "enough"]);
      expect(run.ends["late"]).toBe("pending");
    }
  });

  it("wins over a failure that came meanwhile", () => {
    const run = new CoreRun(parallelOf([a, z]));
    run.ok("a");
    run.give({ type: "cancel" });
    run.fail("z");
    expect(run.status).toBe("failed");
  });

  it("ends the undoing of a run that compensates, and that is told", () => {
    const run = failing();
    run.give({ type: "cancel" });
    expect(run.status).toBe("compensating");
    run.fail("b~undo", { class: "cancelled" });
    expect(run.status).toBe("failed");
    expect(run.state.reason).toBe('"z" failed: it broke; not undone: "a", "b"');
    expect([undoOf(run, "a"), undoOf(run, "b")]).toEqual(["not-undone", "not-undone"]);
  });
});

describe("the undoing of a run", () => {
  it("goes on where it was after a crash at any event, and undoes nothing twice", () => {
    const whole = failing();
    whole.ok("b~undo");
    whole.ok("a~undo");
    for (let keep = 1; keep <= whole.events.length; keep += 1) {
      const run = new CoreRun(undoChain([a, b, z]));
      run.events.splice(0, run.events.length, ...whole.events);
      run.crash(keep);
      while (run.owed.length > 0) {
        const address = run.owed[0]?.replace("perform ", "") ?? "";
        if (address === "z") run.fail(address);
        else run.ok(address);
      }
      expect(run.status).toBe("failed");
      const ended = run.events
        .filter(({ type }) => type === "node.ended")
        .map((event) => nodeAt(run.state, "address" in event ? event.address : "")?.address);
      expect(ended).toEqual(["a", "b", "z", "", "b~undo", "a~undo"]);
    }
  });

  it("asks or fails after an interruption when its undo says so", () => {
    const once = (on_interrupt: string): Json => ({
      name: "a",
      run: "./a",
      undo: { run: "./u", on_interrupt },
    });
    for (const [word, status] of [
      ["ask", "waiting"],
      ["fail", "failed"],
    ] as const) {
      const run = new CoreRun(undoChain([once(word), z]));
      run.ok("a");
      run.fail("z");
      run.crash();
      expect(run.status).toBe(status);
      if (word === "fail") continue;
      run.give({ type: "answer", address: "a~undo", value: "rerun" });
      expect(run.status).toBe("compensating");
      run.fire("retrying:a~undo");
      run.ok("a~undo");
      expect(run.state.reason).toBe('"z" failed: it broke');
    }
  });

  it("begins nothing while the run is paused or stopped", () => {
    const run = failing();
    run.give({ type: "pause" });
    run.ok("b~undo");
    expect([run.status, run.owed]).toEqual(["paused", []]);
    run.give({ type: "resume" });
    expect([run.status, run.owed]).toEqual(["compensating", ["perform a~undo"]]);
    run.give({ type: "stop", reason: "ctrl-c" });
    run.ok("a~undo");
    expect(run.status).toBe("failed");
  });

  it("is not begun by what was left in the queues of blocks that ended", () => {
    const run = new CoreRun(
      parallelOf(
        [a, z, { name: "held", run: "./h", uses: ["lock"] }, { name: "l", run: "./l", uses: ["lock"] }],
        {
          resources: { lock: 1 },
        },
      ),
    );
    run.ok("a");
    run.fail("z");
    run.ok(run.owed.includes("perform held") ? "held" : "l");
    expect(run.owed).toEqual(["perform a~undo"]);
  });
});

describe("a restart", () => {
  it("does again what was undone, and what rests on it", () => {
    const seed: Json = { name: "seed", run: "./seed" };
    const free: Json = { name: "free", run: "./free" };
    const run = new CoreRun(
      parallelOf([a, { ...seed, depends_on: ["a"] }, free, { ...z, depends_on: ["seed"] }]),
    );
    run.ok("a");
    run.ok("seed");
    run.ok("free");
    run.fail("z");
    run.ok("a~undo");
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["perform a"]);
    expect(run.ends).toEqual({ a: "running", seed: "pending", free: "verified", z: "pending" });
    run.ok("a");
    expect(run.owed).toEqual(["perform seed"]);
    run.ok("seed");
    run.ok("z");
    expect(run.status).toBe("completed");
  });

  it("keeps what only came after it in order: agents and people are not asked again", () => {
    const steps: Json[] = [
      { name: "prov", run: "./prov", undo: "./unprov" },
      { name: "write", agent: "mock", prompt: "write" },
      { name: "sign", approval: "Is it good?" },
      {
        name: "group",
        steps: [
          { name: "inner", run: "./in" },
          { name: "reader", run: "cat ${{ prov.output }}" },
        ],
      },
      { name: "dep", run: "./dep", depends_on: ["group"] },
    ];
    const run = new CoreRun(undoChain(steps));
    run.ok("prov", { output: "there" });
    run.ok("write");
    run.give({ type: "answer", address: "sign", value: true, by: "ann" });
    run.ok("group/inner");
    run.ok("group/reader", { output: "read" });
    run.fail("dep");
    run.ok("prov~undo");
    const restarted = run.give({ type: "restart" }).find(({ type }) => type === "run.restarted");
    expect(restarted).toMatchObject({ drop: expect.not.arrayContaining(["write", "sign"]) });
    run.ok("prov", { output: "there" });
    expect(run.ends).toMatchObject({ write: "claimed", sign: "verified" });
    expect(run.owed).toEqual(["perform group/inner"]);
  });

  it("keeps what was not begun to be undone", () => {
    const run = failing();
    run.give({ type: "cancel" });
    run.fail("b~undo", { class: "cancelled" });
    run.give({ type: "restart" });
    expect(run.ends).toMatchObject({ a: "verified", b: "running" });
  });
});

describe("a log", () => {
  it("is unsound when something is undone twice, early, or out of turn", () => {
    const run = failing();
    const rules = (address: string) =>
      findUnsound([...run.events, { type: "undo.started", address, at: run.now }]).map(({ rule }) => rule);
    const rule = "steps are undone one after another, the last that ended first";
    expect([rules("a"), rules("b"), rules("nobody")]).toEqual([[rule], [rule], [rule]]);
  });
});

describe("why", () => {
  it("tells how many steps are still to be undone, and the run's own reason", () => {
    const run = failing();
    const ofRun = () => explain(run.state).find(({ address }) => address === "")?.waitsFor;
    expect(ofRun()).toBe('2 of 2 steps to be undone, the last that ended first ("z" failed: it broke)');
    run.ok("b~undo");
    expect(ofRun()).toContain("1 of 2 steps to be undone");
    run.ok("a~undo");
    expect(ofRun()).toContain("nothing: it is failed");
    const cancelled = new CoreRun(parallelOf([a, b]));
    cancelled.ok("a");
    cancelled.give({ type: "cancel", undo: true });
    cancelled.fail("b", { class: "cancelled" });
    expect(explain(cancelled.state)[0]?.waitsFor).toBe(
      "1 of 1 steps to be undone, the last that ended first",
    );
  });
});
