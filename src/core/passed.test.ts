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

describe("a cap that was passed in a run", () => {
  const inBlock = (limits: JsonObject): JsonObject => ({
    name: "blk",
    limits,
    steps: [agent("a", { expect: { cost: 0.05 } })],
  });

  it("is told at its end when it is that of a step or of a block", () => {
    const run = runOf([inBlock({ cost: 0.1 }), agent("s", { limits: { cost: 0.1, tokens: 10 } })], {});
    run.ok("blk/a", usd(0.2));
    run.ok("s", usd(0.1, 20));
    expect(run.status).toBe("completed");
    expect(reasonOf(run)).toBe(
      'the caps on cost of "blk" ($0.20 of $0.10) and tokens of "s" (20 of 10) were passed',
    );
  });

  it("is counted where there are many, after those of the run", () => {
    const names = ["a", "b", "c", "d", "e"];
    const steps = names.map((name) => agent(name, { limits: { tokens: 10 } }));
    const run = runOf(steps, { cost: 0.5 });
    for (const name of names) run.ok(name, usd(0.2, 20));
    expect(reasonOf(run)).toBe(
      'the caps on cost ($1.00 of $0.50), tokens of "a" (20 of 10), tokens of "b" (20 of 10) and 3 more were passed',
    );
  });

  it("is that of the day, once that is used up", () => {
    const run = runOf([agent("a"), agent("b")], { day: 1 });
    run.ok("a", { ...usd(2), limit: { limit: "dayUsd", used: 2, cap: 1 } });
    run.ok("b", { ...usd(2), limit: { limit: "dayUsd", used: 4, cap: 1 } });
    expect(run.events.filter(({ type }) => type === "limit.passed")).toHaveLength(1);
    expect(reasonOf(run)).toBe("the cap on the day was passed ($2.00 of $1.00)");
  });

  it("is none of a day whose cap was raised since", () => {
    const run = runOf([agent("a"), { name: "z", run: "false" }], { day: 1 });
    run.ok("a", { ...usd(2), limit: { limit: "dayUsd", used: 2, cap: 1 } });
    run.fail("z");
    run.give({ type: "restart", overrides: { limits: { dayUsd: 5 } } });
    run.ok("z");
    expect([run.status, reasonOf(run)]).toEqual(["completed", undefined]);
  });

  it("is that of the time where caps are only told", () => {
    const run = runOf([{ name: "a", run: "./a", limits: { time: "2s" } }], { mode: "audit" });
    run.fire("limit:a");
    run.now += 3000;
    run.ok("a");
    expect(reasonOf(run)).toBe('the cap on time of "a" was passed (5 s of 2 s)');
  });

  it("is none that was raised since", () => {
    const capped = (cost: number) =>
      workflowOf({ name: "w", chain: [inBlock({ cost }), { name: "z", run: "false" }] });
    const run = new CoreRun(capped(0.1));
    run.ok("blk/a", usd(0.2));
    run.fail("z");
    run.give({ type: "restart", workflow: capped(1) });
    run.ok("z");
    expect([run.status, reasonOf(run)]).toEqual(["completed", undefined]);
  });
});
