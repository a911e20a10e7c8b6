import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { beginning, CoreRun, parallelOf } from "../testing/core-run.ts";
import { explain } from "./why.ts";

function lines(...names: readonly string[]): Json[] {
  return names.map((name) => ({ name, run: "true" }));
}

describe("steps that get in each other's way", () => {
  const locked = {
    class: "transient",
    message: "fatal: Unable to create '.git/index.lock': File exists.",
  } as const;

  it("go on one at a time, beside all others, and in their turn after a crash too", () => {
    const run = new CoreRun(parallelOf(lines("a", "b", "c")));
    run.fail("a", locked);
    run.fail("b", locked);
    run.fire("retrying:a");
    run.fire("retrying:b");
    expect(run.owed).toEqual(["perform a", "perform c"]);
    expect(explain(run.state)).toContainEqual({
      address: "b",
      waitsFor: "resource (one at a time), held by a",
    });
    run.crash();
    expect(run.owed).toEqual(["perform a", "perform c"]);
    run.fail("a", { class: "transient", message: "status 503" });
    expect(run.owed).toEqual(["perform b", "perform c", "timer retrying:a"]);
    run.fire("retrying:a");
    expect(run.owed).toEqual(["perform b", "perform c"]);
    run.ok("b");
    expect(run.owed).toEqual(["perform a", "perform c"]);
    run.ok("c");
    run.ok("a");
    expect(run.status).toBe("completed");
    expect([...run.state.inUse.values()]).toEqual([0]);
  });

  it("do so for nothing else that passes", () => {
    const run = new CoreRun(parallelOf(lines("a", "b")));
    for (const name of ["a", "b"]) run.fail(name, { class: "transient", message: "status 503" });
    run.fire("retrying:a");
    run.fire("retrying:b");
    expect(run.owed).toEqual(["perform a", "perform b"]);
  });
});

describe("a quota", () => {
  it("of a service that is no agent holds up only the step that called it", () => {
    const steps: Json[] = [{ name: "h", http: "https://x.test", retry: 1, priority: 1 }, ...lines("a", "b")];
    const run = new CoreRun(parallelOf(steps, { limits: { parallel: 2 } }));
    run.fail("h", { class: "quota", resetAt: beginning + 90_000 });
    expect(run.owed).toEqual(["perform a", "perform b", "timer retrying:h"]);
    run.ok("a");
    run.ok("b");
    expect([run.status, run.state.reason]).toEqual(["waiting", "the provider's quota"]);
    run.fire("retrying:h");
    run.ok("h");
    expect(run.status).toBe("completed");
  });
});
