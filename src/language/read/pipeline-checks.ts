import type { PipelineDraft } from "../drafts.ts";
import type { Source } from "../pipeline.ts";
import type { Spot } from "../places.ts";
import { itemsOf, type Loading } from "./loading.ts";
import type { ReadPipeline } from "./pipeline.ts";

/** What has to hold between the parts of a pipeline. */

/** A pipeline that goes on until it is stopped needs what goes on. */
export function checkContinuous(loading: Loading, read: ReadPipeline, draft: PipelineDraft): void {
  const { source, continuous } = draft;
  if (continuous) {
    checkFollowed(loading, read, source);
    checkOpenEnds(loading, read, draft);
  } else if (source.kind === "listen") {
    loading.report.add({
      code: "BAD_VALUE",
      message: "Cannot listen in a pipeline that ends: what is posted never ends by itself",
      fix: "add `continuous: true` to the pipeline",
      at: read.spotOf("source"),
      part: "key",
    });
  }
}

const unfollowed: Readonly<Partial<Record<Source["kind"], string>>> = {
  list: "the list of an earlier step does not grow",
  run: "what a run came to does not grow",
};

function checkFollowed({ report }: Loading, read: ReadPipeline, { kind }: Source): void {
  const why = unfollowed[kind];
  if (why === undefined) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot follow this source: ${why}`,
    fix: "take `continuous` out, or read from files, a command, stdin, http or listen",
    at: read.spotOf("continuous"),
    part: "key",
  });
}

/** What is given at the end never comes when there is none. */
function checkOpenEnds({ report }: Loading, read: ReadPipeline, { stages, sinks }: PipelineDraft): void {
  for (const { name, work } of stages) {
    if (work?.kind !== "reduce" || work.window) continue;
    report.add({
      code: "BAD_VALUE",
      message: `Cannot gather in "${name}" what never ends: its window closes with the source, and the pipeline is continuous`,
      fix: "give it a `window:`, such as 5m or 100 records",
      at: stageSpot(read, name),
      part: "key",
    });
  }
  if (!sinks.some(({ kind }) => kind === "result")) return;
  const isSaid = read.has("sink") || read.has("sinks");
  report.add({
    code: isSaid ? "BAD_VALUE" : "MISSING_KEY",
    message: isSaid
      ? "Cannot give a result: the pipeline is continuous, and never comes to one"
      : 'Cannot use the pipeline: it is continuous and has no "sink", and a result it never comes to',
    fix: "write to a file, a command or over http: `sink: {jsonl: out.jsonl}`",
    at: isSaid ? read.spotOf(read.has("sink") ? "sink" : "sinks") : read.whole.spot,
    part: "key",
  });
}

function stageSpot(read: ReadPipeline, name: string): Spot {
  const at = read.part("stages");
  const items = at ? itemsOf(at) : [];
  const found = items.find(({ value }) => (value as { readonly name?: unknown } | null)?.name === name);
  return found?.spot ?? read.spotOf("stages");
}

/** What flow control says has to go together, and with what there is. */
export function checkFlow(loading: Loading, read: ReadPipeline, draft: PipelineDraft): void {
  checkStrategy(loading, read, draft);
  checkBatches(loading, read, draft);
}

function checkStrategy({ report }: Loading, read: ReadPipeline, draft: PipelineDraft): void {
  const { backpressure, overflow } = draft.flow;
  const at = flowSpot(read, "overflow_strategy");
  if (!backpressure && overflow === "block") {
    report.add({
      code: "BAD_VALUE",
      message:
        'Cannot use "overflow_strategy: block" without back-pressure: who is blocked is held up, and that is back-pressure',
      fix: "write `backpressure: true`, or another strategy: drop_oldest, drop_newest, spill or fail",
      at: at ?? flowSpot(read, "backpressure") ?? read.whole.spot,
    });
    return;
  }
  const drops = overflow === "drop_oldest" || overflow === "drop_newest";
  const { kind } = draft.source;
  const waits = kind === "records" || kind === "files" || kind === "list" || kind === "run";
  if (!drops || !waits || (draft.source.kind === "list" && draft.source.items === "")) return;
  report.add({
    severity: "warning",
    code: "BAD_VALUE",
    message: `Cannot see why records are lost: "${overflow}" drops them when a buffer is full, and this source can just as well wait`,
    fix: "write `overflow_strategy: block`, unless old records are of no use to you",
    at: at ?? read.whole.spot,
  });
}

function flowSpot(read: ReadPipeline, key: string): Spot | undefined {
  const at = read.part("flow_control");
  const value = at?.value;
  if (!at || typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return { parent: at.spot, member: { holder: value, key } };
}

function checkBatches({ report }: Loading, read: ReadPipeline, draft: PipelineDraft): void {
  const { bufferSize } = draft.flow;
  for (const { name, batchSize } of [...draft.stages, ...draft.sinks]) {
    if (batchSize <= bufferSize) continue;
    report.add({
      code: "BAD_VALUE",
      message: `Cannot gather batches of ${batchSize} for "${name}": at most ${bufferSize} records wait before it`,
      fix: `write a smaller \`batch_size\`, or \`flow_control: {buffer_size: ${batchSize}}\``,
      at: stageSpot(read, name),
      part: "key",
    });
  }
}
