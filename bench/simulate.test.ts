import { array, assert, integer, nat, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { loadObject } from "../src/language/load.ts";
import { graphDefinition, simulateMakespan, type TaskGraph } from "./simulate.ts";

type Task = TaskGraph["tasks"][number];

function makespanOf(tasks: readonly Task[], workers: number): number {
  const definition = graphDefinition({ name: "graph", tasks }, workers);
  const { workflow, problems } = loadObject(definition, { functions: ["task"] });
  if (!workflow) throw new Error(JSON.stringify(problems));
  return simulateMakespan(workflow);
}

function task(id: string, seconds: number, deps: readonly string[] = []): Task {
  return { id, seconds, deps };
}

describe("the makespan in simulated time", () => {
  it("is the work on one worker and the longest path on many", () => {
    const diamond = [task("a", 1), task("b", 2, ["a"]), task("c", 3, ["a"]), task("d", 1, ["b", "c"])];
    expect(makespanOf(diamond, 1)).toBe(7);
    expect(makespanOf(diamond, 2)).toBe(5);
    expect(makespanOf(diamond, 64)).toBe(5);
  });

  it("is that of the longest path first, not of the file's order", () => {
    const tasks = [task("short", 1), task("other", 1), task("head", 1), task("tail", 3, ["head"])];
    expect(makespanOf(tasks, 2)).toBe(4);
  });

  it("knows tasks of less than a millisecond", () => {
    expect(makespanOf([task("a", 0.000196), task("b", 0.0004, ["a"])], 1)).toBeCloseTo(0.000596, 9);
  });

  it("lies between its lower bound and Graham's upper bound, or the sum, on every graph and number of workers", () => {
    const drawn = record({ seconds: integer({ min: 1, max: 50 }), picks: array(nat(), { maxLength: 3 }) });
    assert(
      property(
        array(drawn, { minLength: 1, maxLength: 20 }),
        integer({ min: 1, max: 6 }),
        (list, workers) => {
          const tasks = list.map(({ seconds, picks }, index) =>
            task(
              `t${index}`,
              seconds,
              index === 0 ? [] : [...new Set(picks.map((pick) => `t${pick % index}`))],
            ),
          );
          const work = tasks.reduce((sum, { seconds }) => sum + seconds, 0);
          const path = longestPath(tasks);
          const makespan = makespanOf(tasks, workers);
          expect(makespan).toBeGreaterThanOrEqual(Math.max(path, work / workers) - 1e-6);
          expect(makespan).toBeLessThanOrEqual(work + 1e-6);
          // a sequence is chosen only where running together would save the independent steps less than a fifth
          const graham = work / workers + (1 - 1 / workers) * path;
          expect(makespan).toBeLessThanOrEqual(graham / 0.8 + 1e-6);
        },
      ),
    );
  });
});

function longestPath(tasks: readonly Task[]): number {
  const ends = new Map<string, number>();
  for (const { id, seconds, deps } of tasks) {
    ends.set(id, seconds + Math.max(0, ...deps.map((dep) => ends.get(dep) ?? 0)));
  }
  return Math.max(...ends.values());
}
