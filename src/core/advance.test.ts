import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { beginning, CoreRun, parallelOf } from "../testing/core-run.ts";
import { advance } from "./advance.ts";
import { apply, fold } from "./apply.ts";
import type { Event } from "./events.ts";

const two: Json[] = [
  { name: "a", run: "true" },
  { name: "b", run: "true" },
];
const line: Json[] = [...two, { name: "c", run: "true", depends_on: ["a"] }];

describe("a pause", () => {
  it("starts nothing more; what runs ends; then the run is paused", () => {
    const run = new CoreRun(parallelOf(line));
    run.give({ type: "pause", reason: "lunch", by: "me" });
    expect(run.status).toBe("executing");
    run.ok("a");
    run.ok("b");
    expect(run.status).toBe("paused");
    expect(run.state.reason).toBe("lunch");
    expect(run.ends).toEqual({ a: "verified", b: "verified", c: "ready" });
    expect(run.dueAt("deadline")).toBeUndefined();
    run.give({ type: "resume", by: "me" });
    expect(run.owed).toEqual(["perform c"]);
    expect(run.status).toBe("executing");
  });

  it("outlives the process", () => {
    const run = new CoreRun(parallelOf(two));
    run.give({ type: "pause" });
    run.crash();
    expect(run.owed).toEqual(["perform a", "perform b"]);
    run.ok("a");
    run.ok("b");
    expect(run.status).toBe("completed");
  });

  it("does not keep a signal from coming in, nor a retry from being due", () => {
    const run = new CoreRun(
      parallelOf([
        ...two,
        { name: "w", wait: { signal: "go" } },
        { name: "r", run: "true", retry: { max: 1, on: ["failure"] } },
      ]),
    );
    run.fail("r", { class: "failure" });
    run.give({ type: "pause" });
    run.give({ type: "signal", name: "go", payload: 1 });
    run.fire("retrying:r");
    expect(run.ends).toMatchObject({ w: "verified", r: "ready" });
    run.ok("a");
    run.ok("b");
    expect(run.status).toBe("paused");
    run.give({ type: "resume" });
    expect(run.owed).toEqual(["perform r"]);
  });
});

describe("a cancel", () => {
  it("ends what waits at once, and the rest when it has come back", () => {
    const run = new CoreRun(
      parallelOf([
        ...line,
        { name: "g", steps: [{ name: "w", wait: { signal: "go" } }] },
        { name: "r", run: "true", retry: { max: 1, on: ["failure"] } },
      ]),
    );
    run.fail("r", { class: "failure" });
    run.give({ type: "cancel", reason: "enough", by: "me" });
    expect(run.ends).toMatchObject({ a: "running", "g/w": "cancelled", g: "cancelled", r: "cancelled" });
    expect(run.status).toBe("executing");
    run.ok("a");
    run.fail("b", { class: "cancelled", code: "CANCELLED" });
    expect(run.ends).toMatchObject({ a: "verified", b: "cancelled", c: "ready" });
    expect(run.status).toBe("cancelled");
    expect(run.state.reason).toBe("enough");
  });

  it("ends groups from the inside out", () => {
    const inner = {
      name: "h",
      steps: [
        { name: "w", wait: "1h" },
        { name: "x", run: "true", depends_on: ["w"] },
      ],
    };
    const run = new CoreRun(parallelOf([{ name: "g", steps: [inner] }]));
    run.give({ type: "cancel" });
    expect(run.status).toBe("cancelled");
    expect(run.ends).toMatchObject({ g: "cancelled", "g/h": "cancelled" });
  });

  it("is no cancel for a run whose work was all done", () => {
    const run = new CoreRun(parallelOf([{ name: "a", run: "true" }]));
    run.give({ type: "cancel" });
    run.ok("a");
    expect(run.status).toBe("completed");
  });

  it("works on a paused run, and after a crash", () => {
    const run = new CoreRun(parallelOf([{ name: "w", wait: "1h" }]));
    run.give({ type: "pause" });
    run.give({ type: "cancel" });
    expect(run.status).toBe("cancelled");
    const crashed = new CoreRun(parallelOf([{ name: "w", wait: "1h" }]));
    const before = crashed.events.length;
    crashed.give({ type: "cancel" });
    crashed.crash(before + 1);
    expect(crashed.status).toBe("cancelled");
  });

  it("lets a failed step not be tried again", () => {
    const run = new CoreRun(parallelOf([{ name: "a", run: "true", retry: { max: 3, on: ["failure"] } }]));
    run.give({ type: "cancel" });
    run.fail("a", { class: "failure" });
    expect(run.ends).toEqual({ a: "failed" });
  });
});

describe("an input that fits nothing", () => {
  it("is dropped, and the log says why", () => {
    const run = new CoreRun(parallelOf(two));
    const created = run.events[0] as Extract<Event, { type: "run.created" }>;
    const { type: _, at: __, ...rest } = created;
    for (const input of [
      { type: "create", ...rest },
      { type: "outcome", effect: "a@0.2", outcome: { ok: true } },
      { type: "outcome", effect: "a@1.1", outcome: { ok: true } },
      { type: "outcome", effect: "z@0.1", outcome: { ok: true } },
      { type: "outcome", effect: "nonsense", outcome: { ok: true } },
      { type: "restart", from: "nowhere" },
    ] as const) {
      expect(run.give(input)).toMatchObject([{ type: "effect.dropped", reason: expect.any(String) }]);
    }
    run.ok("a");
    expect(run.give({ type: "outcome", effect: "a@0.1", outcome: { ok: false } })).toMatchObject([
      { type: "effect.dropped" },
    ]);
    expect(run.ends).toEqual({ a: "verified", b: "running" });
  });

  it("is dropped by a run that has ended", () => {
    const run = new CoreRun(parallelOf(two));
    run.ok("a");
    run.ok("b");
    for (const input of [
      { type: "pause" },
      { type: "resume" },
      { type: "cancel" },
      { type: "signal", name: "go", payload: 1 },
    ] as const) {
      expect(run.give(input)).toMatchObject([
        { type: "effect.dropped", reason: expect.stringContaining("completed") },
      ]);
    }
    expect(run.give({ type: "recover" })).toEqual([]);
    expect(run.give({ type: "timer", timer: "deadline" })).toEqual([]);
    expect(run.give({ type: "timer", timer: "quota" })).toEqual([]);
    expect(run.give({ type: "timer", timer: "retrying:a" })).toEqual([]);
  });

  it("never makes time go back", () => {
    const run = new CoreRun(parallelOf(two));
    const events = advance(run.state, { type: "pause", at: beginning - 5000 });
    expect(events).toMatchObject([{ at: beginning }]);
  });
});

describe("a log", () => {
  it("that is empty, or begins in the middle, folds to nothing", () => {
    expect(fold([])).toBeUndefined();
    expect(fold([{ type: "run.recovered", at: 1 }])).toBeUndefined();
  });

  it("that is damaged changes nothing where its events fit nothing", () => {
    const run = new CoreRun(parallelOf([...two, { name: "g", steps: two }]));
    const gate = { when: "after", index: 0, name: "g", level: "blocking" } as const;
    const at = run.now;
    const strange: Event[] = [
      run.events[0] as Event,
      { type: "node.ended", address: "nowhere", end: "failed", at },
      { type: "block.opened", address: "a", at },
      { type: "result.reused", address: "a", at },
      { type: "timer.fired", timer: "retrying:a", at },
      { type: "timer.fired", timer: "quota", at },
      { type: "gate.ended", address: "b", attempt: 1, gate, passed: true, evidence: {}, at },
      { type: "attempt.interrupted", address: "b", attempt: 1, then: "ask", at },
      { type: "node.ended", address: "b", end: "verified", at },
      { type: "node.ended", address: "b", end: "failed", at },
    ];
    for (const event of strange) apply(run.state, event);
    expect(run.ends).toMatchObject({ a: "running", b: "verified" });
  });
});
