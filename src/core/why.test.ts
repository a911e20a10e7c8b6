import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { beginning, CoreRun, parallelOf } from "../testing/core-run.ts";
import { explain } from "./why.ts";

function whys(run: CoreRun): Readonly<Record<string, string>> {
  return Object.fromEntries(explain(run.state).map(({ address, waitsFor }) => [address, waitsFor]));
}

const ab: Json[] = [
  { name: "a", run: "true" },
  { name: "b", run: "true" },
];

describe("why a node has not ended", () => {
  it("names the steps it waits for, or the attempt that runs", () => {
    const run = new CoreRun(parallelOf([...ab, { name: "c", run: "true", depends_on: ["a", "b"] }]));
    expect(whys(run)).toEqual({ a: "its attempt 1", b: "its attempt 1", c: "steps a, b" });
    run.give({ type: "stage", effect: "a@0.1", record: { stage: "resolve", ok: true, durationMs: 1 } });
    run.ok("b");
    expect(whys(run)).toEqual({ a: "its attempt 1, after stage resolve", c: "step a" });
    run.ok("a");
    run.ok("c");
    expect(whys(run)).toEqual({});
  });

  it("names what an attempt waits for before it is begun, until it is begun or another process does it", () => {
    const run = new CoreRun(parallelOf(ab));
    const slot = { stage: "slot", ok: true, durationMs: 0 };
    const wait = (effect: string, waits: string | null): void =>
      void run.give({ type: "stage", effect, record: { ...slot, waits } });
    wait("a@0.1", "a place");
    wait("b@0.1", "a place");
    expect(whys(run)).toMatchObject({ a: "its attempt 1, which waits for a place" });
    wait("a@0.1", null);
    expect(whys(run)).toEqual({ a: "its attempt 1", b: "its attempt 1, which waits for a place" });
    run.give({ type: "recover" });
    expect(whys(run)).toEqual({ a: "its attempt 1", b: "its attempt 1" });
  });

  it("says nothing of a step whose failure its block did not mind", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "some", parallel: { join: { quorum: 1 } }, steps: ab },
        { name: "last", run: "true", depends_on: ["some"] },
      ]),
    );
    run.fail("some/a");
    expect(whys(run)).toMatchObject({ "some/a": "nothing: it broke" });
    run.ok("some/b");
    expect(whys(run)).toEqual({ last: "its attempt 1" });
  });

  it("says nothing of a group that is open, or a fallback that sleeps", () => {
    const run = new CoreRun(
      parallelOf(
        [
          { name: "g", steps: ab },
          { name: "f", run: "true" },
        ],
        {
          chain: { error_strategy: { fallback: "f" } },
        },
      ),
    );
    expect(whys(run)).toEqual({ "g/a": "its attempt 1", "g/b": "step g/a" });
  });

  it("names the fallback that stands in", () => {
    const run = new CoreRun(
      parallelOf([...ab, { name: "f", run: "true" }, { name: "c", run: "true", depends_on: ["a", "b"] }], {
        chain: { error_strategy: { fallback: "f" } },
      }),
    );
    run.fail("a");
    run.ok("b");
    expect(whys(run)).toMatchObject({ a: "nothing: it broke", c: "step f" });
  });

  it("names a gate, a pause before the next attempt, a time, a signal", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "gated", run: "true", gates: [{ run: "./check" }] },
        { name: "readied", run: "true", before: [{ run: "./ready" }] },
        { name: "retried", run: "true", retry: { max: 1, on: ["failure"] } },
        { name: "again", run: "true", gates: [{ check: "false", retry: 1 }] },
        { name: "timed", wait: "1m" },
        { name: "told", wait: { signal: "go" } },
        { name: "late", wait: { signal: "go", deadline: "1m" } },
      ]),
    );
    run.ok("gated");
    run.ok("again");
    run.fail("retried", { class: "failure", message: "not yet" });
    expect(whys(run)).toEqual({
      gated: 'gate "./check"',
      readied: 'gate "./ready"',
      retried: `its next attempt at {time:${run.dueAt("retrying:retried")}}: not yet`,
      again: `its next attempt at {time:${beginning}}: a gate did not hold`,
      timed: `the time until {time:${beginning + 60_000}}`,
      told: 'signal "go"',
      late: `signal "go" until {time:${beginning + 60_000}}`,
    });
    expect(explain(run.state).find(({ address }) => address === "told")?.fix).toBe("tutti signal r1 go");
  });

  it("names an answer that is missing, and how to give it", () => {
    const run = new CoreRun(parallelOf([{ name: "a", run: "true", on_interrupt: "ask" }]));
    run.crash();
    expect(explain(run.state)).toEqual([
      { address: "a", waitsFor: "an answer: it was interrupted", fix: "tutti answer r1 a rerun|fail" },
    ]);
  });

  it("names the place, the resource and its holder, or the quota that it has to wait for", () => {
    const names = ["a", "b", "c"];
    const placed = new CoreRun(
      parallelOf(
        names.map((name) => ({ name, run: "true" })),
        { limits: { parallel: 2 } },
      ),
    );
    expect(whys(placed)["c"]).toBe("a free place: 2 of 2 are taken");
    const locked = new CoreRun(parallelOf(names.map((name) => ({ name, run: "true", locks: ["l"] }))));
    expect(whys(locked)).toMatchObject({ b: "resource l, held by a", c: "resource l, held by a" });
    const asked = names.map((name) => ({
      name,
      agent: "mock",
      prompt: "hi",
      retry: { max: 1, on: ["quota"] },
    }));
    const refused = new CoreRun(
      parallelOf([...asked, { name: "d", run: "true" }], { limits: { parallel: 2 } }),
    );
    refused.fail("a", { class: "quota", resetAt: beginning + 5000 });
    expect(whys(refused)).toMatchObject({ c: `the quota of mock, until {time:${beginning + 5000}}` });
  });

  it("names the cap also for a step that has passed its pre-gates", () => {
    const before = [{ check: "true" }];
    const asked = ["a", "b"].map((name) => ({ name, agent: "mock", prompt: "hi", before }));
    const run = new CoreRun(parallelOf(asked, { limits: { agents: 1 } }));
    expect(whys(run)).toMatchObject({
      "": expect.stringContaining("agents"),
      b: expect.stringContaining("free place"),
    });
    const lines = ["a", "b", "c"].map((name) => ({
      name,
      run: "true",
      before: [{ run: "./ready" }],
      locks: [name],
    }));
    const full = new CoreRun(parallelOf(lines, { limits: { parallel: 2 } }));
    full.give({ type: "pause" });
    full.ok("a");
    full.ok("b");
    expect(explain({ ...full.state, paused: false }).map(({ waitsFor }) => waitsFor)).toContain(
      "a free place: 0 of 2 are taken",
    );
  });

  it("does not blame a step's own lock when it queues for its attempt", () => {
    const run = new CoreRun(
      parallelOf([{ name: "a", run: "true", before: [{ run: "./ready" }], locks: ["l"] }]),
    );
    run.give({ type: "pause" });
    run.ok("a");
    expect(explain(run.state)).toEqual([
      { address: "", waitsFor: "somebody to resume it", fix: "tutti resume r1" },
      { address: "a", waitsFor: "the run, which is paused", fix: "tutti resume r1" },
    ]);
  });

  it("says that nothing comes any more where its block has stopped", () => {
    const run = new CoreRun(parallelOf([...ab, { name: "c", run: "true", depends_on: ["b"] }]));
    run.fail("a");
    expect(whys(run)).toMatchObject({ c: "nothing: its block has stopped" });
    run.ok("b");
    expect(whys(run)).toMatchObject({ c: "nothing: its block has stopped" });
  });
});

describe("why a run does not go on", () => {
  it("names the pause and its reason", () => {
    const run = new CoreRun(parallelOf([{ name: "w", wait: "1m" }]));
    run.give({ type: "pause", reason: "lunch" });
    expect(whys(run)[""]).toBe("somebody to resume it (paused: lunch)");
  });

  it("names the cap that is used up, and what to raise", () => {
    const run = new CoreRun(
      parallelOf(
        ["a", "b"].map((name) => ({ name, agent: "mock", prompt: "hi" })),
        { limits: { agents: 1 } },
      ),
    );
    run.ok("a");
    expect(explain(run.state)[0]).toMatchObject({
      address: "",
      waitsFor: expect.stringContaining("agents"),
      fix: expect.stringContaining("--limit agents="),
    });
  });

  it("names the failure", () => {
    const run = new CoreRun(parallelOf([{ name: "a", run: "true" }]));
    run.fail("a");
    expect(whys(run)).toEqual({ "": `nothing: it is failed ("a" failed: it broke)`, a: "nothing: it broke" });
    const cancelled = new CoreRun(parallelOf([{ name: "w", wait: "1m" }]));
    cancelled.give({ type: "cancel" });
    expect(whys(cancelled)).toEqual({ "": "nothing: it is cancelled" });
  });

  it("says of what a tolerated failure has blocked, why", () => {
    const run = new CoreRun(
      parallelOf(
        [
          { name: "a", run: "true" },
          { name: "b", run: "true", depends_on: ["a"] },
        ],
        {
          chain: { error_strategy: "continue_on_failure" },
        },
      ),
    );
    run.fail("a");
    expect(whys(run)["b"]).toBe('nothing: "a" did not end well');
  });
});
