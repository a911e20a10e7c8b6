import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStageHost, stageOf } from "../../test/stage-world.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Json } from "../expression/json.ts";
import { defaultFlow, type FlowControl, type Sink, type Stage } from "../language/pipeline.ts";
import type { OpenStream, StreamStore } from "../ports/stream-store.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { createRealClock } from "../runtimes/real-clock.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import { driveStream } from "./drive.ts";
import type { StreamFigures } from "./figures.ts";
import type { Pipeline, StreamHost } from "./host.ts";

const id = { runId: "r", address: "p" };
const format = { kind: "jsonl" } as const;

interface Given {
  readonly records: number;
  /** Of each stage: what it does, and from which of those before it takes; 0 is the source. */
  readonly stages: readonly StageGiven[];
  readonly overflow: FlowControl["overflow"];
  readonly bufferSize: number;
  /** After how many commits each process is killed. */
  readonly kills: readonly number[];
}
interface StageGiven {
  readonly from: number;
  readonly does: "filter" | "function" | "poisoned" | "dying" | "value";
  readonly batchSize: number;
  readonly parallelism: number;
  readonly order: "kept" | "any" | "key";
}

const stage = fc.record({
  from: fc.nat({ max: 3 }),
  does: fc.constantFrom("filter", "function", "poisoned", "dying", "value" as const),
  batchSize: fc.integer({ min: 1, max: 9 }),
  parallelism: fc.integer({ min: 1, max: 4 }),
  order: fc.constantFrom("kept", "any", "key" as const),
});
const given = fc.record({
  records: fc.integer({ min: 0, max: 60 }),
  stages: fc.array(stage, { minLength: 1, maxLength: 4 }),
  overflow: fc.constantFrom("block", "drop_oldest", "drop_newest", "spill" as const),
  bufferSize: fc.integer({ min: 9, max: 30 }),
  kills: fc.array(fc.nat({ max: 15 }), { maxLength: 5 }),
});

/** How a stage does what it does: `poisoned` finds the records that cannot be done, `dying` gives up the batch of such a one. */
const works: Readonly<Record<StageGiven["does"], Partial<Stage>>> = {
  filter: { when: "record.n % 3 != 0" },
  value: { work: { kind: "value", value: { n: "${ record.n }", user: "${ record.user }" } } },
  function: { work: { kind: "function", function: "pass", args: {} } },
  poisoned: { work: { kind: "function", function: "poison", args: {} }, onFailure: "isolate" },
  dying: { work: { kind: "function", function: "poison", args: {} }, onFailure: "dead" },
};

function nameOf(at: number): string {
  return at === 0 ? "source" : `s${at}`;
}

function pipelineOf({ stages, overflow, bufferSize }: Given): Pipeline {
  const made = stages.map(({ from, does, batchSize, parallelism, order }, at): Stage => {
    const how = order === "key" ? { key: "record.user" } : { order };
    const pace = { batchSize, parallelism: { least: parallelism, most: parallelism } };
    const givers = [nameOf(Math.min(from, at))];
    return stageOf({ name: nameOf(at + 1), from: givers, batchWaitMs: 1, ...pace, ...how, ...works[does] });
  });
  const taken = new Set(made.flatMap(({ from }) => from));
  const open = made.map(({ name }) => name).filter((name) => !taken.has(name));
  const target = { kind: "records", path: "out.jsonl", format } as const;
  const sink: Sink = { name: "out", from: open, batchSize: 4, batchWaitMs: 1, ...target };
  return {
    source: { kind: "records", paths: ["in.jsonl"], format },
    stages: made,
    sinks: [sink],
    flow: { ...defaultFlow, bufferSize, overflow },
    continuous: false,
    alerts: [],
  };
}

function hostIn(cwd: string): StreamHost {
  const perform: StreamHost["perform"] = async (request): Promise<Outcome> => {
    // batches end in another order than they began in
    await new Promise((resolve) => void setImmediate(resolve));
    const { batch: texts } = request as unknown as { readonly batch: readonly string[] };
    const batch = texts.map((text) => JSON.parse(text) as { readonly n: number });
    const poisons = (request as { readonly function?: string }).function === "poison";
    if (poisons && batch.some(({ n }) => n % 7 === 3))
      return { ok: false, failure: { code: "FUNCTION_FAILED", message: "poison", class: "failure" } };
    return { ok: true, output: batch as unknown as Json };
  };
  return { ...createStageHost(), cwd, clock: createRealClock(), perform };
}

/** A stream whose process is killed after so many commits. */
function killedAfter(stream: OpenStream, commits: number): OpenStream {
  let left = commits;
  return {
    kept: stream.kept,
    load: (queue, page) => stream.load(queue, page),
    commit: async (change) => {
      left -= 1;
      if (left < 0) throw new Error("killed");
      await stream.commit(change);
    },
  };
}

interface World {
  readonly store: StreamStore;
  readonly cwd: string;
  readonly pipeline: Pipeline;
}

/** Drives it until it has ended, or was killed; gives its figures when it has ended. */
async function drive({ store, cwd, pipeline }: World, commits: number): Promise<StreamFigures | undefined> {
  const stream = killedAfter(await store.open(id), commits);
  const handle = driveStream({ pipeline, stream, host: hostIn(cwd), signal: new AbortController().signal });
  try {
    expect(await handle.done).toMatchObject({ status: "completed" });
    return handle.figures();
  } catch (error) {
    if (error instanceof Error && error.message === "killed") return undefined;
    throw error;
  }
}

async function played(one: Given): Promise<{ readonly world: World; readonly figures: StreamFigures }> {
  const cwd = temporaryFolder();
  const lines = Array.from({ length: one.records }, (_, n) => `{"n":${n},"user":"u${n % 5}"}\n`);
  writeFileSync(join(cwd, "in.jsonl"), lines.join(""));
  const store = createMemoryStore({ clock: createRealClock() }).streams;
  const world = { store, cwd, pipeline: pipelineOf(one) };
  for (const commits of [...one.kills, Infinity]) {
    const figures = await drive(world, commits);
    if (figures) return { world, figures };
  }
  throw new Error("it comes to no end");
}

function numbersIn(cwd: string): readonly number[] {
  const text = readFileSync(join(cwd, "out.jsonl"), "utf8").trimEnd();
  return text === "" ? [] : text.split("\n").map((line) => (JSON.parse(line) as { readonly n: number }).n);
}

/** The records that come out of a place at last, where nothing is dropped and no batch dies. */
function expectedAt(one: Given, at: number): readonly number[] {
  const given = one.stages[at - 1];
  if (!given) return Array.from({ length: one.records }, (_, n) => n);
  const before = expectedAt(one, Math.min(given.from, at - 1));
  if (given.does === "filter") return before.filter((n) => n % 3 !== 0);
  return given.does === "poisoned" ? before.filter((n) => n % 7 !== 3) : before;
}

function ends({ stages }: Given): readonly number[] {
  const taken = new Set(stages.map(({ from }, at) => Math.min(from, at)));
  return stages.map((_, at) => at + 1).filter((at) => !taken.has(at));
}

const runs = { numRuns: Number(process.env["TUTTI_RUNS"] ?? 60) };

describe("any pipeline", { timeout: 300_000 }, () => {
  it("gives each record one fate, and counts it, whatever is killed when", async () => {
    await fc.assert(
      fc.asyncProperty(given, async (one) => {
        const { world, figures } = await played(one);
        for (const { in: came, done, filtered, dropped, dead, waiting } of figures.places)
          expect([waiting, done + filtered + dropped + dead]).toEqual([0, came]);
        expect(figures.source.read).toBe(one.records);
        const letters = await world.store.dead(id, { after: 0, most: 100_000 });
        expect(letters).toHaveLength(figures.places.reduce((sum, { dead }) => sum + dead, 0));
        expect(numbersIn(world.cwd)).toHaveLength(figures.places.at(-1)?.done ?? 0);
      }),
      runs,
    );
  });

  it("writes each record that is not dropped and can be done once for each line that it goes", async () => {
    const whole = given.map((one) => ({
      ...one,
      overflow: one.overflow === "spill" ? ("spill" as const) : ("block" as const),
      stages: one.stages.map((stage) =>
        stage.does === "dying" ? { ...stage, does: "poisoned" as const } : stage,
      ),
    }));
    await fc.assert(
      fc.asyncProperty(whole, async (one) => {
        const { world } = await played(one);
        const expected = ends(one).flatMap((at) => expectedAt(one, at));
        expect(numbersIn(world.cwd).toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
      }),
      runs,
    );
  });

  it("keeps the order, of all records or of those of a key, where it is asked to", async () => {
    const line = given.map((one) => ({
      ...one,
      stages: one.stages.map((stage, at) => ({
        ...stage,
        from: at,
        order: stage.order === "any" ? ("kept" as const) : stage.order,
      })),
    }));
    await fc.assert(
      fc.asyncProperty(line, async (one) => {
        const { world } = await played(one);
        const written = numbersIn(world.cwd);
        const keys = one.stages.some(({ order }) => order === "key") ? [0, 1, 2, 3, 4] : [undefined];
        for (const key of keys) {
          const mine = key === undefined ? written : written.filter((n) => n % 5 === key);
          expect(mine).toEqual(mine.toSorted((a, b) => a - b));
        }
      }),
      runs,
    );
  });
});
