import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../expression/json.ts";
import type { LandingGate } from "../../language/gate.ts";
import { missingOf } from "../missing.ts";
import { type CoreRun, parallelOf, workflowOf } from "../../testing/core-run.ts";
import { agentStep, checkpoint, inTrees, treeOf, withSteps } from "../../testing/trees-run.ts";

const landing: LandingGate = {
  kind: "landing",
  name: "landing",
  level: "blocking",
  retry: 2,
  strategy: "agent",
  by: "rebase",
  order: "finished",
};

const asking = workflowOf({ name: "x", chain: [{ name: "x", approval: "Bring it together?" }] }).chain
  .steps[0];
const people: Partial<LandingGate> =
  asking?.action.kind === "ask" ? { strategy: "human", retry: 0, ask: asking.action } : {};

/** A step that lands behind a gate, whose work is done and that gate held; it is landing now. */
function landingRun(rules: Partial<LandingGate> = {}, limits: JsonObject = {}): CoreRun {
  const caps = { limits: { agents: 1, ...limits } };
  const steps = parallelOf([agentStep("a", { gates: [{ run: "test" }] })], caps);
  const run = inTrees(
    withSteps(steps, (step) => ({ ...step, lane: true, gates: [...step.gates, { ...landing, ...rules }] })),
  );
  run.ok("a", { output: "done", ...checkpoint("a1", 1) });
  run.ok("a");
  expect(run.owed).toEqual(["gate a!after1"]);
  return run;
}

function conflict(run: CoreRun): void {
  const outcome = { ok: false, evidence: { conflicts: ["x"], tip: "base" }, ...checkpoint("r1", 2) };
  run.give({ type: "outcome", effect: run.work("a").id, outcome });
}

/** What becomes of the next life of the run, which lands this. */
function landedIn(run: CoreRun, lands: string): JsonObject {
  const { attempts } = run.state.ledger;
  run.give({ type: "restart" });
  const { owed } = run;
  const { lands: landed } = treeOf(run, "a");
  run.ok("a", { evidence: { landed: "c1" }, ...checkpoint("c1", 1) });
  const again = run.state.ledger.attempts - attempts;
  const { status } = run;
  return {
    owed: [...owed],
    isIt: landed === lands,
    status,
    again,
    gave: run.node("a").outcome?.output ?? null,
  };
}

const landed = { owed: ["gate a!after1"], isIt: true, status: "completed", again: 0, gave: "done" };

describe("work that is done and could not land", () => {
  it.each<[string, Partial<LandingGate>, (run: CoreRun) => void]>([
    ["a cap forbade to bring it together", {}, (run) => run.fire("retrying:a")],
    ["people were asked", people, () => undefined],
    ["people said no", people, (run) => run.give({ type: "answer", address: "a", value: false })],
    ["it was cancelled", {}, (run) => run.give({ type: "cancel" })],
  ])("lands in the next life of the run when %s", (_, rules, then) => {
    const run = landingRun(rules);
    conflict(run);
    then(run);
    expect(landedIn(run, "r1")).toEqual(landed);
  });

  it.each([
    ["is under way", (): void => undefined],
    ["failed", (run: CoreRun) => void run.fail("a")],
  ])("lands in the next life when bringing it together %s", (_, then) => {
    const run = landingRun({ retry: 1 });
    conflict(run);
    run.give({ type: "restart", overrides: { limits: { agents: 9 } } });
    conflict(run);
    run.fire("retrying:a");
    expect(run.node("a").attempt).toBe(2);
    then(run);
    if (run.status === "executing") run.crash();
    expect(landedIn(run, "r1")).toEqual(landed);
  });

  it("has its rounds anew in the next life", () => {
    const run = landingRun({ retry: 0 });
    conflict(run);
    expect(run.status).toBe("failed");
    run.give({ type: "restart" });
    conflict(run);
    expect(run.node("a").failure?.code).toBe("GATE_FAILED");
    expect(landedIn(run, "r1")).toEqual(landed);
  });

  it("lands when something else than a conflict kept it from that, or a crash did", () => {
    const failed = landingRun();
    failed.fail("a", { code: "WORKSPACE_NOT_READY" });
    expect(failed.status).toBe("failed");
    expect(landedIn(failed, "a1")).toEqual(landed);
    const crashed = landingRun();
    crashed.crash();
    expect(landedIn(crashed, "a1")).toEqual(landed);
  });

  it("is done again where that is asked, or it is to be another: not from what could not land", () => {
    const from = landingRun();
    conflict(from);
    from.give({ type: "restart", from: "a", overrides: { limits: { agents: 9 } } });
    const changed = landingRun();
    conflict(changed);
    const { workflow } = changed.state;
    const other = withSteps(workflow, (step) =>
      step.action.kind === "agent" ? { ...step, action: { ...step.action, text: "other" } } : step,
    );
    changed.give({ type: "restart", workflow: { ...other, limits: { ...other.limits, agents: 9 } } });
    for (const run of [from, changed]) {
      expect(run.owed).toEqual(["perform a"]);
      expect(treeOf(run, "a")).toMatchObject({ place: { lane: "a" }, begin: "base" });
    }
  });

  it("is told as that of a run that stays degraded at its cap", () => {
    const run = landingRun({}, { on_limit: "degrade" });
    conflict(run);
    run.fire("retrying:a");
    expect(run.status).toBe("degraded");
    expect(missingOf(run.state).map(({ dependents }) => dependents)).toEqual([
      [{ address: "a", fate: "was done, and has not landed" }],
    ]);
  });
});
