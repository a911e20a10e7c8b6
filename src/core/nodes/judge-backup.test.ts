import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../expression/json.ts";
import { beginning, CoreRun, workflowOf } from "../../testing/core-run.ts";
import { crashedRuns } from "../../testing/crashed-runs.ts";
import { explain } from "../why.ts";

const usage = { costUsd: 0.5, inputTokens: 10, outputTokens: 1 };
const held = { evidence: { summary: "it holds" }, usage };
const quota = { code: "QUOTA", class: "quota", resetAt: beginning + 60_000 } as const;
const breaker = { class: "transient", breaker: "agent lead", resetAt: beginning + 9000 } as const;

interface Given {
  readonly judge?: JsonObject;
  readonly rest?: JsonObject;
  /** Steps for which there is no place at first. */
  readonly after?: readonly string[];
}

function judged(
  names: readonly string[] = ["a"],
  { judge = { criteria: ["good"] }, rest = {}, after = [] }: Given = {},
): CoreRun {
  const steps = [...names, ...after].map((name) => ({
    name,
    run: `./${name}`,
    gates: [{ judge, name: "good" }],
  }));
  const run = new CoreRun(
    workflowOf({
      name: "test",
      agent: "lead",
      model: "m1",
      fallback_agents: ["b", "c"],
      ...rest,
      chain: [{ name: "g", parallel: true, steps }],
    }),
  );
  for (const name of names) run.ok(`g/${name}`);
  return run;
}

describe("a judge with backups", () => {
  it("gives way at once to the next when its breaker is open, which uses its own model", () => {
    const run = judged();
    expect(run.work("g/a")).toMatchObject({ check: { agent: "lead", model: "m1" } });
    run.fail("g/a", breaker, { asked: false });
    expect(run.work("g/a")).toMatchObject({ check: { agent: "b" } });
    expect(run.work("g/a")).not.toHaveProperty("check.model");
    expect(run.work("g/a")).toMatchObject({ attempt: 1, ask: 2 });
    run.ok("g/a", held);
    expect(run.ends).toMatchObject({ "g/a": "verified" });
    expect(run.state.ledger).toMatchObject({ agents: 1, costUsd: 0.5 });
  });

  it("gives way when its quota is used up, which nobody asks before it is reset", () => {
    const run = judged(["a"], { rest: { limits: { parallel: 1 } }, after: ["b"] });
    run.fail("g/a", quota, { asked: false });
    expect(run.state.quotas.get("lead (m1)")?.until).toBe(quota.resetAt);
    run.ok("g/a", held);
    run.ok("g/b");
    expect(run.work("g/b")).toMatchObject({ check: { agent: "b" } });
    run.ok("g/b", held);
    expect(run.status).toBe("completed");
  });

  it("has tries of its own, after those of the one before it", () => {
    const run = judged();
    const broken = { code: "AGENT_FAILED", class: "transient", kind: "system.external" } as const;
    for (let time = 0; time < 3; time += 1) {
      run.fail("g/a", broken);
      run.fire("retrying:g/a");
    }
    expect(run.work("g/a")).toMatchObject({ check: { agent: "lead" } });
    run.fail("g/a", broken);
    expect(run.work("g/a")).toMatchObject({ check: { agent: "b" } });
    run.fail("g/a", broken);
    run.fire("retrying:g/a");
    expect(run.work("g/a")).toMatchObject({ check: { agent: "b" } });
    expect(run.state.ledger.agents).toBe(6);
  });

  it("waits when the last of them is out of order, too, for the time that it says", () => {
    const run = judged();
    run.fail("g/a", quota, { asked: false });
    run.fail("g/a", { ...quota, resetAt: beginning + 5000 }, { asked: false });
    expect(run.work("g/a")).toMatchObject({ check: { agent: "c" } });
    run.fail("g/a", { ...quota, resetAt: beginning + 9000 }, { asked: false });
    expect(run.dueAt("retrying:g/a")).toBe(beginning + 9000);
    expect(explain(run.state).at(-1)?.waitsFor).toContain('"good" to be judged');
  });

  it("is another only for what another need not have", () => {
    const run = judged();
    run.fail("g/a", { code: "OUTPUT_SHAPE", class: "permanent" });
    expect(run.ends).toMatchObject({ "g/a": "failed" });
    expect(run.state.ledger.agents).toBe(1);
  });

  it("is none where the gate names its agent, or the caller does", () => {
    const own = judged(["a"], { judge: { criteria: ["good"], agent: "critic" } });
    own.fail("g/a", breaker, { asked: false });
    expect(own.owed).toEqual(["timer retrying:g/a"]);
    const overridden = new CoreRun(own.state.workflow, { overrides: { agent: "mock" } });
    overridden.ok("g/a");
    overridden.fail("g/a", quota, { asked: false });
    expect(overridden.owed).toEqual(["timer quota:mock (m1)", "timer retrying:g/a"]);
  });

  it("comes to the same wherever the process ends", () => {
    const work = (run: CoreRun, owed: string) => {
      if (owed === "perform g/a") run.ok("g/a");
      else if (run.node("g/a").vain?.agent === undefined) run.fail("g/a", breaker, { asked: false });
      else run.ok("g/a", held);
    };
    for (const run of crashedRuns(judged, work)) {
      expect(run.status).toBe("completed");
      expect(run.events.findLast(({ type }) => type === "gate.started")).toMatchObject({
        check: { agent: "b" },
      });
    }
  });
});
