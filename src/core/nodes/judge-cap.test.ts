import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../expression/json.ts";
import { priced, usd } from "../../testing/budget-run.ts";
import { CoreRun, type CoreRunOptions, workflowOf } from "../../testing/core-run.ts";
import { missingOf } from "../missing.ts";
import { viewOf } from "../view.ts";

const judge = { judge: "good" };
const held = { ...usd(0.5), evidence: { summary: "it holds" } };

function runOf(step: JsonObject, limits: JsonObject, options: CoreRunOptions = {}): CoreRun {
  const chain = [{ name: "a", run: "x", gates: judge, ...step }];
  return new CoreRun(workflowOf({ name: "w", limits, chain }), options);
}

/** The run of a step that is done, whose judge would pass the cap. */
function stopped(step: JsonObject = {}, limits: JsonObject = {}): CoreRun {
  const run = runOf(step, { cost: 1, ...limits }, priced({ "a!after0": 1.5 }));
  run.ok("a", { output: "done" });
  return run;
}

const more = { type: "restart", overrides: { limits: { costUsd: 9 } } } as const;

describe("a cap of the run that leaves no room for a judge", () => {
  it("stops the run as it says, and the step waits with what it has", () => {
    const run = stopped();
    expect([run.status, run.ends]).toEqual(["failed", { a: "ready" }]);
    expect(run.state.limitHit).toEqual({ limit: "costUsd", used: 0, cap: 1, predicted: 1.5 });
    expect(run.state.ledger.agents).toBe(0);
    expect(viewOf(run.state).nodes[0]?.status).toBe("stopped");
    const degraded = stopped({}, { on_limit: "degrade" });
    expect(degraded.status).toBe("degraded");
    expect(missingOf(degraded.state)[0]?.dependents).toEqual([
      { address: "a", fate: "was done, and not judged" },
    ]);
  });

  it("lets it be asked after a resume, without doing the step again", () => {
    const run = stopped();
    run.now += 5000;
    run.give(more);
    expect(run.owed).toEqual(["gate a!after0"]);
    run.ok("a", held);
    expect([run.status, run.ends]).toEqual(["completed", { a: "verified" }]);
    expect(run.node("a")).toMatchObject({ attempt: 1, outcome: { output: "done" }, downMs: 5000 });
    expect(run.state.ledger).toMatchObject({ attempts: 1, reused: 1 });
  });

  it("lets it see what the step changed", () => {
    const run = runOf({}, { cost: 1 }, priced({ "a!after0": 1.5 }));
    run.ok("a", { changedFiles: ["x"], filesBefore: { x: "sha256:1" } });
    const { attemptAt } = run.node("a");
    run.now += 5000;
    run.give(more);
    expect(run.work("a")).toMatchObject({ subject: { filesBefore: { x: "sha256:1" } } });
    expect(run.node("a").attemptAt).toBe(attemptAt);
  });

  it("does not keep the work of a step that failed while its judge was next", () => {
    const steps = [
      { name: "a", run: "x", gates: judge, limits: { time: "5s" } },
      { name: "b", run: "y" },
    ];
    const options = { plan: { expectedMs: {}, costUsd: { "a!after0": 0.5 } } };
    const chain = { parallel_where_possible: true, error_strategy: "continue_on_failure", steps };
    const run = new CoreRun(workflowOf({ name: "w", chain }), options);
    run.ok("a");
    run.fail("a", { class: "quota", resetAt: run.now + 60_000 }, { asked: false });
    run.fire("limit:a");
    expect(run.ends["a"]).toBe("failed");
    run.ok("b");
    run.give({ type: "restart" });
    expect(run.node("a").outcome).toBeUndefined();
  });

  it("forgets what did not hold after attempts before", () => {
    const gates = [{ check: "a.output == 2", retry: 1 }, judge];
    const run = runOf({ gates }, { cost: 1 }, priced({ "a!after1": 1.5 }));
    run.ok("a", { output: 1 });
    run.fire("retrying:a");
    run.ok("a", { output: 2 });
    run.give(more);
    expect(run.node("a").gateResults.map(({ attempt, passed }) => [attempt, passed])).toEqual([[2, true]]);
    expect(run.owed).toEqual(["gate a!after1"]);
  });

  it("keeps the gates that have held before it", () => {
    const run = runOf({ gates: [{ check: "true" }, judge] }, { cost: 1 }, priced({ "a!after1": 1.5 }));
    run.ok("a");
    run.give(more);
    expect(run.owed).toEqual(["gate a!after1"]);
    expect(run.node("a").gateResults).toHaveLength(1);
  });

  it("loses nothing in a crash, before the resume and after it", () => {
    const run = stopped();
    run.give(more);
    const reused = run.events.findIndex(({ type }) => type === "result.reused");
    run.crash(reused + 1);
    expect(run.owed).toEqual(["gate a!after0"]);
    run.crash();
    run.ok("a", held);
    expect(run.status).toBe("completed");
    expect(run.state.ledger.attempts).toBe(1);
  });

  it("is met again by the next life, whose step still waits", () => {
    const run = stopped();
    run.give({ type: "restart" });
    expect([run.status, run.ends]).toEqual(["failed", { a: "ready" }]);
    run.give(more);
    expect(run.owed).toEqual(["gate a!after0"]);
  });

  it("does not keep the work of a step that is another now, or is to be done again", () => {
    const other = stopped();
    other.give({
      ...more,
      workflow: workflowOf({ name: "w", chain: [{ name: "a", run: "y", gates: judge }] }),
    });
    expect(other.owed).toEqual(["perform a"]);
    const again = stopped();
    again.give({ ...more, from: "a" });
    expect(again.owed).toEqual(["perform a"]);
  });

  it("does the step again when the judge says so after all", () => {
    const run = stopped({ gates: { ...judge, retry: 1 } });
    run.give(more);
    run.fail("a", {}, { ...usd(0.5), evidence: { summary: "no" } });
    run.fire("retrying:a");
    expect(run.owed).toEqual(["perform a"]);
    expect(run.node("a").attempt).toBe(2);
  });

  it("stops the run before a step whose judge comes first", () => {
    const run = runOf({ gates: [], before: judge }, { agents: 0 });
    expect([run.status, run.ends]).toEqual(["failed", { a: "ready" }]);
  });
});

describe("a cap around the run, or of the day, that leaves no room for a judge", () => {
  const hit = { limit: "dayUsd", used: 5, cap: 5 } as const;
  const failure = { code: "LIMIT_REACHED", message: "no more today", class: "permanent" } as const;
  const refused = { ok: false, failure, asked: false, limit: hit } as const;

  it("stops the run too", () => {
    const run = runOf({}, { cost: 5 });
    run.ok("a");
    run.give({ type: "outcome", effect: run.work("a").id, outcome: refused });
    expect([run.status, run.ends, run.state.limitHit]).toEqual(["failed", { a: "ready" }, hit]);
    expect(run.state.ledger.agents).toBe(0);
    run.give({ type: "restart" });
    expect(run.owed).toEqual(["gate a!after0"]);
  });

  it("is only noted where the gate is advisory, and told where it was passed", () => {
    const run = runOf({ gates: { ...judge, level: "advisory" } }, { cost: 5 });
    run.ok("a");
    run.give({ type: "outcome", effect: run.work("a").id, outcome: refused });
    expect([run.status, run.ends]).toEqual(["completed", { a: "verified" }]);
    const passed = runOf({}, { cost: 5 });
    passed.ok("a");
    passed.ok("a", { ...held, limit: hit });
    expect(passed.status).toBe("completed");
    expect(passed.events).toContainEqual(expect.objectContaining({ type: "limit.passed", limit: "dayUsd" }));
  });
});
