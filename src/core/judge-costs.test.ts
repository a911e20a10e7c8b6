import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../expression/json.ts";
import { priced, usd } from "../testing/budget-run.ts";
import { CoreRun, type CoreRunOptions, workflowOf } from "../testing/core-run.ts";
import { buildPlan } from "./plan.ts";
import { budgetOf } from "./budget-view.ts";

const judge = { judge: "good" };

const held = (costUsd: number) => ({ ...usd(costUsd), evidence: { summary: "it holds" } });

function runOf(chain: Json, limits: JsonObject, options: CoreRunOptions): CoreRun {
  return new CoreRun(workflowOf({ name: "w", limits, chain }), options);
}

describe("what a judge will probably cost", () => {
  it("is held for it while it is asked, by the place of its gate", () => {
    const gates = [{ check: "true" }, judge];
    const costUsd = { a: 9, "a!before0": 0.25, "a!after1": 0.5 };
    const plan = { expectedMs: {}, costUsd, tokens: { "a!after1": 70 } };
    const run = runOf([{ name: "a", run: "true", before: judge, gates }], { cost: 2 }, { plan });
    expect(budgetOf(run.state)).toMatchObject({ heldUsd: 0.25, unpredicted: 0 });
    run.ok("a", held(0.1));
    expect(budgetOf(run.state)).toMatchObject({ heldUsd: 0 });
    run.ok("a");
    expect(run.state.budget.underWay.get("a")?.estimate).toMatchObject({ costUsd: 0.5, tokens: 70 });
    run.ok("a", held(0.4));
    expect(budgetOf(run.state)).toMatchObject({ spentUsd: 0.5, heldUsd: 0 });
  });

  it("keeps it from being asked where that would pass a cap, which stops the run", () => {
    const run = runOf([{ name: "a", run: "true", gates: judge }], { cost: 1 }, priced({ "a!after0": 1.5 }));
    run.ok("a");
    expect(run.status).toBe("failed");
    expect(run.state.ledger.agents).toBe(0);
    expect(run.state.reason).toBe(
      "the cap on cost would be passed ($0.00 of $1.00 are used, the next call will probably cost $1.50)",
    );
  });

  it("lets it wait while others under way may need the money", () => {
    const steps = ["a", "b"].map((name) => ({ name, run: "true", gates: judge }));
    const plan = priced({ "g/a!after0": 0.6, "g/b!after0": 0.6 });
    const run = runOf([{ name: "g", parallel: true, steps }], { cost: 1 }, plan);
    run.ok("g/a");
    run.ok("g/b");
    expect(run.owed).toEqual(["gate g/a!after0"]);
    run.ok("g/a", held(0.2));
    expect(run.owed).toEqual(["gate g/b!after0"]);
    run.ok("g/b", held(0.2));
    expect(run.status).toBe("completed");
  });

  it("comes with the time that it takes, which the step takes longer", () => {
    const workflow = workflowOf({
      name: "w",
      chain: [{ name: "a", run: "true", before: judge, gates: judge }],
    });
    const expectedMs = { a: 1000, "a!before0": 20, "a!after0": 300 };
    expect(buildPlan(workflow, { expectedMs }).root.nodes[0]?.expectedMs).toBe(1320);
    expect(buildPlan(workflow, { expectedMs: { a: 1000 } }).root.nodes[0]?.expectedMs).toBe(1000);
  });

  it("stands for what it used until its process died", () => {
    const run = runOf([{ name: "a", run: "true", gates: judge }], { cost: 2 }, priced({ "a!after0": 0.5 }));
    run.ok("a");
    run.crash();
    expect(run.state.ledger).toMatchObject({ presumedUsd: 0.5, unknownCosts: 1 });
  });
});
