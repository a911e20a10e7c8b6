import { describe, expect, it } from "vitest";
import { isTuttiError } from "../errors.ts";
import type { Json } from "../expression/json.ts";
import type { Workflow } from "../language/workflow.ts";
import { parallelOf, workflowOf } from "../testing/core-run.ts";
import { buildPlan } from "./plan.ts";
import type { Schedule } from "./schedule.ts";

const noHints = { expectedMs: {} };

function step(name: string, needs: readonly string[] = [], seconds = 10): Json {
  return { name, run: "true", depends_on: needs, expect: `${seconds}s` };
}

function scheduled(steps: readonly Json[], rest: Record<string, Json> = {}): Schedule {
  return buildPlan(parallelOf(steps, rest), noHints).root.schedule;
}

describe("a plan", () => {
  it("counts the nodes of all blocks and turns needs into positions", () => {
    const plan = buildPlan(
      parallelOf([
        step("a"),
        { name: "g", steps: [step("x"), step("y")], depends_on: ["a"] },
        { name: "w", wait: "30s" },
      ]),
      noHints,
    );
    expect(plan.size).toBe(5);
    expect(plan.root.nodes.map(({ kind, needs, dependents }) => ({ kind, needs, dependents }))).toEqual([
      { kind: "step", needs: [], dependents: [1] },
      { kind: "group", needs: [0], dependents: [] },
      { kind: "wait", needs: [], dependents: [] },
    ]);
  });

  it("expects what history says, then what the author says, then what is usual", () => {
    const steps: Json[] = [
      { name: "hinted", run: "true", expect: "7s" },
      { name: "told", run: "true", expect: "7s" },
      { name: "line", run: "true" },
      { name: "slash", command: "/task" },
      { name: "asked", agent: "mock", prompt: "hi" },
      { name: "called", http: { method: "GET", url: "http://localhost/" } },
      { name: "worked", function: "work" },
      { name: "slept", wait: "4s" },
      { name: "until", wait: { until: "2030-01-01T00:00:00Z" } },
      {
        name: "group",
        steps: [
          { name: "inner", run: "true", expect: "2s" },
          { name: "hinted", run: "true" },
        ],
      },
    ];
    const plan = buildPlan(parallelOf(steps), { expectedMs: { hinted: 3000, "group/hinted": 500 } });
    const expected = plan.root.nodes.map((node) => [node.step.name, node.expectedMs]);
    expect(Object.fromEntries(expected)).toEqual({
      hinted: 3000,
      told: 7000,
      line: 5000,
      slash: 60_000,
      asked: 60_000,
      called: 1000,
      worked: 100,
      slept: 4000,
      until: 1,
      group: 2500,
    });
  });

  it("refuses a need that names no step, and a circle: the loader has told both", () => {
    const workflow = parallelOf([step("a"), step("b", ["a"])]);
    const withNeeds = (needs: Record<string, string>): Workflow => ({
      ...workflow,
      chain: {
        ...workflow.chain,
        steps: workflow.chain.steps.map((one) => ({
          ...one,
          needs: [{ step: needs[one.name] ?? "", because: "depends_on" }],
        })),
      },
    });
    for (const needs of [
      { a: "b", b: "z" },
      { a: "b", b: "a" },
    ]) {
      expect(() => buildPlan(withNeeds(needs), noHints)).toThrow(
        expect.toSatisfy((error: unknown) => isTuttiError(error, "INTERNAL")),
      );
    }
    expect(buildPlan(withNeeds({ a: "a", b: "a" }), noHints).root.nodes[0]?.needs).toEqual([]);
  });
});

describe("the schedule of a block", () => {
  it("runs one step after another unless it was asked for more, and says so", () => {
    const workflow = workflowOf({ name: "t", chain: { steps: [step("b"), step("a"), step("c", ["b"])] } });
    const { nodes, schedule } = buildPlan(workflow, noHints).root;
    expect(schedule).toMatchObject({
      strategy: "sequence",
      why: "parallel_where_possible is not set",
      sequentialMs: 30_000,
      makespanMs: 30_000,
      criticalMs: 30_000,
      gain: 0,
      criticalPath: ["b", "a", "c"],
      levels: [["b"], ["a"], ["c"]],
    });
    expect(nodes.map(({ needs }) => needs)).toEqual([[], [0], [0, 1]]);
  });

  it("keeps steps in a row where the gain is below 20 %", () => {
    const schedule = scheduled([step("long", [], 81), step("short", [], 19)]);
    expect(schedule.strategy).toBe("sequence");
    expect(schedule.why).toMatch(/19 %, less than 20 %$/);
    expect(scheduled([step("long", [], 80), step("short", [], 20)]).strategy).toBe("fork-join");
  });

  it("does not say that 20 % is less than 20 %", () => {
    expect(scheduled([step("long", [], 802), step("short", [], 198)]).why).toMatch(/ 19 %, less than 20 %$/);
  });

  it("forks and joins independent steps", () => {
    const schedule = scheduled([step("a"), step("b"), step("c")]);
    expect(schedule).toMatchObject({ strategy: "fork-join", makespanMs: 10_000, levels: [["a", "b", "c"]] });
    expect(schedule.gain).toBeCloseTo(2 / 3);
    expect(scheduled([step("s"), step("a", ["s"]), step("b", ["s"]), step("e", ["a", "b"])]).strategy).toBe(
      "fork-join",
    );
  });

  it("puts a barrier where each group needs the whole group before it", () => {
    const steps = [step("a"), step("b"), step("c", ["a", "b"]), step("d", ["a", "b"])];
    expect(scheduled(steps).strategy).toBe("barrier");
  });

  it("does not take for a barrier what needs as many steps, but others", () => {
    const steps = [step("a"), step("b", ["a"]), step("c", ["a"]), step("d", ["a", "b"])];
    expect(scheduled(steps).strategy).toBe("event-driven");
  });

  it("runs separate lines beside each other as a pipeline", () => {
    const steps = [step("a"), step("b"), step("a2", ["a"]), step("b2", ["b"])];
    expect(scheduled(steps).strategy).toBe("pipeline");
  });

  it("lets each step start by its own needs where there is no simpler shape", () => {
    const steps = [step("a"), step("b"), step("c", ["a"]), step("d", ["a", "b"])];
    expect(scheduled(steps)).toMatchObject({
      strategy: "event-driven",
      why: "each step starts the moment its own dependencies have ended",
    });
  });

  it("counts on no more workers than the run has", () => {
    const schedule = scheduled([step("a"), step("b"), step("c"), step("d")], { limits: { parallel: 2 } });
    expect(schedule).toMatchObject({ makespanMs: 20_000, criticalMs: 10_000 });
  });

  it("names the longest path", () => {
    const steps = [step("a", [], 1), step("b", [], 5), step("c", ["a"], 9), step("d", ["b"], 2)];
    expect(scheduled(steps)).toMatchObject({ criticalPath: ["a", "c"], criticalMs: 10_000 });
  });

  it("leaves fallbacks out of every prediction", () => {
    const a = { ...(step("a") as object), error_strategy: { fallback: "f" } };
    const steps = [a, step("b"), step("f", ["a"], 1000)];
    expect(scheduled(steps)).toMatchObject({
      sequentialMs: 20_000,
      makespanMs: 10_000,
      criticalMs: 10_000,
      criticalPath: ["a"],
      levels: [["a", "b"]],
    });
  });
});
