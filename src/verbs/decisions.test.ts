import { describe, expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import type { Tutti } from "./tutti.ts";

interface World {
  readonly tutti: Tutti;
  /** Functions that fail now. */
  readonly broken: Set<string>;
  readonly calls: string[];
}

async function open(home?: string): Promise<World> {
  const broken = new Set<string>();
  const calls: string[] = [];
  const does = (name: string) => () => {
    calls.push(name);
    if (broken.has(name)) throw new Error("it does not work");
    return name;
  };
  const tutti = await openTutti({
    ...(home === undefined ? { state: "memory" } : { home }),
    functions: { a: does("a"), b: does("b"), after: does("after") },
  });
  onTestFinished(() => tutti.close());
  return { tutti, broken, calls };
}

function workflowOf(route: object, rest: object = {}) {
  const ways = {
    a: { when: "true", steps: [{ function: "a" }] },
    b: { when: "true", steps: [{ function: "b" }] },
  };
  const steps = [
    { name: "route", switch: { cases: ways, ...route } },
    { name: "after", function: "after" },
  ];
  return { name: "shop", chain: { steps, ...rest } };
}

async function run({ tutti }: World, value: object): Promise<string> {
  const handle = await tutti.start(await tutti.load({ kind: "object", value }));
  await handle.done;
  return handle.id;
}

describe("what came of decisions", () => {
  it("is remembered by decision and way, once for each run, also after a resume", async () => {
    const world = await open();
    world.broken.add("after");
    const id = await run(world, workflowOf({}));
    await run(world, workflowOf({}));
    const again = await world.tutti.resume(id);
    await again.done;
    expect(await world.tutti.insights.decisions()).toMatchObject([
      {
        workflow: "shop",
        place: "route",
        ways: [
          { way: "a", taken: 2, good: 2 },
          { way: "b", taken: 0 },
        ],
      },
    ]);
  });

  it("is left by a run that is kept nowhere only where it was asked to learn", async () => {
    const world = await open();
    await run(world, { ...workflowOf({}), save_state: false });
    expect(await world.tutti.insights.decisions()).toEqual([]);
    await run(world, { ...workflowOf({ adaptive: true }), save_state: false });
    expect(await world.tutti.insights.decisions()).toMatchObject([
      { ways: [{ way: "a", taken: 1 }, { taken: 0 }] },
    ]);
  });

  it("is bad when the way failed, and good in the end when the run was resumed and it worked", async () => {
    const world = await open();
    world.broken.add("a");
    const id = await run(world, workflowOf({}));
    expect(await world.tutti.insights.decisions()).toMatchObject([
      { ways: [{ way: "a", good: 0, taken: 1 }, { taken: 0 }] },
    ]);
    world.broken.clear();
    await (
      await world.tutti.resume(id)
    ).done;
    expect(await world.tutti.insights.decisions()).toMatchObject([
      { ways: [{ way: "a", good: 1, taken: 1 }, { taken: 0 }] },
    ]);
  });

  it("is told of every way that was taken, also after a resume that takes the last again", async () => {
    const world = await open();
    world.broken.add("a").add("after");
    const id = await run(world, workflowOf({ on_failure: "next" }));
    await (
      await world.tutti.resume(id)
    ).done;
    expect(world.calls).toEqual(["a", "b", "after", "after"]);
    expect(await world.tutti.insights.decisions()).toMatchObject([
      {
        place: "route",
        ways: [
          { way: "a", taken: 1, good: 0 },
          { way: "b", taken: 1, good: 1 },
        ],
      },
    ]);
  });

  it("is the same decision however many may be on a way at once, and balance learns from it", async () => {
    const world = await open();
    world.broken.add("a");
    const ways = (atOnce: number) => ({
      a: { when: "true", at_once: atOnce, steps: [{ function: "a" }] },
      b: { when: "true", steps: [{ function: "b" }] },
    });
    for (let at = 1; at <= 8; at += 1) await run(world, workflowOf({ balance: true, cases: ways(at) }));
    const decisions = await world.tutti.insights.decisions();
    expect(decisions).toHaveLength(1);
    expect(world.calls.filter((name) => name === "b").length).toBeGreaterThan(0);
  });

  it("is not remembered of a decision with learning: false", async () => {
    const world = await open();
    await run(world, workflowOf({ learning: false }));
    expect(await world.tutti.insights.decisions()).toEqual([]);
  });

  it("is that of another decision when its definition is another, adaptive or not", async () => {
    const world = await open();
    await run(world, workflowOf({}));
    await run(world, workflowOf({ adaptive: true }));
    const one = await world.tutti.insights.decisions();
    expect(one).toHaveLength(1);
    await run(world, workflowOf({ default: [{ function: "b" }] }));
    expect(await world.tutti.insights.decisions()).toHaveLength(2);
  });

  it("is asked before an adaptive run, which then takes what works", async () => {
    const world = await open();
    world.broken.add("a");
    for (let count = 0; count < 20; count += 1) await run(world, workflowOf({ adaptive: true }));
    expect(world.calls[0]).toBe("a");
    const late = world.calls.filter((name) => name !== "after").slice(10);
    // seeds differ from run to run: the law is that of `choose`
    expect(late.filter((name) => name === "b").length / late.length).toBeGreaterThan(0.5);
  });

  it("is on the disk with the run's last events", async () => {
    const home = temporaryFolder();
    const clock = createFakeClock();
    const first = await openTutti({ home, clock, functions: { a: () => 1, b: () => 2, after: () => 3 } });
    const handle = await first.start(await first.load({ kind: "object", value: workflowOf({}) }));
    await handle.done;
    const { tutti: second } = await open(home);
    expect(await second.insights.decisions()).toMatchObject([
      { ways: [{ way: "a", good: 1, taken: 1 }, { taken: 0 }] },
    ]);
    await first.close();
  });
});
