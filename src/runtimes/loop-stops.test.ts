import { describe, expect, it } from "vitest";
import { fold } from "../core/apply.ts";
import type { Outcome } from "../core/outcome.ts";
import { isTuttiError, TuttiError } from "../errors.ts";
import type { Json } from "../expression/json.ts";
import type { RunLog } from "../ports/run-store.ts";
import { unasked } from "../core/usage.ts";
import { parallelOf, workflowOf } from "../testing/core-run.ts";
import { calm, loopBench } from "../testing/loop-bench.ts";
import { RunLoop } from "./loop.ts";

const ab: Json[] = [
  { name: "a", run: "true" },
  { name: "b", run: "true" },
];

describe("a loop that is stopped", () => {
  it("stops its work, records what ended well meanwhile, and can be resumed", async () => {
    const { loop, work, works, stored, clock } = await loopBench(
      parallelOf([...ab, { name: "c", run: "true", depends_on: ["a"] }]),
    );
    const end = loop.run();
    await calm();
    work("a").end();
    loop.stop("Ctrl-C");
    expect(await end).toEqual({ status: "executing", stopped: true });
    expect(work("b").context.signal.reason).toMatchObject({ name: "WorkStopped", message: "Ctrl-C" });
    expect(works).toHaveLength(2);
    const state = fold(await stored());
    expect(state?.byAddress.get("a")?.end).toBe("verified");
    expect(state?.byAddress.get("b")?.phase).toBe("running");
    expect(clock.nextDueAt()).toBeUndefined();
  });

  it("waits until its work has ended, and keeps a failure of that time to itself", async () => {
    const slow = Promise.withResolvers<Outcome>();
    const { loop, stored } = await loopBench(parallelOf([{ name: "a", run: "true" }]), {
      perform: () => slow.promise,
    });
    let over = false;
    const end = loop.run().finally(() => (over = true));
    await calm();
    loop.stop("Ctrl-C");
    await calm();
    expect(over).toBe(false);
    slow.resolve({ ok: false });
    expect(await end).toMatchObject({ stopped: true });
    expect((await stored()).some((event) => event.type === "attempt.ended")).toBe(false);
  });

  it("counts what is known of agents that it stops because another was enough", async () => {
    const agents = ["a", "b", "c", "d"].map((name) => ({ name, agent: "mock", prompt: name }));
    const { loop, work, state } = await loopBench(
      workflowOf({ name: "test", chain: [{ name: "g", parallel: "any", steps: agents }] }),
    );
    const end = loop.run();
    await calm();
    work("g/b").context.used?.(unasked);
    work("g/c").context.used?.(unasked);
    work("g/c").context.used?.({ costUsd: 0.4, inputTokens: 5, outputTokens: 1, atLeast: true });
    work("g/a").end({ usage: { costUsd: 1, inputTokens: 2, outputTokens: 2 } });
    expect(await end).toEqual({ status: "completed", stopped: false });
    expect(state.ledger).toMatchObject({ costUsd: 1.4, unknownCosts: 2, inputTokens: 7, agents: 3 });
  });

  it("takes nothing more after its end", async () => {
    const { loop, clock, stored } = await loopBench(parallelOf([{ name: "w", wait: { signal: "go" } }]));
    await loop.run();
    const before = await stored();
    loop.post({ type: "signal", name: "go", payload: 1, at: clock.now() });
    await calm();
    expect(await stored()).toEqual(before);
  });
});

describe("the time of a step or block", () => {
  it("stops the work in it when it is over, and no other", async () => {
    const steps: Json[] = [
      { name: "a", run: "true", limits: { time: "10s" } },
      { name: "g", limits: { time: "20s" }, steps: [{ name: "b", run: "true" }] },
      { name: "c", run: "true" },
    ];
    const { loop, work, stored, clock } = await loopBench(
      parallelOf(steps, { chain: { error_strategy: "continue_on_failure" } }),
    );
    const end = loop.run();
    await calm();
    clock.advance(10_000);
    await calm();
    expect(work("a").context.signal.reason).toMatchObject({ message: "its time is over" });
    expect(work("g/b").context.signal.aborted).toBe(false);
    clock.advance(10_000);
    await calm();
    expect(work("g/b").context.signal.aborted).toBe(true);
    expect(work("c").context.signal.aborted).toBe(false);
    work("c").end();
    expect(await end).toEqual({ status: "degraded", stopped: false });
    const state = fold(await stored());
    expect(["a", "g"].map((address) => state?.byAddress.get(address)?.failure?.code)).toEqual([
      "LIMIT_REACHED",
      "LIMIT_REACHED",
    ]);
  });
});

describe("a loop whose store fails", () => {
  const failing = (fault: "disk-full" | "lose-lease") => ({
    faults: { onAppend: ({ count }: { count: number }) => (count === 1 ? fault : undefined) },
  });

  it("stops all work and ends with the store's error", async () => {
    for (const [fault, code] of [
      ["disk-full", "STORE_FULL"],
      ["lose-lease", "LEASE_LOST"],
    ] as const) {
      const { loop, work, stored } = await loopBench(parallelOf(ab), failing(fault));
      const end = loop.run();
      await calm();
      const before = await stored();
      work("a").end();
      await expect(end).rejects.toSatisfy((error) => isTuttiError(error, code));
      expect(work("b").context.signal.aborted).toBe(true);
      expect(await stored()).toEqual(before);
    }
  });

  it("gives the run back, so that another can go on", async () => {
    const { loop, work, store } = await loopBench(parallelOf(ab), failing("disk-full"));
    const end = loop.run();
    await calm();
    work("a").end();
    await expect(end).rejects.toBeInstanceOf(TuttiError);
    await expect(store.runs.open("r1")).resolves.toMatchObject({ runId: "r1" });
  });

  it("tells the first error, also when the store fails again", async () => {
    const { log, state, clock } = await loopBench(parallelOf(ab));
    const first = new Error("the disk is gone");
    const broken: RunLog = {
      ...log,
      append: () => Promise.reject(first),
      release: () => Promise.reject(new Error("still gone")),
    };
    const loop = new RunLoop({ log: broken, state, clock, perform: async () => ({ ok: true }) });
    await expect(loop.run()).rejects.toBe(first);
  });

  it("tells that the lease could not be given back at a good end", async () => {
    const { log, state, clock } = await loopBench(parallelOf([{ name: "w", wait: { signal: "go" } }]));
    const late = new Error("gone at the end");
    const broken: RunLog = { ...log, release: () => Promise.reject(late) };
    const loop = new RunLoop({ log: broken, state, clock, perform: async () => ({ ok: true }) });
    await expect(loop.run()).rejects.toBe(late);
  });
});
