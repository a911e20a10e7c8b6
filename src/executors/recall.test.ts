import { describe, expect, it } from "vitest";
import { secretMarker, type EffectPolicy, type Request } from "../core/effects.ts";
import { TuttiError } from "../errors.ts";
import type { Executor } from "../ports/executor.ts";
import type { Memory } from "../ports/memory.ts";
import { createKeptMemory } from "../memory/kept.ts";
import { createProcesses } from "../processes/supervisor.ts";
import { newNotes } from "../testing/memory-contract.ts";
import { createPerformerBench, effect, testSeed } from "../testing/performer-bench.ts";

const processes = createProcesses();
const ask: Request = { kind: "agent", agent: "mock", prompt: "hi" };
const reads = { name: "notes", read: true, maxBytes: 8000 } as const;

function bench(memory: Memory = createKeptMemory({ now: () => 0 })) {
  const asked: Request[] = [];
  const executor: Executor = {
    kind: "agent",
    execute: async (request) => {
      asked.push(request);
      return { ok: true, output: asked.length };
    },
  };
  const executors = new Map([["agent", executor]]);
  const made = createPerformerBench({ processes, cwd: "/" }, { executors, memory });
  const told = async (policy: Partial<EffectPolicy>) => {
    await made.perform(effect(ask, policy));
    const request = asked.at(-1);
    return request && "memory" in request ? request.memory : undefined;
  };
  return { ...made, memory, told, asked };
}

describe("what a step is told from its memory", () => {
  it("is what stands there when it begins, written down as an artifact", async () => {
    const { memory, told, stages, store } = bench();
    await memory.add("notes", newNotes(["One."]));
    const text = (await memory.read("notes"))?.text.trim() ?? "";
    expect(await told({ memory: reads })).toEqual({ name: "notes", text });
    const [record] = stages;
    expect(record).toMatchObject({
      stage: "memory",
      ok: true,
      memory: { name: "notes", notes: 1, left: 0, bytes: Buffer.byteLength(text) },
    });
    const kept = await store.artifacts.get(record?.memory?.artifact ?? "");
    expect(Buffer.from(kept).toString()).toBe(text);
  });

  it("is the same again for another try, whatever stands there by then", async () => {
    const { memory, told, stages } = bench();
    await memory.add("notes", newNotes(["One."]));
    const first = await told({ memory: reads });
    const was = stages[0]?.memory?.artifact ?? "";
    await memory.add("notes", newNotes(["Two."]));
    expect(await told({ memory: { ...reads, was } })).toEqual(first);
    expect(stages).toHaveLength(1);
    // of an artifact that is lost nobody knows what it said
    expect((await told({ memory: { ...reads, was: "sha256:gone" } }))?.text).toContain("Two.");
  });

  it("is nothing where nothing is, or where it was not asked for", async () => {
    const { memory, told, stages } = bench();
    expect(await told({ memory: reads })).toBeUndefined();
    expect(stages).toMatchObject([{ memory: { bytes: 0, notes: 0 } }]);
    await memory.add("notes", newNotes(["One."]));
    expect(await told({ memory: { name: "notes", learns: true, maxBytes: 8000 } })).toBeUndefined();
    expect(await told({})).toBeUndefined();
    expect(await told({ memory: { ...reads, was: stages[0]?.memory?.artifact ?? "" } })).toBeUndefined();
  });

  it("is told as trouble where it cannot be read, and the step goes on", async () => {
    const broken = new TuttiError("MEMORY_FAILED", "Cannot read it: it is a folder", { fix: "move it" });
    const { told, stages, printed } = bench({
      ...createKeptMemory({ now: () => 0 }),
      read: () => Promise.reject(broken),
    });
    expect(await told({ memory: reads })).toBeUndefined();
    expect(stages).toMatchObject([
      { ok: false, memory: { name: "notes", trouble: "Cannot read it: it is a folder" } },
    ]);
    expect(printed).toEqual(["memory: Cannot read it: it is a folder; fix: move it"]);
  });

  it("cannot ask for a secret", async () => {
    const texts = new Map<string, { text: string; changedAt: number }>();
    const text = `say ${secretMarker(testSeed, "KEY")}`;
    texts.set("notes", { text, changedAt: 0 });
    const { told } = bench(createKeptMemory({ now: () => 0 }, texts));
    expect((await told({ memory: reads }))?.text).toBe("say ***");
  });

  it("is part of what a cached result is kept by", async () => {
    const { memory, perform, asked } = bench();
    const cached = effect(ask, { memory: reads, cacheMs: 1000, definition: {} });
    await perform(cached);
    expect(await perform(cached)).toMatchObject({ cached: true });
    await memory.add("notes", newNotes(["One."]));
    expect(await perform(cached)).not.toHaveProperty("cached");
    expect(asked).toHaveLength(2);
  });
});
