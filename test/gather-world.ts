import type { Json } from "../src/expression/json.ts";
import type { ReduceWork } from "../src/language/pipeline.ts";
import type { StreamRecord, StreamValue } from "../src/ports/stream-store.ts";
import type { Processed } from "../src/stream/processor.ts";
import { createReduce } from "../src/stream/processors/reduce.ts";
import { batchOf, createStageHost, stageOf } from "./stage-world.ts";

const { signal } = new AbortController();

interface Remembered {
  /** What it kept in mind, and will. */
  readonly kept?: Map<string, Json>;
  /** Groups and items at most. */
  readonly most?: number;
}

/** A stage that gathers, and what it keeps in mind as a store would. */
export function gather(
  work: Omit<ReduceWork, "kind">,
  { kept = new Map<string, Json>(), most }: Remembered = {},
) {
  const host = createStageHost();
  const values = [...kept].map(([key, value]) => ({ stage: "stage", key, value }));
  const stage = createReduce(
    { stage: stageOf(), work: { kind: "reduce", ...work }, host },
    { values, ...(most === undefined ? {} : { most }) },
  );
  const save = (changed: readonly StreamValue[] = []): void => {
    for (const { key, value } of changed)
      if (value === null) kept.delete(key);
      else kept.set(key, JSON.parse(JSON.stringify(value)) as Json);
  };
  return {
    kept,
    clock: host.clock,
    dueAt: stage.dueAt,
    take: async (records: readonly StreamRecord[]): Promise<Extract<Processed, { readonly ok: true }>> => {
      const done = await stage.process(batchOf(records), signal);
      if (!done.ok) throw new Error(done.failure.message);
      save(done.values);
      return done;
    },
    flush: (at: number, ended = false): readonly StreamRecord[] => {
      const gathered = stage.flush(at, ended);
      save(gathered?.values);
      return gathered?.outputs ?? [];
    },
  };
}

/** The values of records. */
export const valuesOf = (records: readonly StreamRecord[]): readonly Json[] =>
  records.map(({ text }) => JSON.parse(text) as Json);
