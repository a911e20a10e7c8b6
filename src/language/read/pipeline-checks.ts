import { isObject } from "../../expression/json.ts";
import type { PipelineDraft } from "../drafts.ts";
import type { FlowControl, Source } from "../pipeline.ts";
import type { Spot } from "../places.ts";
import { itemsOf, type Loading, memberOf } from "./loading.ts";
import type { ReadPipeline } from "./pipeline.ts";

/** What has to hold between the parts of a pipeline. */

interface Checked {
  readonly draft: PipelineDraft;
  /** False: what it reads from could not be read. */
  readonly hasSource: boolean;
}

export function checkPipeline(loading: Loading, read: ReadPipeline, { draft, hasSource }: Checked): void {
  const { continuous, source } = draft;
  if (continuous && hasSource) checkFollowed(loading, read, source);
  if (!continuous && source.kind === "listen") reportListening(loading, read);
  if (continuous) {
    checkWindows(loading, read, draft);
    checkResult(loading, read, draft);
  }
  checkStrategy(loading, read, draft.flow);
  if (hasSource) checkDropping(loading, read, draft);
}

function reportListening({ report }: Loading, read: ReadPipeline): void {
  report.add({
    code: "BAD_VALUE",
    message: "Cannot listen in a pipeline that ends: what is posted never ends by itself",
    fix: "add `continuous: true` to the pipeline",
    at: read.spotOf("source"),
    part: "key",
  });
}

/** A pipeline that goes on until it is stopped needs what goes on. */
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
function checkWindows({ report }: Loading, read: ReadPipeline, { stages }: PipelineDraft): void {
  for (const { name, work } of stages) {
    if (work?.kind !== "reduce" || work.window) continue;
    report.add({
      code: "BAD_VALUE",
      message: `Cannot gather in "${name}" what never ends: its window closes with the source, and the pipeline is continuous`,
      fix: "give it a `window:`, such as 5m or 100 records",
      at: partSpot(read, name),
      part: "key",
    });
  }
}

function checkResult({ report }: Loading, read: ReadPipeline, { sinks }: PipelineDraft): void {
  if (!sinks.some(({ kind }) => kind === "result")) return;
  const said = (["sink", "sinks"] as const).find((key) => read.has(key));
  const fix = "write to a file, a command or over http: `sink: {jsonl: out.jsonl}`";
  if (said) {
    const message = "Cannot give a result: the pipeline is continuous, and never comes to one";
    report.add({ code: "BAD_VALUE", message, fix, at: read.spotOf(said), part: "key" });
  } else {
    const message =
      'Cannot use the pipeline: it is continuous and has no "sink", and a result it never comes to';
    report.add({ code: "MISSING_KEY", message, fix, at: read.whole.spot, part: "key" });
  }
}

/** Where the stage or sink of this name stands. */
function partSpot(read: ReadPipeline, name: string): Spot {
  const lists = (["stages", "sinks", "sink"] as const).flatMap((key) => read.part(key) ?? []);
  const parts = lists.flatMap((at) => (Array.isArray(at.value) ? itemsOf(at) : [at]));
  const found = parts.find(({ value }) => isObject(value) && value["name"] === name);
  return (found ?? lists[0] ?? read.whole).spot;
}

function checkStrategy({ report }: Loading, read: ReadPipeline, flow: FlowControl): void {
  if (flow.backpressure || flow.overflow !== "block") return;
  report.add({
    code: "BAD_VALUE",
    message:
      'Cannot use "overflow_strategy: block" without back-pressure: who is blocked is held up, and that is back-pressure',
    fix: "write `backpressure: true`, or another strategy: drop_oldest, drop_newest, spill or fail",
    at: flowSpot(read, "overflow_strategy") ?? flowSpot(read, "backpressure") ?? read.whole.spot,
  });
}

const waiting: ReadonlySet<Source["kind"]> = new Set(["records", "files", "list", "run"]);

function checkDropping({ report }: Loading, read: ReadPipeline, { flow, source }: PipelineDraft): void {
  const { overflow } = flow;
  if (!overflow.startsWith("drop_") || !waiting.has(source.kind)) return;
  report.add({
    severity: "warning",
    code: "BAD_VALUE",
    message: `Cannot see why records are lost: "${overflow}" drops them when a buffer is full, and this source can just as well wait`,
    fix: "write `overflow_strategy: block`, unless old records are of no use to you",
    at: flowSpot(read, "overflow_strategy") ?? read.whole.spot,
  });
}

function flowSpot(read: ReadPipeline, key: string): Spot | undefined {
  const at = read.part("flow_control");
  return at && memberOf(at, key)?.spot;
}
