import type { Json } from "../expression/json.ts";
import type { Sink, Stage } from "../language/pipeline.ts";
import type { RetryPolicy } from "../language/workflow.ts";
import type { StreamValue } from "../ports/stream-store.ts";
import { Adaption } from "./adaption.ts";
import { batchIdOf } from "./batch-id.ts";
import type { Flow } from "./flow/flow.ts";
import type { Taken } from "./flow/station.ts";
import type { Gauges, Tried } from "./gauges.ts";
import type { Pipeline, StreamHost } from "./host.ts";
import type { Batch, Gathered, Processed } from "./processor.ts";
import type { Price } from "./price.ts";
import { createProcessor } from "./processors/open.ts";
import { SinkFailure, type SinkWriter } from "./sink.ts";
import { openSink, type OpenSinkOptions } from "./sinks/open.ts";
import { type BatchEnd, type BatchWork, tryBatch } from "./try-batch.ts";
import type { Waits } from "./waits.ts";

/** What a stage or sink does with its batches. */
export interface PlaceWork {
  /** Another batch may begin now, beside so many in work. */
  mayBegin(inWork: number, now: number): boolean;
  begun(now: number): void;
  /** When another may begin at the earliest, where that is not now. */
  nextAt(now: number): number | undefined;
  do(taken: Taken, signal: AbortSignal): Promise<BatchEnd>;
  /** Of what it gathers: when some of it is due, and that. */
  dueAt(): number | undefined;
  flush(now: number, isLast: boolean): Gathered | undefined;
  /** Nothing more comes. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

export interface Around {
  readonly host: StreamHost;
  readonly flow: Flow;
  readonly gauges: Gauges;
  readonly waits: Waits;
  readonly values: ReadonlyMap<string, readonly StreamValue[]>;
}

/** The work of all stages and sinks, by name. What was opened is closed again when another cannot be. */
export async function openWorks(
  { stages, sinks }: Pick<Pipeline, "stages" | "sinks">,
  around: Around,
): Promise<ReadonlyMap<string, PlaceWork>> {
  const works = new Map(stages.map((stage) => [stage.name, stageWork(stage, around)]));
  const taken = new Set<string>();
  try {
    for (const sink of sinks) works.set(sink.name, await sinkWork(sink, { ...around, taken }));
    return works;
  } catch (error) {
    for (const work of works.values()) await work.close();
    throw error;
  }
}

function stageWork(stage: Stage, { host, flow, gauges, waits, values }: Around): PlaceWork {
  const { clock } = host;
  const gauge = gauges.of(stage.name);
  const paying = payingHost(host, gauge.price);
  const processor = createProcessor(stage, { host: paying, values: values.get(stage.name) ?? [] });
  const station = flow.station(stage.name);
  const adaption = new Adaption(stage, { gauge, hasMore: () => station.queued > 0, now: clock.now() });
  return {
    mayBegin: (inWork, now) => adaption.mayBegin(inWork, now),
    begun: (now) => adaption.begun(now),
    nextAt: (now) => adaption.nextAt(now),
    do: (taken, signal) =>
      tryBatch(
        batchOf(stage.name, taken),
        {
          process: (batch, stop) => processor.process(batch, stop),
          retry: stage.retry,
          onFailure: stage.onFailure,
          timeoutMs: stage.timeoutMs,
          clock,
          wait: (wait, stop) => waits.over({ place: stage.name, ...wait }, stop),
          tried: (tried) => adaption.tried(tried, clock.now()),
        },
        signal,
      ),
    dueAt: () => processor.dueAt?.(),
    flush: (now, isLast) => processor.flush?.(now, isLast),
    finish: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** The host, which tells what each batch cost. */
function payingHost(host: StreamHost, price: Price): StreamHost {
  return {
    ...host,
    perform: async (request, work) => {
      const outcome = await host.perform(request, work);
      price.add(outcome.usage?.costUsd ?? 0);
      return outcome;
    },
    run: async (workflow, inputs, work) => {
      const outcome = await host.run(workflow, inputs, work);
      if (outcome.child) price.tell(work.id, outcome.child.spent.costUsd);
      return outcome;
    },
  };
}

async function sinkWork(
  sink: Sink,
  { host, flow, gauges, waits, taken }: Around & Pick<OpenSinkOptions, "taken">,
): Promise<PlaceWork> {
  const { clock } = host;
  const writer = await openSink(sink, { position: flow.station(sink.name).position, host, taken });
  flow.place(sink.name, writer.position);
  const keeps = sink.kind === "result";
  const gauge = gauges.of(sink.name);
  return {
    mayBegin: (inWork) => inWork === 0,
    begun: () => {},
    nextAt: () => undefined,
    do: async (taken, signal) => {
      let position: Json = null;
      const process = async (batch: Batch, stop: AbortSignal): Promise<Processed> => {
        const written = await writeTo(writer, batch, stop);
        if ("failure" in written) return { ok: false, ...written };
        ({ position } = written);
        return { ok: true, outputs: keeps ? batch.records : [], filtered: 0, dead: written.dead };
      };
      const tried = (one: Tried): void => gauge.tried(one, clock.now());
      const wait: BatchWork["wait"] = (one, stop) => waits.over({ place: sink.name, ...one }, stop);
      const work = { process, retry: sinkRetry, onFailure: "fail", clock, tried, wait } as const;
      const end = await tryBatch(batchOf(sink.name, taken), work, signal);
      return end.end === "finished" ? { ...end, finished: { ...end.finished, position } } : end;
    },
    dueAt: () => undefined,
    flush: () => undefined,
    finish: () => writer.finish(),
    close: () => writer.close(),
  };
}

/** A sink that cannot be written now may be in a moment; one that never can be stops the pipeline. */
const sinkRetry: RetryPolicy = {
  max: 3,
  on: ["transient", "quota", "timeout"],
  backoff: "exponential",
  baseMs: 1000,
};

async function writeTo(writer: SinkWriter, { id, records }: Batch, signal: AbortSignal) {
  try {
    return await writer.write({ id, records }, signal);
  } catch (error) {
    if (!(error instanceof SinkFailure)) throw error;
    const { limit, child } = error.outcome ?? {};
    const held = limit || child ? { held: { ...(limit && { limit }), ...(child && { child }) } } : {};
    return { failure: error.failure, ...held };
  }
}

function batchOf(name: string, { lane, no, at, records }: Taken): Batch {
  return { id: batchIdOf(name, { lane, no }), no, attempt: 1, at, records };
}
