import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../expression/json.ts";
import { loadObject } from "../language/load.ts";
import { agent, reasonOf, usd } from "../testing/budget-run.ts";
import { CoreRun, workflowOf } from "../testing/core-run.ts";
import { nothingSpent } from "./child-record.ts";

const other = workflowOf({ name: "other", chain: [{ name: "n", run: "true" }] });

const inner = (name: string): Json => ({ name, mode: "child", workflow: "./other.yaml" });

function runOf(steps: readonly Json[], limits: JsonObject): CoreRun {
  const value = { name: "w", limits, chain: { parallel_where_possible: true, steps } } as JsonObject;
  const { workflow } = loadObject(value, { workflows: { "./other.yaml": other } });
  if (!workflow) throw new Error("it has mistakes");
  return new CoreRun(workflow);
}

const text = "the cap on cost was passed ($0.30 of $0.25)";

function ended(run: CoreRun, address: string, passed: string | undefined = text): void {
  const { request } = run.node(address);
  const id = request?.kind === "workflow" ? request.child : "";
  const told = passed === "" ? {} : { passed };
  run.ok(address, { child: { id, status: "completed", spent: nothingSpent, ...told } });
}

describe("a cap that was passed in a run inside another", () => {
  it("is named at the end of its step, and at that of the run around it", () => {
    const run = runOf([inner("x"), inner("y")], {});
    ended(run, "x");
    expect(run.node("x").reason).toBe(`run r1.1, which does it: ${text}`);
    ended(run, "y", "");
    expect(run.node("y").reason).toBeUndefined();
    expect(run.status).toBe("completed");
    expect(reasonOf(run)).toBe(`run r1.1: ${text}`);
  });

  it("stands beside what keeps that run from being completed, and beside its own caps", () => {
    const run = runOf([inner("x"), agent("a", { error_strategy: "continue_on_failure" })], { cost: 1 });
    ended(run, "x");
    run.fail("a", {}, usd(2));
    expect(run.status).toBe("degraded");
    expect(reasonOf(run)).toBe(
      `"a" failed; the run went on; the cap on cost was passed ($2.00 of $1.00); run r1.1: ${text}`,
    );
  });

  it("is counted where there are many", () => {
    const names = ["a", "b", "c", "d", "e"];
    const run = runOf(names.map(inner), {});
    for (const name of names) ended(run, name);
    expect(reasonOf(run)?.split("; ").slice(2)).toEqual([`run r1.3: ${text}`, "and 2 more runs"]);
  });

  it("is not that of a run that goes on and stays below it", () => {
    const run = runOf([inner("x"), { name: "s", run: "false" }], {});
    ended(run, "x");
    run.fail("s");
    run.give({ type: "restart", from: "x" });
    ended(run, "x", "");
    run.ok("s");
    expect(run.status).toBe("completed");
    expect(reasonOf(run)).toBeUndefined();
  });

  it("is none where a sum is a little more than the cap in binary only", () => {
    const run = runOf([agent("a"), agent("b"), agent("c")], { cost: 0.3, parallel: 1 });
    for (const name of ["a", "b", "c"]) run.ok(name, usd(0.1));
    expect([run.status, reasonOf(run)]).toEqual(["completed", undefined]);
  });
});
