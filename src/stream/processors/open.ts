import type { Stage } from "../../language/pipeline.ts";
import type { StreamRecord, StreamValue } from "../../ports/stream-store.ts";
import type { StreamHost } from "../host.ts";
import type { Batch, Processed, Processor } from "../processor.ts";
import { createFilter, type Sifted } from "./filter.ts";
import { createFunction } from "./function.ts";
import { createReduce } from "./reduce.ts";
import { createRun } from "./run.ts";
import { createValue } from "./value.ts";
import { createWorkflow } from "./workflow.ts";

export interface ProcessorOptions {
  readonly host: StreamHost;
  /** What the stage kept in mind. */
  readonly values: readonly StreamValue[];
}

/** What a stage does with its batches: its filter, then its work. Throws a TuttiError for a mistake in its texts. */
export function createProcessor(stage: Stage, options: ProcessorOptions): Processor {
  const sift = stage.when === undefined ? everything : createFilter(stage.when, options.host.scope);
  const work = createWork(stage, options);
  const process = async (batch: Batch, signal: AbortSignal): Promise<Processed> => {
    signal.throwIfAborted();
    const sifted = sift(batch.records);
    const { kept } = sifted;
    const isLeft = work !== undefined && kept.length > 0;
    return joined(sifted, isLeft ? await work.process({ ...batch, records: kept }, signal) : passedOn(kept));
  };
  const { flush, dueAt } = work ?? {};
  return { process, ...(flush && { flush }), ...(dueAt && { dueAt }) };
}

function createWork(stage: Stage, { host, values }: ProcessorOptions): Processor | undefined {
  const { work } = stage;
  switch (work?.kind) {
    case undefined:
      return undefined;
    case "value":
      return createValue(work, host.scope);
    case "run":
      return createRun({ stage, work, host });
    case "function":
      return createFunction({ stage, work, host });
    case "workflow":
      return createWorkflow({ stage, work, host });
    case "reduce":
      return createReduce({ stage, work, host }, { values });
  }
}

function everything(records: readonly StreamRecord[]): Sifted {
  return { kept: records, places: [...records.keys()], apart: { filtered: [], dead: [] } };
}

function passedOn(records: readonly StreamRecord[]): Processed {
  return { ok: true, outputs: records, filtered: 0, dead: [] };
}

/** What the work came to, told of the whole batch. */
function joined({ places, apart }: Sifted, done: Processed): Processed {
  const { filtered, dead } = apart;
  if (!done.ok) return filtered.length + dead.length === 0 ? done : { ...done, apart };
  const placed = done.dead.map((one) => ({ ...one, index: places[one.index] ?? one.index }));
  const all = [...dead, ...placed].sort((a, b) => a.index - b.index);
  return { ...done, filtered: filtered.length + done.filtered, dead: all };
}
