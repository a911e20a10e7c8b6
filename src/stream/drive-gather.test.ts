import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStageHost, stageOf } from "../../test/stage-world.ts";
import { defaultFlow, type ReduceWork, type Sink } from "../language/pipeline.ts";
import type { OpenStream, StreamStore } from "../ports/stream-store.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { createRealClock } from "../runtimes/real-clock.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import { driveStream } from "./drive.ts";
import type { Pipeline } from "./host.ts";

const id = { runId: "r", address: "p" };
const format = { kind: "jsonl" } as const;

/** A file whose records are gathered into another. */
function gathering(work: Omit<ReduceWork, "kind">, batchSize: number): Pipeline {
  const gather = stageOf({ name: "gather", batchSize, work: { kind: "reduce", ...work } });
  const target = { kind: "records", path: "out.jsonl", format } as const;
  const sink: Sink = { name: "out", from: ["gather"], batchSize: 3, batchWaitMs: 0, ...target };
  return {
    source: { kind: "records", paths: ["in.jsonl"], format },
    stages: [gather],
    sinks: [sink],
    flow: { ...defaultFlow, bufferSize: 20 },
    continuous: false,
    alerts: [],
  };
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

interface Driving {
  readonly store: StreamStore;
  readonly cwd: string;
  readonly pipeline: Pipeline;
}

/** Drives it until it has ended, or was killed. */
async function drive({ store, cwd, pipeline }: Driving, commits = Infinity): Promise<boolean> {
  const stream = killedAfter(await store.open(id), commits);
  const host = { ...createStageHost(), cwd, clock: createRealClock() };
  const handle = driveStream({ pipeline, stream, host, signal: new AbortController().signal });
  try {
    return (await handle.done).status === "completed";
  } catch (error) {
    if (error instanceof Error && error.message === "killed") return false;
    throw error;
  }
}

describe("what a pipeline gathers", () => {
  const record = fc.record({
    at: fc.nat({ max: 400 }),
    user: fc.constantFrom("a", "b", "c"),
    n: fc.integer(),
  });
  const window = fc.constantFrom<ReduceWork["window"][]>(
    undefined,
    { kind: "count", size: 9 },
    { kind: "time", sizeMs: 50, at: "record.at", lateMs: 300 },
  );
  const give = {
    n: { kind: "count" },
    sum: { kind: "sum", of: "record.n" },
    all: { kind: "list", of: "record.at", most: 6 },
    users: { kind: "distinct", of: "record.at" },
  } as const satisfies ReduceWork["give"];

  it("is the same after any number of kills", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 80 }),
        window,
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat({ max: 12 }), { maxLength: 6 }),
        async (records, window, batchSize, kills) => {
          const pipeline = gathering(
            { ...(window && { window }), by: { user: "record.user" }, give },
            batchSize,
          );
          const written = async (killedAt: readonly number[]): Promise<string> => {
            const cwd = temporaryFolder();
            writeFileSync(join(cwd, "in.jsonl"), records.map((one) => `${JSON.stringify(one)}\n`).join(""));
            const store = createMemoryStore({ clock: createRealClock() }).streams;
            const driving = { store, cwd, pipeline };
            for (const commits of killedAt) if (await drive(driving, commits)) break;
            expect(await drive(driving)).toBe(true);
            return readFileSync(join(cwd, "out.jsonl"), "utf8");
          };
          expect(await written(kills)).toBe(await written([]));
        },
      ),
      { numRuns: 30 },
    );
  });
});
