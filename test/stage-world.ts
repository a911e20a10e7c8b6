import type { Request } from "../src/core/effects.ts";
import type { Outcome } from "../src/core/outcome.ts";
import type { Json, JsonObject } from "../src/expression/json.ts";
import type { Stage, StageWork } from "../src/language/pipeline.ts";
import { defaultRetry, type Workflow } from "../src/language/workflow.ts";
import type { StreamRecord } from "../src/ports/stream-store.ts";
import { createFakeClock, type FakeClock } from "../src/runtimes/memory/fake-clock.ts";
import type { HostWork, StreamHost } from "../src/stream/host.ts";
import type { Batch, Processed } from "../src/stream/processor.ts";

/** A stage that takes from the source; by default it passes its records on. */
export function stageOf(stage: Partial<Stage> & { readonly work?: StageWork } = {}): Stage {
  return {
    name: "stage",
    from: ["source"],
    order: "kept",
    batchSize: 100,
    batchWaitMs: 0,
    parallelism: { least: 1, most: 1 },
    retry: defaultRetry,
    onFailure: "dead",
    ...stage,
  };
}

/** What a host was asked for. */
export type Asked =
  | { readonly request: Request; readonly work: HostWork }
  | { readonly workflow: Workflow; readonly inputs: JsonObject; readonly work: HostWork };

export interface StageHost extends StreamHost {
  readonly clock: FakeClock;
  readonly asked: Asked[];
}

export interface StageHostOptions {
  readonly scope?: Readonly<Record<string, Json>>;
  readonly answer?: (asked: Asked) => Outcome;
}

/** A host that remembers what it was asked for, and answers what it is told to. */
export function createStageHost({ scope = {}, answer }: StageHostOptions = {}): StageHost {
  const asked: Asked[] = [];
  const tell = async (one: Asked): Promise<Outcome> => {
    asked.push(one);
    if (!answer) throw new Error("nobody is to be asked");
    return answer(one);
  };
  return {
    asked,
    clock: createFakeClock(),
    cwd: "/project",
    scope: (root) => (Object.hasOwn(scope, root) ? scope[root] : undefined),
    perform: (request, work) => tell({ request, work }),
    run: (workflow, inputs, work) => tell({ workflow, inputs, work }),
    alert: async () => {},
    fill: (text) => text,
    print: () => {},
    runLine: () => Promise.reject(new Error("no line is to be run")),
    outputOf: () => Promise.reject(new Error("no run is to be looked at")),
    sinksOfOthers: async () => [],
  };
}

/** Records with these texts or values, numbered from `first`. */
export function recordsOf(values: readonly Json[], first = 0): readonly StreamRecord[] {
  return values.map((value, index) => ({ no: first + index, text: JSON.stringify(value) }));
}

/** Records of a batch of the stage. */
export function batchOf(records: readonly StreamRecord[], batch: Partial<Batch> = {}): Batch {
  return { id: "stage/0", no: 0, attempt: 1, at: 0, records, ...batch };
}

/** The values of what a stage gave; throws when it failed. */
export function givenBy(done: Processed): readonly Json[] {
  if (!done.ok) throw new Error(done.failure.message);
  return done.outputs.map(({ text }) => JSON.parse(text) as Json);
}
