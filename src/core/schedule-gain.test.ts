import { array, assert, integer, nat, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { loadObject } from "../language/load.ts";
import { buildPlan } from "./plan.ts";
import type { Schedule } from "./schedule.ts";

interface Task {
  readonly ms: number;
  readonly needs: readonly number[];
}

function scheduleOf(tasks: readonly Task[], parallel = 64): Schedule {
  const steps = tasks.map(({ ms, needs }, index) => ({
    name: `t${index}`,
    function: "work",
    depends_on: needs.map((need) => `t${need}`),
    expect: `${ms}ms`,
  }));
  const definition = { name: "gain", limits: { parallel }, chain: { parallel_where_possible: true, steps } };
  const { workflow, problems } = loadObject(definition, { functions: ["work"] });
  if (!workflow) throw new Error(JSON.stringify(problems));
  return buildPlan(workflow, { expectedMs: {} }).root.schedule;
}

/** By definition: a task runs alone when every other one is among those before or after it. */
function timeAlone(tasks: readonly Task[]): number {
  const before = tasks.map(() => new Set<number>());
  tasks.forEach(({ needs }, index) => {
    for (const need of needs) for (const one of [need, ...(before[need] ?? [])]) before[index]?.add(one);
  });
  const isAlone = (index: number): boolean =>
    tasks.every((_, other) => other === index || before[index]?.has(other) || before[other]?.has(index));
  return tasks.reduce((sum, { ms }, index) => sum + (isAlone(index) ? ms : 0), 0);
}

describe("the gain that decides whether steps run together", () => {
  it("does not count a long step that everything waits for", () => {
    const diamond = [
      { ms: 900, needs: [] },
      { ms: 40, needs: [0] },
      { ms: 60, needs: [0] },
      { ms: 800, needs: [1, 2] },
    ];
    const schedule = scheduleOf(diamond);
    expect(schedule.strategy).toBe("fork-join");
    expect(schedule.gain).toBeCloseTo(40 / 1800);
  });

  it("is too small where one of the independent steps takes nearly all the time", () => {
    const schedule = scheduleOf([
      { ms: 100, needs: [] },
      { ms: 10, needs: [] },
    ]);
    expect(schedule.strategy).toBe("sequence");
    expect(schedule.why).toBe("running together would save the independent steps 9 %, less than 20 %");
  });

  it("is that of the steps which can have another one beside them, in any graph", () => {
    const task = record({
      ms: integer({ min: 1, max: 100 }),
      picks: array(nat(), { maxLength: 3 }),
    });
    assert(
      property(array(task, { minLength: 1, maxLength: 9 }), (drawn) => {
        const tasks = drawn.map(({ ms, picks }, index) => ({
          ms,
          needs: index === 0 ? [] : [...new Set(picks.map((pick) => pick % index))],
        }));
        const { sequentialMs, criticalMs, strategy } = scheduleOf(tasks);
        const aloneMs = timeAlone(tasks);
        const free = sequentialMs - aloneMs;
        const gain = free > 0 ? (sequentialMs - criticalMs) / free : 0;
        expect(strategy !== "sequence").toBe(gain >= 0.2);
      }),
    );
  });

  it("does not matter where `parallel:` asks for the steps to run together", () => {
    const steps = [
      { name: "long", function: "work", expect: "100s" },
      { name: "short", function: "work", expect: "1s" },
    ];
    const chain = [{ name: "both", parallel: { join: "all" }, steps }];
    const { workflow } = loadObject({ name: "asked", chain }, { functions: ["work"] });
    const block = workflow && buildPlan(workflow, { expectedMs: {} }).root.nodes[0]?.block;
    expect(block?.schedule).toMatchObject({ strategy: "fork-join", makespanMs: 100_000 });
  });
});

describe("what waits for something outside, where the gain is too small", () => {
  const work = (name: string, expect: string, needs: readonly string[] = []) => ({
    name,
    function: "work",
    depends_on: needs,
    expect,
  });
  const blockOf = (steps: readonly Json[], where: object = { parallel_where_possible: true }) => {
    const value = { name: "outside", chain: { ...where, steps } };
    const { workflow, problems } = loadObject(value, { functions: ["work"] });
    if (!workflow) throw new Error(JSON.stringify(problems));
    return buildPlan(workflow, { expectedMs: {} }).root;
  };
  const needsOf = (steps: readonly Json[], where?: object) =>
    blockOf(steps, where).nodes.map(({ needs }) => needs);

  it("holds up nothing but what needs it, however deep it lies", () => {
    const gated = { ...work("gated", "1s"), gates: [{ approval: "Fine?" }] };
    const asked = { name: "ok", approval: "Go?" };
    for (const one of [
      asked,
      { name: "ok", wait: { signal: "go" } },
      { name: "ok", wait: "1s" },
      { name: "ok", steps: [asked] },
      { name: "ok", for_each: [1], steps: [asked] },
      { ...gated, name: "ok" },
    ]) {
      const steps = [one, work("long", "100s"), work("after", "1s", ["ok"]), work("short", "1s")];
      expect(needsOf(steps)).toEqual([[], [], [0], [1]]);
    }
  });

  it("is told with the plan", () => {
    const ask = (name: string) => ({ name, approval: "Go?" });
    const long = [work("long", "100s"), work("short", "1s")];
    const { schedule } = blockOf([ask("ok"), ...long]);
    expect(schedule).toMatchObject({ strategy: "sequence", levels: [["ok", "long"], ["short"]] });
    expect(schedule.why).toBe(
      'running together would save the independent steps 1 %, less than 20 %; nothing waits for "ok" but what needs it: ' +
        "nobody knows how long that takes",
    );
    expect(blockOf([...["a", "b", "c", "d"].map(ask), ...long]).schedule.why).toMatch(
      /for "a", "b", "c" and 1 more but/,
    );
    const row = [work("first", "1s"), { ...ask("ok"), depends_on: ["first"] }];
    expect(blockOf(row).schedule.why).toMatch(/less than 20 %$/);
  });

  it("is in the order of the file where nothing may run together", () => {
    const steps = [{ name: "ok", approval: "Go?" }, work("long", "100s"), work("short", "1s")];
    expect(needsOf(steps, {})).toEqual([[], [0], [1]]);
  });
});
