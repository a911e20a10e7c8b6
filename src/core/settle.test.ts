import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../expression/json.ts";
import { beginning, CoreRun, parallelOf } from "../testing/core-run.ts";
import { advance } from "./advance.ts";
import { pending } from "./pending.ts";

function lines(...names: readonly string[]): Json[] {
  return names.map((name) => ({ name, run: "true" }));
}

function agents(names: readonly string[], rest: JsonObject = {}): Json[] {
  return names.map((name) => ({ name, agent: "mock", prompt: "hi", ...rest }));
}

describe("the order of starts", () => {
  it("fills the run's places, and the next starts when one is free", () => {
    const run = new CoreRun(parallelOf(lines("a", "b", "c"), { limits: { parallel: 2 } }));
    expect(run.owed).toEqual(["perform a", "perform b"]);
    run.ok("b");
    expect(run.owed).toEqual(["perform a", "perform c"]);
  });

  it("takes the higher priority first, then the longer way to go, then the file's order", () => {
    const steps: Json[] = [
      { name: "short", run: "true", expect: "1s" },
      { name: "long", run: "true", expect: "9s" },
      { name: "also", run: "true", expect: "9s" },
      { name: "urgent", run: "true", expect: "1s", priority: 5 },
      { name: "way", run: "true", expect: "5s" },
      { name: "end", run: "true", expect: "6s", depends_on: ["way"] },
    ];
    const run = new CoreRun(parallelOf(steps, { limits: { parallel: 2 } }));
    const order: string[] = [];
    while (run.status === "executing") {
      const started = run.events.flatMap((event) =>
        event.type === "attempt.started" ? [event.address] : [],
      );
      order.push(...started.slice(order.length));
      run.ok(order.find((name) => run.ends[name] === "running") ?? "");
    }
    expect(order).toEqual(["urgent", "way", "long", "also", "end", "short"]);
  });

  it("blocks steps and opens groups also when no place is free", () => {
    const run = new CoreRun(
      parallelOf(
        [
          ...lines("a", "b", "c"),
          { name: "d", run: "true", depends_on: ["a"] },
          { name: "g", steps: lines("x"), depends_on: ["a"] },
        ],
        { limits: { parallel: 2 }, chain: { error_strategy: "continue_on_failure" } },
      ),
    );
    run.fail("a");
    expect(run.owed).toHaveLength(2);
    expect(run.ends).toMatchObject({ d: "blocked", g: "blocked" });
  });
});

describe("a resource", () => {
  const using = (names: readonly string[], uses: JsonObject): Json[] =>
    names.map((name) => ({ name, run: "true", ...uses }));

  it("is held by as many as it has room for, and handed on", () => {
    const run = new CoreRun(
      parallelOf(using(["a", "b", "c", "d"], { uses: ["gpu"] }), { resources: { gpu: 2 } }),
    );
    expect(run.owed).toEqual(["perform a", "perform b"]);
    run.ok("a");
    run.ok("b");
    expect(run.owed).toEqual(["perform c", "perform d"]);
  });

  it("is given back during the pause before a retry, and while a gate gives feedback", () => {
    const steps: Json[] = [
      { name: "a", run: "true", locks: ["l"], retry: { max: 1, on: ["failure"] } },
      { name: "b", run: "true", locks: ["l"] },
    ];
    const run = new CoreRun(parallelOf([...steps, ...lines("z")]));
    run.fail("a", { class: "failure" });
    expect(run.owed).toEqual(["perform b", "perform z", "timer retrying:a"]);
    run.fire("retrying:a");
    expect(run.owed).toEqual(["perform b", "perform z"]);
    run.ok("b");
    expect(run.owed).toEqual(["perform a", "perform z"]);
  });

  it("is held while gates run", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", run: "true", locks: ["l"], gates: [{ run: "./check" }] },
        { name: "b", run: "true", locks: ["l"] },
      ]),
    );
    run.ok("a");
    expect(run.owed).toEqual(["gate a!after0"]);
    run.ok("a");
    expect(run.owed).toEqual(["perform b"]);
  });

  it("goes to the next when the first it was offered to takes nothing", () => {
    const steps: Json[] = [
      { name: "a", run: "true", locks: ["l", "m"] },
      { name: "b", run: "true", locks: ["l"], when: "false" },
      { name: "c", run: "true", locks: ["l", "m"] },
      { name: "d", run: "true", locks: ["m"] },
      { name: "e", run: "true", locks: ["l"] },
    ];
    const run = new CoreRun(parallelOf(steps));
    expect(run.owed).toEqual(["perform a"]);
    run.ok("a");
    expect(run.ends).toMatchObject({ b: "skipped", c: "running", d: "ready", e: "ready" });
    run.ok("c");
    expect(run.owed).toEqual(["perform d", "perform e"]);
  });

  it("costs the same to hand on however many wait for it", () => {
    const names = Array.from({ length: 2000 }, (_, at) => `s${at}`);
    const workflow = parallelOf(using(names, { uses: ["gpu"] }), { resources: { gpu: 2 } });
    const { state } = new CoreRun(workflow);
    const push = state.ready.push.bind(state.ready);
    let pushes = 0;
    state.ready.push = (node) => {
      pushes += 1;
      push(node);
    };
    while (state.status === "executing") {
      for (const { id: effect, type } of pending(state))
        if (type === "perform")
          advance(state, { type: "outcome", effect, outcome: { ok: true }, at: beginning });
    }
    expect(state.status).toBe("completed");
    expect(pushes / names.length).toBeLessThan(3);
  });
});

describe("caps", () => {
  const capped = (limits: JsonObject): CoreRun =>
    new CoreRun(
      parallelOf([...agents(["a", "b", "c"]), ...lines("x")], { limits: { parallel: 2, ...limits } }),
    );

  it("on agents let no further one start, and what runs ends", () => {
    const run = capped({ agents: 1 });
    expect(run.events.at(-1)).toMatchObject({ type: "limit.reached", limit: "agents", used: 1, cap: 1 });
    expect(run.status).toBe("executing");
    run.ok("a");
    expect(run.status).toBe("failed");
    expect(run.state.reason).toBe("the cap on agents is used up (1 of 1)");
    expect(run.ends).toMatchObject({ a: "claimed", b: "ready" });
  });

  it("on money and tokens count what came back", () => {
    const usage = { costUsd: 3, inputTokens: 10, outputTokens: 5 };
    for (const [limits, limit] of [
      [{ cost: "3 USD" }, "costUsd"],
      [{ tokens: 15 }, "tokens"],
    ] as const) {
      const run = capped(limits);
      run.ok("a", { usage });
      expect(run.state.limitHit?.limit).toBe(limit);
      run.fail("b", { class: "transient" });
      expect(run.status).toBe("failed");
    }
  });

  it("do not count unknown prices as zero, but as unknown", () => {
    const run = capped({ cost: "3 USD" });
    run.ok("a", { usage: { costUsd: null, inputTokens: 1, outputTokens: 2 } });
    expect(run.state.ledger).toMatchObject({ costUsd: 0, unknownCosts: 1, inputTokens: 1, outputTokens: 2 });
    expect(run.node("a").costUnknown).toBe(true);
    expect(run.work("b")).toMatchObject({ policy: { remainingUsd: 1.5 } });
  });

  it("are told to the agents: those under way share what is left of the money", () => {
    const run = capped({ cost: "3 USD" });
    run.ok("a", { usage: { costUsd: 1, inputTokens: 0, outputTokens: 0 } });
    expect(run.work("c")).toMatchObject({ policy: { remainingUsd: 1 } });
    run.ok("b", { usage: { costUsd: 9, inputTokens: 0, outputTokens: 0 } });
    expect(run.work("c")).toMatchObject({ policy: { remainingUsd: 0 } });
  });

  it("do not make a finished run fail", () => {
    const run = new CoreRun(parallelOf(agents(["a"]), { limits: { agents: 1 } }));
    run.ok("a");
    expect(run.status).toBe("completed");
  });

  it("stop a step between its pre-gate and its attempt", () => {
    const run = new CoreRun(
      parallelOf(agents(["a", "b"], { before: [{ run: "./ready" }] }), { limits: { agents: 1 } }),
    );
    run.ok("a");
    run.ok("b");
    expect(run.state.limitHit?.limit).toBe("agents");
    run.ok("a");
    expect(run.status).toBe("failed");
  });

  it("stop a step after a pre-gate that ran inside", () => {
    const run = new CoreRun(
      parallelOf(agents(["a", "b"], { before: [{ check: "true" }] }), { limits: { agents: 1 } }),
    );
    expect(run.ends).toEqual({ a: "running", b: "before" });
    run.crash();
    // Starting it again would be the second start under a cap of one.
    expect(run.node("a").failure?.code).toBe("LIMIT_REACHED");
    expect(run.status).toBe("failed");
  });
});

describe("the cap on time", () => {
  const timed = (steps: readonly Json[] = lines("a", "b")): CoreRun =>
    new CoreRun(parallelOf(steps, { limits: { time: "1m" } }));

  it("stops what runs, and fails the run", () => {
    const run = timed([...lines("a", "b"), { name: "w", wait: { signal: "go" } }]);
    expect(run.dueAt("deadline")).toBe(beginning + 60_000);
    run.fire("deadline");
    expect(run.state.limitHit).toEqual({ limit: "timeMs", used: 60_000, cap: 60_000 });
    expect(run.ends).toMatchObject({ a: "running", w: "cancelled" });
    run.fail("a", { class: "cancelled", code: "CANCELLED" });
    run.ok("b");
    expect(run.status).toBe("failed");
    expect(run.state.reason).toContain("time");
  });

  it("is not reached before its time, and only once", () => {
    const run = timed();
    expect(run.give({ type: "timer", timer: "deadline" })).toEqual([]);
    run.fire("deadline");
    expect(run.give({ type: "timer", timer: "deadline" })).toEqual([]);
  });

  it("does not count the time in which the run waits or is paused", () => {
    const run = timed([{ name: "w", wait: "10m" }]);
    expect(run.dueAt("deadline")).toBeUndefined();
    run.now += 300_000;
    expect(run.give({ type: "timer", timer: "deadline" })).toEqual([]);
    run.give({ type: "pause" });
    run.fire("waiting:w");
    expect(run.state.ledger.activeMs).toBe(0);
    expect(run.status).toBe("completed");
  });

  it("does not count the time in which nobody drove the run", () => {
    const run = timed();
    run.now += 20_000;
    run.ok("a");
    run.now += 86_400_000;
    run.crash();
    expect(run.dueAt("deadline")).toBe(run.now + 40_000);
    expect(run.state.ledger.activeMs).toBe(20_000);
    run.fire("deadline");
    expect(run.state.limitHit).toMatchObject({ used: 60_000 });
  });

  it("is still reached when the process died between that and what follows", () => {
    const run = timed([...lines("a", "b"), { name: "w", wait: { signal: "go" } }]);
    const events = run.events.length;
    run.fire("deadline");
    run.crash(events + 1);
    expect(run.ends).toMatchObject({ w: "cancelled" });
  });
});

it("what is held before it begins anew can be cancelled, and be taken up after that", () => {
  const run = new CoreRun(parallelOf(lines("a", "b")));
  run.ok("a");
  run.fail("b");
  run.give({ type: "restart", hold: true });
  expect(run.status).toBe("paused");
  run.give({ type: "cancel" });
  expect(run.status).toBe("cancelled");
  run.give({ type: "restart" });
  expect([run.owed, run.state.ledger.reused]).toEqual([["perform b"], 1]);
});
