import { TuttiError } from "../errors.ts";
import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import type { Performer } from "../ports/performer.ts";
import type { RunLog } from "../ports/run-store.ts";
import { parallelOf, workflowOf } from "../testing/core-run.ts";
import { calm, loopBench } from "../testing/loop-bench.ts";
import { RunLoop } from "./loop.ts";
import { createMemoryStore } from "./memory/store.ts";
import { WorkStopped } from "./works.ts";

const ab: Json[] = [
  { name: "a", run: "true" },
  { name: "b", run: "true" },
];

describe("the loop of a run", () => {
  it("begins what is owed, starts what follows, and ends with the run", async () => {
    const { loop, work, works, stored, seen, store } = await loopBench(
      parallelOf([...ab, { name: "c", run: "true", depends_on: ["a", "b"] }]),
    );
    const end = loop.run();
    await calm();
    expect(works.map(({ effect }) => effect.id)).toEqual(["a@0.1", "b@0.1"]);
    work("a").end();
    work("b").end();
    await calm();
    work("c").end({ output: 3 });
    expect(await end).toEqual({ status: "completed", stopped: false });
    expect(seen).toEqual(await stored());
    expect(loop.state.status).toBe("completed");
    expect((await store.runs.list()).map(({ status, owner }) => [status, owner])).toEqual([
      ["completed", undefined],
    ]);
  });

  it("begins nothing before its start is durable", async () => {
    const held = Promise.withResolvers<void>();
    const run = await loopBench(parallelOf([...ab, { name: "c", run: "true", depends_on: ["a"] }]));
    const slow: RunLog = {
      ...run.log,
      append: async (...args) => {
        await held.promise;
        await run.log.append(...args);
      },
    };
    const works: string[] = [];
    const perform: Performer = async ({ id }) => {
      works.push(id);
      return { ok: true };
    };
    const loop = new RunLoop({ log: slow, state: run.state, clock: run.clock, perform });
    const end = loop.run();
    await calm();
    expect(works).toEqual(["a@0.1", "b@0.1"]);
    held.resolve();
    await end;
    expect(works).toEqual(["a@0.1", "b@0.1", "c@0.1"]);
  });

  it("decides results that come in together in one commit", async () => {
    const names = Array.from({ length: 50 }, (_, at) => `s${at}`);
    const commits: number[] = [];
    const workflow = parallelOf(
      names.map((name) => ({ name, run: "true" })),
      { limits: { parallel: 50 } },
    );
    const { loop, works } = await loopBench(workflow, {
      faults: { onAppend: ({ events }) => void commits.push(events.length) },
    });
    const end = loop.run();
    await calm();
    for (const { end: finish } of works) finish();
    await end;
    expect(commits).toHaveLength(1);
  });

  it("hands on lines and stages of the work", async () => {
    const printed: unknown[] = [];
    const { loop, work, stored } = await loopBench(parallelOf([{ name: "a", command: "/task" }]), {
      onPrint: (line) => printed.push(line),
    });
    const end = loop.run();
    await calm();
    work("a").context.print("hello", "stderr");
    work("a").context.stage({ stage: "resolve", ok: true, durationMs: 2 });
    work("a").end();
    await end;
    expect(printed).toEqual([{ address: "a", attempt: 1, line: "hello", stream: "stderr" }]);
    expect((await stored()).find((event) => event.type === "stage.ended")).toMatchObject({
      record: { stage: "resolve" },
    });
  });

  it("lets timers and other runs have their turn in a long row of quick steps", async () => {
    const steps = Array.from({ length: 200 }, (_, at) => ({ name: `s${at}`, function: "work" }));
    const { loop } = await loopBench(workflowOf({ name: "row", chain: { steps } }), {
      perform: async () => ({ ok: true }),
    });
    let turns = 0;
    const count = (): void => {
      turns += 1;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    expect((await loop.run()).status).toBe("completed");
    clearImmediate(counting);
    expect(turns).toBeGreaterThan(200 / 16);
  });

  it("takes a performer that throws for a fault of its own, and fails the step", async () => {
    const { loop, work, state } = await loopBench(parallelOf([{ name: "a", run: "true" }]));
    const end = loop.run();
    await calm();
    work("a").reject(new RangeError("oops"));
    expect((await end).status).toBe("failed");
    expect(state.byAddress.get("a")?.failure).toMatchObject({
      code: "INTERNAL",
      message: "A fault in tutti: oops",
    });
  });

  it("tells the fault of a store as what it is, which no strategy tolerates and nothing undoes", async () => {
    const strategy = { error_strategy: "continue_on_failure" };
    const first = { name: "first", run: "true", undo: "false" };
    const a = { name: "a", run: "true", depends_on: ["first"], ...strategy };
    const { loop, work, state } = await loopBench(parallelOf([first, a]));
    const end = loop.run();
    await calm();
    work("first").end();
    await calm();
    work("a").reject(new TuttiError("STORE_FULL", "Cannot write it", { fix: "free some space" }));
    expect((await end).status).toBe("failed");
    expect(state.byAddress.get("a")?.failure).toMatchObject({ code: "STORE_FULL", fix: "free some space" });
    expect([...state.byAddress.keys()]).not.toContain("first~undo");
  });
});

describe("timers of the loop", () => {
  it("wake the run when they are due", async () => {
    const { loop, clock, work, works } = await loopBench(
      parallelOf([
        { name: "a", run: "true", retry: { max: 1, on: ["failure"] } },
        { name: "w", wait: "2s" },
      ]),
    );
    const end = loop.run();
    await calm();
    work("a").end({ ok: false, failure: { code: "COMMAND_FAILED", message: "no", class: "failure" } });
    await calm();
    clock.advance(2000);
    await calm();
    expect(works.map(({ effect }) => effect.id)).toEqual(["a@0.1", "a@0.2"]);
    work("a").end();
    expect((await end).status).toBe("completed");
    expect(clock.nextDueAt()).toBeUndefined();
  });

  it("are stayed for only as long as it was asked to", async () => {
    const short = await loopBench(parallelOf([{ name: "w", wait: "10s" }]), { stayMs: 9999 });
    expect(await short.loop.run()).toEqual({ status: "waiting", stopped: false });
    const long = await loopBench(parallelOf([{ name: "w", wait: "10s" }]), { stayMs: 10_000 });
    const end = long.loop.run();
    await calm();
    long.clock.advance(10_000);
    expect((await end).status).toBe("completed");
  });

  it.each([
    ["an answer", { approval: "Go?", deadline: "2m" }],
    ["a signal", { wait: { signal: "go", deadline: "2m" } }],
  ])("are not stayed for when they are the far deadline of %s, if so asked", async (_, step) => {
    const far = await loopBench(parallelOf([{ name: "w", ...step }]), { stayAskedMs: 60_000 });
    expect(await far.loop.run()).toEqual({ status: "waiting", stopped: false });
    const timed = [
      { name: "w", ...step },
      { name: "t", wait: "3m" },
    ];
    for (const { steps, stay } of [
      { steps: timed, stay: { stayAskedMs: 60_000 } },
      { steps: timed.slice(0, 1), stay: { stayAskedMs: 120_000 } },
      { steps: timed.slice(0, 1), stay: {} },
    ]) {
      const near = await loopBench(parallelOf(steps), stay);
      const end = near.loop.run();
      await calm();
      near.clock.advance(120_000);
      expect((await end).status).toBe("failed");
    }
  });

  it("are not needed where it stays to the end", async () => {
    const { loop } = await loopBench(parallelOf([{ name: "w", wait: { signal: "go" } }]), {
      stayToEnd: true,
    });
    const end = loop.run();
    await calm();
    loop.post({ type: "signal", name: "go", payload: 1, at: 0 });
    expect((await end).status).toBe("completed");
  });

  it("do not keep a loop whose run waits for a signal only", async () => {
    const { loop } = await loopBench(parallelOf([{ name: "w", wait: { signal: "go" } }]));
    expect(await loop.run()).toEqual({ status: "waiting", stopped: false });
  });

  it("stop the work of a run whose time is used up, and begin none", async () => {
    const { loop, clock, work, works } = await loopBench(
      parallelOf([{ name: "a", run: "true", gates: [{ run: "./check" }] }, ...ab.slice(1)], {
        limits: { time: "1m" },
      }),
    );
    const end = loop.run();
    await calm();
    const { signal } = work("b").context;
    clock.advance(60_000);
    // this one was over just before it was told to stop
    work("a").end();
    expect((await end).status).toBe("failed");
    expect(signal.reason).toBeInstanceOf(WorkStopped);
    expect(works.map(({ effect }) => effect.type)).toEqual(["perform", "perform"]);
  });
});

describe("messages to the loop", () => {
  it("come in from other processes, once each", async () => {
    const { loop, store, clock, stored } = await loopBench(
      parallelOf([{ name: "w", wait: { signal: "go" } }, ...ab]),
    );
    const end = loop.run();
    await calm();
    const other = createMemoryStore({ clock, disk: store.disk });
    await other.runs.post("r1", { type: "signal", name: "go", payload: 1, at: 0 });
    await calm();
    await other.runs.post("r1", { type: "cancel", reason: "enough", at: 0 });
    expect((await end).status).toBe("cancelled");
    const events = await stored();
    expect(events.filter((event) => event.type === "signal.received")).toHaveLength(1);
    expect(events.every((event) => event.at >= clock.now() - 1)).toBe(true);
    expect(await (await other.runs.open("r1")).inbox()).toEqual([]);
  });

  it("that were sent before a deadline are taken before it, also when both are seen together", async () => {
    const wait = { signal: "go", deadline: "1m" };
    const { loop, store, clock, state } = await loopBench(parallelOf([{ name: "w", wait }]));
    const end = loop.run();
    await calm();
    const other = createMemoryStore({ clock, disk: store.disk });
    const dueAt = state.byAddress.get("w")?.dueAt ?? 0;
    // the loop is not told of it
    clock.advance(dueAt - clock.now() - 1);
    void other.runs.post("r1", { type: "signal", name: "go", payload: 1, at: clock.now() });
    clock.advance(1);
    await end;
    expect(state.byAddress.get("w")?.end).toBe("verified");
  });

  it("that change nothing are forgotten all the same", async () => {
    const { loop, store, work } = await loopBench(parallelOf(ab));
    await store.runs.post("r1", { type: "timer", timer: "waiting:a", at: 0 });
    const end = loop.run();
    await calm();
    work("a").end();
    work("b").end();
    await end;
    expect(await (await store.restart().runs.open("r1")).inbox()).toEqual([]);
  });

  it("cancel stops what runs and begins nothing more", async () => {
    const { loop, clock, work, state } = await loopBench(parallelOf(ab));
    const end = loop.run();
    await calm();
    loop.post({ type: "cancel", at: clock.now() });
    expect((await end).status).toBe("cancelled");
    expect(work("a").context.signal.aborted).toBe(true);
    expect(state.byAddress.get("a")).toMatchObject({ end: "cancelled", failure: { code: "CANCELLED" } });
  });

  it("pause lets what runs end, and the loop comes back", async () => {
    const { loop, clock, work } = await loopBench(
      parallelOf([...ab, { name: "c", run: "true", depends_on: ["a"] }]),
    );
    const end = loop.run();
    await calm();
    loop.post({ type: "pause", at: clock.now() });
    await calm();
    work("a").end();
    work("b").end();
    expect(await end).toEqual({ status: "paused", stopped: false });
  });
});
