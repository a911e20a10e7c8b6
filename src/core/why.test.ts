import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { beginning, CoreRun, parallelOf } from "../testing/core-run.ts";
import { explain } from "./why.ts";

function whys(run: CoreRun): Readonly<Record<string, string>> {
  return Object.fromEntries(
    explain(run.state).map(({ address, waitsFor }) => [
      address,
      waitsFor.replace(/, since \{time:\d+\}/, ""),
    ]),
  );
}

const ab: Json[] = [
  { name: "a", run: "true" },
  { name: "b", run: "true" },
];

describe("why a node has not ended", () => {
  it("names the steps it waits for, or the attempt that runs", () => {
    const run = new CoreRun(parallelOf([...ab, { name: "c", run: "true", depends_on: ["a", "b"] }]));
    expect(whys(run)).toEqual({ a: "attempt 1", b: "attempt 1", c: "steps a, b" });
    run.give({ type: "stage", effect: "a@0.1", record: { stage: "resolve", ok: true, durationMs: 1 } });
    run.ok("b");
    expect(whys(run)).toEqual({ a: "attempt 1, after stage resolve", c: "step a" });
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
    expect(whys(run)).toMatchObject({ a: "a place" });
    wait("a@0.1", null);
    expect(whys(run)).toEqual({ a: "attempt 1", b: "a place" });
    run.give({ type: "recover" });
    expect(whys(run)).toEqual({ a: "attempt 1", b: "attempt 1" });
  });

  it("says of work how often it may be tried, since when, and which agent does it", () => {
    const retry = { max: 2, on: ["failure"] };
    const run = new CoreRun(parallelOf([{ name: "a", agent: "mock", prompt: "hi", retry }]));
    run.fail("a", { class: "failure" });
    run.fire("retrying:a");
    const since = `since {time:${run.now}}`;
    expect(explain(run.state)).toEqual([
      { address: "a", waitsFor: `attempt 2 of at most 3, ${since}, agent mock`, working: "now" },
    ]);
    const gates = [{ judge: { criteria: ["good"], agent: "mock" }, retry: 1 }];
    const judged = new CoreRun(parallelOf([{ name: "a", agent: "mock", prompt: "hi", retry, gates }]));
    expect(whys(judged)).toEqual({ a: "attempt 1, agent mock" });
    judged.ok("a");
    expect(explain(judged.state)).toEqual([
      { address: "a", waitsFor: 'its gate "judge: good", agent mock', working: "now" },
    ]);
  });

  it("says that a deadline has passed, and what that means when the run is taken up", () => {
    const run = new CoreRun(
      parallelOf([
        { name: "a", approval: "Go?", deadline: "1m", otherwise: "reject" },
        { name: "b", run: "true", gates: [{ human: "Keep?", deadline: "1m" }] },
        { name: "c", wait: { signal: "go", deadline: "1m" } },
        { name: "d", wait: "1m" },
        { name: "e", question: "What?", answer: ["x"], deadline: "1m", otherwise: "x" },
        { name: "f", approval: "Go?", deadline: "2m" },
      ]),
    );
    run.ok("b");
    const then = `{time:${beginning + 60_000}}`;
    const late = explain(run.state, beginning + 60_000);
    expect(late.slice(0, 5)).toEqual(
      [
        `a process: its deadline passed at ${then}, and that stands for a no`,
        `a process: its deadline passed at ${then}, and the gate does not hold`,
        `a process: its deadline for the signal "go" passed at ${then}, and it fails with TIMEOUT`,
        `a process: its time came at ${then}`,
        `a process: its deadline passed at ${then}, and "x" stands for an answer`,
      ].map((waitsFor, index) => ({ address: "abcde"[index], waitsFor, fix: "tutti resume r1" })),
    );
    expect(late[5]?.waitsFor).toMatch(/^approval until /);
    const again = new CoreRun(parallelOf([{ name: "a", run: "true", retry: { max: 1, on: ["failure"] } }]));
    again.fail("a", { class: "failure", message: "not yet" });
    const due = again.dueAt("retrying:a") ?? 0;
    expect(explain(again.state, due + 1)[0]?.waitsFor).toBe(
      `its next attempt, due since {time:${due}}: not yet`,
    );
  });

  it("advises a change of the file where a cap stands there", () => {
    const steps = [
      { name: "a", agent: "mock", prompt: "hi", limits: { agents: 1 }, retry: { max: 1, on: ["failure"] } },
    ];
    const run = new CoreRun(parallelOf(steps));
    run.fail("a", { class: "failure" });
    if (run.status !== "failed") run.fire("retrying:a");
    expect(explain(run.state).map(({ address, fix }) => [address, fix])).toEqual([
      ["", "tutti resume r1 --update"],
      ["a", 'raise "agents" in the `limits` of "a", then resume with --update'],
    ]);
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
    expect(whys(run)).toEqual({ last: "attempt 1" });
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
    expect(whys(run)).toEqual({ "g/a": "attempt 1", "g/b": "step g/a" });
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
      gated: 'its gate "./check"',
      readied: 'its gate "./ready"',
      retried: `its next attempt at {time:${run.dueAt("retrying:retried")}}: not yet`,
      again: `its next attempt at {time:${beginning}}: a gate did not hold`,
      timed: `its time, {time:${beginning + 60_000}}`,
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
      b: "a higher cap of the run",
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
    expect(explain({ ...full.state, paused: false }).map(({ waitsFor }) => waitsFor)).toContain("its turn");
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
    expect(whys(run)).toEqual({ "": `nothing: it is failed ("a" failed)`, a: "nothing: it broke" });
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
