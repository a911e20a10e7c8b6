import type { PipelineDraft, TextUse } from "../drafts.ts";
import { flowControlShape, pipelineShape } from "../pipeline-shapes.ts";
import { defaultFlow, type FlowControl } from "../pipeline.ts";
import type { ReadAction, ReadStep } from "./action.ts";
import type { BlockReader } from "./blocks.ts";
import { itemsOf, type Loading, type Located } from "./loading.ts";
import { readAlerts } from "./pipeline-alerts.ts";
import { checkApart } from "./pipeline-apart.ts";
import { checkPipeline } from "./pipeline-checks.ts";
import { layOut } from "./pipeline-order.ts";
import { type ReadSink, readSink } from "./pipeline-sink.ts";
import { type ReadSource, readSource } from "./pipeline-source.ts";
import { type ReadStage, readStage } from "./pipeline-stage.ts";
import { missingKey, type ReadObject, readObject, wrongType } from "./read-object.ts";

export type ReadPipeline = ReadObject<typeof pipelineShape>;

const nothing: PipelineDraft = {
  kind: "pipeline",
  source: { kind: "list", items: "" },
  stages: [],
  sinks: [],
  flow: defaultFlow,
  alerts: [],
};

/** Reads `pipeline:`: records from a source through stages into sinks. */
export function readPipeline(loading: Loading, step: ReadStep, blocks: BlockReader): ReadAction {
  const at = step.part("pipeline") ?? step.whole;
  const read = readObject(loading, at, pipelineShape);
  if (!read) return { action: nothing, texts: [], callees: [] };
  const flow = readFlowControl(loading, read.part("flow_control"));
  const source = readFrom(loading, read);
  const stages = readStages(loading, read.part("stages"), { blocks, flow });
  const sinks = readSinks(loading, read, flow);
  const laid = layOut(loading, read, { stages, sinks, flow });
  const watched = readAlerts(loading, read, laid);
  const draft: PipelineDraft = {
    kind: "pipeline",
    source: source?.source ?? nothing.source,
    ...laid,
    flow,
    ...(read.leaves.continuous === true ? { continuous: true } : {}),
    alerts: watched.alerts,
  };
  checkApart(loading, sinks, { source: source?.source, continuous: draft.continuous ?? false });
  checkPipeline(loading, read, { draft, hasSource: source !== undefined });
  return {
    action: draft,
    texts: textsOf([...(source ? [source] : []), ...stages, ...sinks, watched]),
    callees: stages.flatMap(({ callees }) => callees),
  };
}

function readFrom(loading: Loading, read: ReadPipeline): ReadSource | undefined {
  const at = read.part("source");
  if (at) return readSource(loading, at);
  missingKey(loading, read.whole, { what: "the pipeline", key: "source" });
  return undefined;
}

function textsOf(parts: readonly { readonly texts: readonly TextUse[] }[]): readonly TextUse[] {
  return parts.flatMap(({ texts }) => texts);
}

function readFlowControl(loading: Loading, at: Located | undefined): FlowControl {
  const read = at && readObject(loading, at, flowControlShape);
  if (!read) return defaultFlow;
  const {
    backpressure = defaultFlow.backpressure,
    buffer_size: bufferSize = defaultFlow.bufferSize,
    overflow_strategy: overflow = defaultFlow.overflow,
    record_size: recordBytes = defaultFlow.recordBytes,
    drain: drainMs = defaultFlow.drainMs,
  } = read.leaves;
  return { backpressure, bufferSize, overflow, recordBytes, drainMs };
}

interface StagesOptions {
  readonly blocks: BlockReader;
  readonly flow: FlowControl;
}

/** Nobody follows more. */
const mostStages = 100;

function readStages(loading: Loading, at: Located | undefined, options: StagesOptions): readonly ReadStage[] {
  if (!at) return [];
  if (!Array.isArray(at.value)) {
    wrongType(loading, { at, what: '"stages"', wanted: "a list of stages" });
    return [];
  }
  const items = itemsOf(at);
  if (items.length > mostStages) {
    loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot use ${items.length} stages: a pipeline has ${mostStages} at most`,
      fix: "put several steps into one stage: `steps: […]`",
      at: at.spot,
      part: "key",
    });
  }
  return items
    .slice(0, mostStages)
    .flatMap((item, index) => readStage(loading, item, { ...options, index }) ?? []);
}

/** `sink:` alone, or `sinks:`. */
function readSinks(loading: Loading, read: ReadPipeline, flow: FlowControl): readonly ReadSink[] {
  const [one, several] = [read.part("sink"), read.part("sinks")];
  if (one && several) {
    loading.report.add({
      code: "BAD_VALUE",
      message: 'Cannot use "sinks" here: the pipeline has a "sink" already',
      fix: "write all of them as `sinks:`",
      at: several.spot,
      part: "key",
    });
  }
  const items = [...(one ? listed(one) : []), ...(several ? listed(several) : [])];
  return items.flatMap((item) => readSink(loading, item, flow) ?? []);
}

function listed(at: Located): readonly Located[] {
  return Array.isArray(at.value) ? itemsOf(at) : [at];
}
