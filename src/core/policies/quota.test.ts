import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../expression/json.ts";
import { beginning, CoreRun, parallelOf } from "../../testing/core-run.ts";

function lines(...names: readonly string[]): Json[] {
  return names.map((name) => ({ name, run: "true" }));
}

function agents(names: readonly string[], rest: JsonObject = {}): Json[] {
  return names.map((name) => ({ name, agent: "mock", prompt: "hi", ...rest }));
}

describe("a used-up quota", () => {
  const onQuota = { retry: { max: 1, on: ["quota"] } };

  it("keeps its agent from being asked before it is reset, and nothing else", () => {
    const run = new CoreRun(
      parallelOf([...agents(["a", "b", "c"], onQuota), ...lines("x", "y")], { limits: { parallel: 3 } }),
    );
    run.fail("a", { class: "quota", code: "QUOTA", resetAt: beginning + 90_000 });
    expect(run.owed).toEqual(
      ["perform b", "perform c", "perform x", "timer quota:mock", "timer retrying:a"].toSorted(),
    );
    for (const name of ["b", "c", "x", "y"]) run.ok(name);
    expect(run.status).toBe("waiting");
    expect(run.state.reason).toBe("the provider's quota");
    run.crash();
    expect(run.status).toBe("waiting");
    run.now = beginning + 89_999;
    expect(run.give({ type: "timer", timer: "quota:mock" })).toEqual([]);
    expect(run.give({ type: "timer", timer: "retrying:a" })).toEqual([]);
    run.fire("quota:mock");
    run.fire("retrying:a");
    expect(run.owed).toEqual(["perform a"]);
  });

  it("sets aside those that become ready meanwhile, also after their own timer", () => {
    const steps = agents(["a", "b", "c", "d"], onQuota);
    const run = new CoreRun(parallelOf(steps, { limits: { parallel: 3 } }));
    run.fail("a", { class: "quota", resetAt: beginning + 1000 });
    run.fail("b", { class: "quota", resetAt: beginning + 5000 });
    run.ok("c");
    expect(run.owed).toEqual(["timer quota:mock", "timer retrying:a", "timer retrying:b"]);
    run.fire("retrying:a");
    expect(run.ends).toMatchObject({ a: "ready", d: "ready" });
    expect(run.give({ type: "timer", timer: "quota:mock" })).toEqual([]);
    run.fire("retrying:b");
    run.fire("quota:mock");
    expect(run.owed).toEqual(["perform a", "perform b", "perform d"]);
  });

  it("of one agent or model is no matter of the others", () => {
    const of = (name: string, more: JsonObject = {}) => ({
      name,
      prompt: "p",
      agent: "mock",
      ...onQuota,
      ...more,
    });
    const steps = [
      of("a"),
      of("b"),
      of("c"),
      of("small", { model: "haiku" }),
      of("other", { agent: "other" }),
    ];
    const run = new CoreRun(parallelOf(steps, { limits: { parallel: 2 } }));
    run.fail("a", { class: "quota", resetAt: beginning + 1000 });
    for (const name of ["b", "small", "other"]) run.ok(name);
    expect(run.status).toBe("waiting");
    run.crash();
    expect(run.ends).toMatchObject({ a: "retrying", c: "ready", small: "claimed", other: "claimed" });
    run.fire("retrying:a");
    run.fire("quota:mock");
    for (const name of ["a", "c"]) run.ok(name);
    expect(run.status).toBe("completed");
  });

  it("is not waited for by a step that does not retry for it", () => {
    const run = new CoreRun(parallelOf(agents(["a", "b"], { retry: { max: 1, on: ["transient"] } })));
    run.fail("a", { class: "quota", resetAt: beginning + 90_000 });
    expect(run.ends).toMatchObject({ a: "failed" });
    expect(run.state.quotas.size).toBe(0);
  });
});
