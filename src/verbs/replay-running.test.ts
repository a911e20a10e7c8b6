import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { openTutti, type TuttiOptions } from "../engine.ts";
import type { Json } from "../expression/json.ts";
import type { PipelineAction } from "../language/pipeline.ts";
import { pipelineOf, pipelineWorkflow, stageOf } from "../testing/pipeline-step.ts";
import { temporaryFolder } from "../testing/testbed.ts";

interface Numbered {
  readonly n: number;
}

/** A pipeline of which the record 1 dies until it is mended, and 2 waits for the test. */
async function begun(action: Partial<PipelineAction> = {}) {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".tutti"));
  const held = Promise.withResolvers<void>();
  const state = { isMended: false };
  const functions = {
    check: async ({ batch }: { readonly batch: readonly Numbered[] }) => {
      if (batch.some(({ n }) => n === 2)) await held.promise;
      if (!state.isMended && batch.some(({ n }) => n === 1)) throw new Error("not that one");
      return batch as unknown as Json;
    },
  } as unknown as NonNullable<TuttiOptions["functions"]>;
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), functions });
  onTestFinished(() => {
    held.resolve();
    return tutti.close();
  });
  const stage = stageOf("pass", {
    batchSize: 1,
    parallelism: { least: 2, most: 2 },
    work: { kind: "function", function: "check", args: {} },
  });
  const workflow = pipelineWorkflow(pipelineOf({ ...action, stages: [stage, ...(action.stages ?? [])] }), {
    inputs: { items: "array" },
  });
  const source = {
    workflow,
    origin: "test",
    text: "",
    warnings: [],
    notes: [],
    dialect: "canonical",
  } as const;
  const handle = await tutti.start(source, { inputs: { items: [{ n: 0 }, { n: 1 }, { n: 2 }] } });
  await vi.waitFor(async () => expect(await tutti.deadLetters(handle.id)).toHaveLength(1), { timeout: 5000 });
  return { tutti, handle, state, held, source };
}

it("does again what died, while the rest of a source that was read to its end is on its way", async () => {
  const { tutti, handle, state, held } = await begun();
  state.isMended = true;
  expect(await tutti.replayDead(handle.id)).toMatchObject({ end: "sent", count: 1 });
  await vi.waitFor(async () => expect(await tutti.deadLetters(handle.id)).toEqual([]));
  held.resolve();
  const { status, view } = await handle.done;
  expect(status).toBe("completed");
  expect(view.nodes[0]?.output).toHaveLength(3);
});

it("does again what died, when the pipeline comes to its end at that moment", async () => {
  const { tutti, handle, state, held } = await begun();
  state.isMended = true;
  const replayed = tutti.replayDead(handle.id);
  held.resolve();
  const { end } = await replayed;
  expect(end).toMatch(/sent|driven/);
  await handle.done;
  await vi.waitFor(async () => {
    expect(await tutti.deadLetters(handle.id)).toEqual([]);
    expect((await tutti.show(handle.id)).status).toBe("completed");
  });
  expect((await tutti.show(handle.id)).nodes[0]?.output).toHaveLength(3);
});

it("tells in the output of the step how many letters are there now, and how many went back", async () => {
  const sink = { name: "out", from: ["pass"], batchSize: 10, batchWaitMs: 0 };
  const file = { kind: "records", path: "out.jsonl", format: { kind: "jsonl" } } as const;
  const { tutti, handle, state, held } = await begun({ sinks: [{ ...sink, ...file }] });
  held.resolve();
  const counts = { read: 3, unreadable: 0, filtered: 0, dropped: 0 };
  const first = (await handle.done).view.nodes[0]?.output;
  expect(first).toEqual({ ...counts, written: 2, dead: 1, replayed: 0 });
  state.isMended = true;
  const replayed = await tutti.replayDead(handle.id);
  if (replayed.end !== "driven") throw new Error(replayed.end);
  const { view } = await replayed.handle.done;
  expect(view.nodes[0]?.output).toEqual({ ...counts, written: 3, dead: 0, replayed: 1 });
});

it("gives what letters come to behind a stage that gathers, though that has given what it had", async () => {
  const work = { kind: "reduce", by: {}, give: { count: { kind: "count" } } } as const;
  const gather = stageOf("gather", { from: ["pass"], work });
  const out = { name: "out", from: ["gather"], batchSize: 10, batchWaitMs: 0 };
  const { tutti, handle, state, held } = await begun({
    stages: [gather],
    sinks: [{ ...out, kind: "result", most: 100 }],
  });
  held.resolve();
  expect((await handle.done).view.nodes[0]?.output).toEqual([{ count: 2 }]);
  state.isMended = true;
  const replayed = await tutti.replayDead(handle.id);
  if (replayed.end !== "driven") throw new Error(replayed.end);
  expect((await replayed.handle.done).view.nodes[0]?.output).toEqual([{ count: 2 }, { count: 1 }]);
});

it("refuses letters of a stage that is gone, and leaves the run as it is", async () => {
  const { tutti, handle, held, source } = await begun();
  held.resolve();
  await handle.done;
  const stage = stageOf("other");
  const sink = {
    name: "out",
    from: ["other"],
    batchSize: 10,
    batchWaitMs: 0,
    kind: "result",
    most: 9,
  } as const;
  const workflow = pipelineWorkflow(pipelineOf({ stages: [stage], sinks: [sink] }), {
    inputs: { items: "array" },
  });
  const changed = await tutti.resume(handle.id, { update: { ...source, workflow } });
  const { status } = await changed.done;
  const before = await tutti.events(handle.id);
  await expect(tutti.replayDead(handle.id)).rejects.toMatchObject({
    code: "PIPELINE_CHANGED",
    message: 'Cannot replay dead letters of "load": it has no stage or sink "pass" any more',
  });
  expect((await tutti.show(handle.id)).status).toBe(status);
  expect(await tutti.events(handle.id)).toEqual(before);
});
