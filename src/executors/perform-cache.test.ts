import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Outcome } from "../core/outcome.ts";
import type { Executor } from "../ports/executor.ts";
import { createProcesses } from "../processes/supervisor.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { call, createPerformerBench, effect } from "../testing/performer-bench.ts";
import type { PerformerBench, PerformerBenchOptions } from "../testing/performer-bench.ts";

const processes = createProcesses();
const cwd = mkdtempSync(join(tmpdir(), "tutti-perform-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function createBench(options: PerformerBenchOptions = {}): PerformerBench {
  return createPerformerBench({ processes, cwd }, options);
}

describe("the result cache", () => {
  const usage = { costUsd: 0.5, inputTokens: 10, outputTokens: 10 };

  function counting(
    options: PerformerBenchOptions = {},
    outcome: Partial<Outcome> = {},
  ): PerformerBench & { calls: () => number } {
    let calls = 0;
    const executor: Executor = {
      kind: "function",
      execute: async () => ({ ok: true, usage, output: (calls += 1), ...outcome }),
    };
    const bench = createBench({ executors: new Map([["function", executor]]), ...options });
    return { ...bench, calls: () => calls };
  }

  const cachedEffect = effect(call("x"), { cacheMs: 1000 });

  it("gives a good result again, marked and for nothing, until it is too old", async () => {
    const { perform, clock, calls } = counting();
    expect(await perform(cachedEffect)).toEqual({ ok: true, usage, output: 1 });
    expect(await perform(cachedEffect, { runId: "r2", seed: "other" })).toEqual({
      ok: true,
      output: 1,
      cached: true,
      usage: { costUsd: 0, inputTokens: 0, outputTokens: 0 },
    });
    clock.advance(1000);
    expect(await perform(cachedEffect)).toMatchObject({ output: 2 });
    expect(calls()).toBe(2);
  });

  it("is asked only by steps that want it", async () => {
    const { perform, calls } = counting();
    await perform(cachedEffect);
    expect(await perform(effect(call("x")))).not.toHaveProperty("cached");
    expect(calls()).toBe(2);
  });

  it("keeps no failure, and nothing of the wrong shape", async () => {
    const failing = counting({}, { ok: false });
    await failing.perform(cachedEffect);
    await failing.perform(cachedEffect);
    expect(failing.calls()).toBe(2);
    const shapeless = counting();
    const wrong = effect(call("x"), { cacheMs: 1000, schema: { type: "string" } });
    await shapeless.perform(wrong);
    await shapeless.perform(wrong);
    expect(shapeless.calls()).toBe(2);
  });

  it("gives no result whose artifact is gone", async () => {
    const { perform, store, calls } = counting({}, { output: "x".repeat(500) });
    const large = effect(call("x"), { cacheMs: 1000, outputBytes: 10 });
    const { artifacts } = await perform(large);
    expect((await perform(large)).cached).toBe(true);
    await store.artifacts.remove(artifacts?.["output"] ?? "");
    expect(await perform(large)).not.toHaveProperty("cached");
    expect(calls()).toBe(1 + 1);
  });

  it("costs no result when it does not work", async () => {
    const cache = {
      ...createMemoryStore({ clock: createFakeClock() }).cache,
      get: () => Promise.reject(new Error("damaged")),
      put: () => Promise.reject(new Error("disk full")),
    };
    expect(await counting({ cache }).perform(cachedEffect)).toMatchObject({
      ok: true,
      output: 1,
      details: { cache: "not used: damaged; disk full" },
    });
  });

  it("takes no slot for what it has", async () => {
    const { perform } = counting({ requestsPerMinute: 1 });
    await perform(cachedEffect);
    expect((await perform(cachedEffect)).cached).toBe(true);
  });
});
