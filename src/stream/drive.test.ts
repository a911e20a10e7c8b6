import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Json } from "../expression/json.ts";
import { defaultFlow, type Sink, type Stage } from "../language/pipeline.ts";
import { createRealClock } from "../runtimes/real-clock.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import { driveStream } from "./drive.ts";
import type { Pipeline, StreamHost } from "./host.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";

const id = { runId: "r", address: "p" };
const jsonl = { kind: "jsonl" } as const;
const numbers = (count: number): string => Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join("");

function stage(given: Partial<Stage> & { readonly name: string }): Stage {
  return {
    from: ["source"],
    order: "kept",
    batchSize: 10,
    batchWaitMs: 5,
    parallelism: { least: 2, most: 2 },
    retry: { max: 0, on: [], backoff: "none", baseMs: 0 },
    onFailure: "dead",
    ...given,
  };
}

function fileSink(from: string): Sink {
  const target = { kind: "records", path: "out.jsonl", format: jsonl } as const;
  return { name: "sink", from: [from], batchSize: 50, batchWaitMs: 5, ...target };
}

function hostIn(cwd: string, more: Partial<StreamHost> = {}): StreamHost {
  const cannot = (): Promise<never> => Promise.reject(new Error("nothing is performed here"));
  return {
    clock: createRealClock(),
    cwd,
    scope: (root) => (root === "inputs" ? { least: 20 } : undefined),
    perform: cannot,
    run: cannot,
    alert: () => Promise.resolve(),
    fill: (text) => text,
    print: () => {},
    runLine: cannot,
    outputOf: cannot,
    sinksOfOthers: async () => [],
    ...more,
  };
}

function pipelineOf(
  stages: readonly Stage[],
  sinks: readonly Sink[],
  more: Partial<Pipeline> = {},
): Pipeline {
  return {
    source: { kind: "records", paths: ["in.jsonl"], format: jsonl },
    stages,
    sinks,
    flow: defaultFlow,
    continuous: false,
    alerts: [],
    ...more,
  };
}

describe("a pipeline", () => {
  it("takes each record from its source through its stages into its sink, in order", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "in.jsonl"), numbers(1000));
    const stages = [
      stage({ name: "keep", when: "record.n >= inputs.least" }),
      stage({
        name: "double",
        from: ["keep"],
        batchSize: 7,
        work: { kind: "value", value: { m: "${ record.n * 2 }" } },
      }),
    ];
    const stream = await createMemoryStore({ clock: createRealClock() }).streams.open(id);
    const signal = new AbortController().signal;
    const handle = driveStream({
      pipeline: pipelineOf(stages, [fileSink("double")]),
      stream,
      host: hostIn(cwd),
      signal,
    });
    expect(await handle.done).toMatchObject({
      status: "completed",
      output: { read: 1000, written: 980, filtered: 20 },
    });
    const written = readFileSync(join(cwd, "out.jsonl"), "utf8");
    expect(written).toBe(Array.from({ length: 980 }, (_, n) => `{"m":${(n + 20) * 2}}\n`).join(""));
  });

  it("gives the records of a result as its output", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "in.jsonl"), numbers(5));
    const sink: Sink = {
      kind: "result",
      name: "result",
      from: ["source"],
      batchSize: 2,
      batchWaitMs: 1,
      most: 100,
    };
    const stream = await createMemoryStore({ clock: createRealClock() }).streams.open(id);
    const handle = driveStream({
      pipeline: pipelineOf([], [sink]),
      stream,
      host: hostIn(cwd),
      signal: new AbortController().signal,
    });
    const output: Json = Array.from({ length: 5 }, (_, n) => ({ n }));
    expect(await handle.done).toEqual({ status: "completed", output });
  });

  it("gives no more than a result holds, the first, and says how many there were", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "in.jsonl"), numbers(25));
    const target = { kind: "result", most: 3 } as const;
    const sink: Sink = { ...target, name: "out", from: ["source"], batchSize: 2, batchWaitMs: 1 };
    const printed: string[] = [];
    const handle = driveStream({
      pipeline: pipelineOf([], [sink]),
      stream: await createMemoryStore({ clock: createRealClock() }).streams.open(id),
      host: hostIn(cwd, { print: (line) => void printed.push(line) }),
      signal: new AbortController().signal,
    });
    expect(await handle.done).toEqual({ status: "completed", output: [{ n: 0 }, { n: 1 }, { n: 2 }] });
    expect(printed).toEqual([
      "the result holds the first 3 of 25 records: write `result: 25` for all of them, or write them to a file",
    ]);
  });

  it("groups what it reads, and gives that when nothing more comes", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "in.jsonl"), numbers(100));
    const work = { kind: "reduce", by: { odd: "record.n % 2" }, give: { count: { kind: "count" } } } as const;
    const sinks = [fileSink("group")];
    const stream = await createMemoryStore({ clock: createRealClock() }).streams.open(id);
    const pipeline = pipelineOf([stage({ name: "group", work, parallelism: { least: 1, most: 1 } })], sinks);
    const handle = driveStream({ pipeline, stream, host: hostIn(cwd), signal: new AbortController().signal });
    await handle.done;
    expect(readFileSync(join(cwd, "out.jsonl"), "utf8")).toBe('{"odd":0,"count":50}\n{"odd":1,"count":50}\n');
  });

  it("puts what cannot be read or done aside, and goes on", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "in.jsonl"), '{"n":1}\n{broken\n{"m":2}\n{"n":3}\n');
    const store = createMemoryStore({ clock: createRealClock() }).streams;
    const stages = [stage({ name: "keep", when: "record.n > 0" })];
    const handle = driveStream({
      pipeline: pipelineOf(stages, [fileSink("keep")]),
      stream: await store.open(id),
      host: hostIn(cwd),
      signal: new AbortController().signal,
    });
    expect(await handle.done).toMatchObject({
      status: "completed",
      output: { read: 3, unreadable: 1, dead: 2 },
    });
    expect(readFileSync(join(cwd, "out.jsonl"), "utf8")).toBe('{"n":1}\n{"n":3}\n');
    const letters = await store.dead(id, { after: 0, most: 10 });
    expect(letters).toMatchObject([
      { code: "RECORD_SYNTAX", origin: "in.jsonl:2", whole: false },
      { stage: "keep", code: "EXPRESSION_FAILED", text: '{"m":2}', whole: true },
    ]);
  });

  it("stops reading when it is drained, and goes on from there", async () => {
    const cwd = temporaryFolder();
    mkdirSync(cwd, { recursive: true });
    writeFileSync(join(cwd, "in.jsonl"), numbers(20));
    const store = createMemoryStore({ clock: createRealClock() }).streams;
    const pipeline = pipelineOf([stage({ name: "keep", when: "true" })], [fileSink("keep")], {
      continuous: true,
    });
    const signal = new AbortController().signal;
    const first = driveStream({ pipeline, stream: await store.open(id), host: hostIn(cwd), signal });
    while (first.figures().places.at(-1)?.done !== 20)
      await new Promise((resolve) => void setImmediate(resolve));
    first.drain();
    expect(await first.done).toEqual({ status: "paused" });
    writeFileSync(join(cwd, "in.jsonl"), numbers(30));
    const second = driveStream({ pipeline, stream: await store.open(id), host: hostIn(cwd), signal });
    while (second.figures().places.at(-1)?.done !== 30)
      await new Promise((resolve) => void setImmediate(resolve));
    second.drain();
    await second.done;
    expect(readFileSync(join(cwd, "out.jsonl"), "utf8")).toBe(numbers(30));
  });

  it("keeps with its records how many of them are done, whenever it ends", async () => {
    const cwd = temporaryFolder();
    mkdirSync(cwd, { recursive: true });
    writeFileSync(join(cwd, "in.jsonl"), numbers(3000));
    const store = createMemoryStore({ clock: createRealClock() }).streams;
    const pipeline = pipelineOf([stage({ name: "keep", when: "true" })], [fileSink("keep")]);
    const { signal } = new AbortController();
    const handle = driveStream({ pipeline, stream: await store.open(id), host: hostIn(cwd), signal });
    while (handle.figures().source.read === 0) await new Promise((resolve) => void setImmediate(resolve));
    handle.drain();
    expect(await handle.done).toEqual({ status: "paused" });
    const { read } = handle.figures().source;
    expect(await store.look(id)).toMatchObject({
      head: {
        figures: {
          source: { read },
          places: [
            { in: read, done: read, waiting: 0 },
            { in: read, done: read, waiting: 0 },
          ],
        },
      },
    });
  });

  it("fails at a buffer that overflows where it is told to, and loses nothing by it", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "in.jsonl"), numbers(3000));
    const store = createMemoryStore({ clock: createRealClock() }).streams;
    const flow = { ...defaultFlow, bufferSize: 100, overflow: "fail" } as const;
    const pipeline = pipelineOf([stage({ name: "keep", when: "true" })], [fileSink("keep")], { flow });
    const signal = new AbortController().signal;
    const go = async () =>
      driveStream({ pipeline, stream: await store.open(id), host: hostIn(cwd), signal }).done;
    const first = await go();
    expect(first).toMatchObject({ status: "failed", outcome: { failure: { code: "BUFFER_OVERFLOW" } } });
    for (let end = first, lives = 0; end.status !== "completed" && lives < 3000; lives += 1) end = await go();
    expect(readFileSync(join(cwd, "out.jsonl"), "utf8")).toBe(numbers(3000));
  });

  it("does nothing while it waits for records", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "in.jsonl"), numbers(3));
    const clock = createRealClock();
    let looks = 0;
    const counted = { ...clock, now: () => ((looks += 1), clock.now()) };
    const stages = [stage({ name: "keep", when: "true" })];
    const pipeline = pipelineOf(stages, [fileSink("keep")], { continuous: true });
    const stream = await createMemoryStore({ clock }).streams.open(id);
    const host = hostIn(cwd, { clock: counted });
    const handle = driveStream({ pipeline, stream, host, signal: new AbortController().signal });
    while (handle.figures().places.at(-1)?.done !== 3)
      await new Promise((resolve) => void setImmediate(resolve));
    // what was under way comes to its end
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
    looks = 0;
    for (let turn = 0; turn < 1000; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
    expect(looks).toBeLessThan(100);
    handle.drain();
    expect(await handle.done).toEqual({ status: "paused" });
  });
});
