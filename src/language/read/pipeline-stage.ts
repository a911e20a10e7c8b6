import { isObject } from "../../expression/json.ts";
import { defined } from "../defined.ts";
import type { Callee, NameUse, StageDraft, TextUse } from "../drafts.ts";
import type { FlowControl, Stage } from "../pipeline.ts";
import type { Spot } from "../places.ts";
import { stageKeys, stageShape } from "../stage-shape.ts";
import { defaultRetry } from "../workflow.ts";
import type { BlockReader } from "./blocks.ts";
import type { Loading, Located } from "./loading.ts";
import { checkBatchSize, fromOf } from "./pipeline-sink.ts";
import { readWork, type StageKind, stageKind } from "./pipeline-work.ts";
import { type ReadObject, readObject } from "./read-object.ts";
import { readRetry } from "./retry.ts";
import { expressionUse } from "./texts.ts";

export type ReadStageObject = ReadObject<typeof stageShape>;

export interface ReadStage {
  readonly stage: Omit<StageDraft, "from" | "name">;
  /** Undefined: it does not say it. */
  readonly name: string | undefined;
  readonly spot: Spot;
  readonly nameSpot: Spot;
  /** Undefined: it does not say it. */
  readonly from: readonly NameUse[] | undefined;
  /** What a stage without a name is called, where that is free. */
  readonly usualName: string;
  readonly texts: readonly TextUse[];
  readonly callees: readonly Callee[];
}

export interface StageOptions {
  readonly blocks: BlockReader;
  readonly flow: FlowControl;
  /** Where it stands among the stages, from 0. */
  readonly index: number;
}

/** Records in a batch of a stage that asks nobody: each of its commits is one of the pipeline. */
const usualBatch = 100;
const usualWaitMs = 1000;
const noRetry = { ...defaultRetry, max: 0 };

/** Reads one stage. Undefined when it is no object. */
export function readStage(loading: Loading, at: Located, options: StageOptions): ReadStage | undefined {
  const read = readObject(loading, at, stageShape);
  if (!read) return undefined;
  const kind = stageKind(loading, read);
  const done = kind === "none" ? undefined : readWork(loading, read, { kind, blocks: options.blocks });
  const [when] = whenUse(read);
  const [key] = keyUse(read);
  checkOrder(loading, read);
  checkBatchSize(loading, read, options.flow);
  if (kind === "none") reportIdle(loading, read);
  const { usualName = `stage_${options.index + 1}`, texts = [], callees = [], work } = done ?? {};
  return {
    stage: {
      ...orderOf(read, { kind, bufferSize: options.flow.bufferSize }),
      ...failureOf(loading, read, kind),
      ...defined({ key: key?.text, when: when?.text, work }),
    },
    name: read.leaves.name,
    spot: at.spot,
    nameSpot: read.spotOf("name"),
    from: fromOf(read),
    usualName,
    texts: [...whenUse(read), ...keyUse(read), ...texts],
    callees,
  };
}

/** The text of `when`, or none. */
function whenUse(read: ReadStageObject): readonly TextUse[] {
  const { when } = read.leaves;
  if (when === undefined) return [];
  return [
    { ...expressionUse({ value: when, spot: read.spotOf("when") }, "step"), key: "when", names: ["record"] },
  ];
}

function keyUse(read: ReadStageObject): readonly TextUse[] {
  const { key } = read.leaves;
  if (key === undefined) return [];
  const use = expressionUse({ value: key, spot: read.spotOf("key") }, "step");
  return [{ ...use, gives: "value", key: "key", names: ["record"] }];
}

interface Ordering {
  readonly kind: StageKind;
  readonly bufferSize: number;
}

type Order = Pick<Stage, "order" | "batchSize" | "batchWaitMs" | "parallelism" | "rate">;

function orderOf(read: ReadStageObject, { kind, bufferSize }: Ordering): Order {
  const asksNobody = kind === "none" || kind === "value" || kind === "reduce";
  const {
    order = "kept",
    batch_size: batchSize = asksNobody ? Math.min(usualBatch, bufferSize) : 1,
    batch_wait: batchWaitMs = usualWaitMs,
    parallelism: { least = 1, most } = { most: 1 },
    rate_limit: rate,
  } = read.leaves;
  return { order, batchSize, batchWaitMs, parallelism: { least, most }, ...defined({ rate }) };
}

/** What a step does of its own is tried again by the step itself. */
function failureOf(
  loading: Loading,
  read: ReadStageObject,
  kind: StageKind,
): Pick<Stage, "retry" | "timeoutMs" | "onFailure"> {
  const { timeout, on_failure: onFailure = "dead" } = read.leaves;
  if (kind !== "run" && kind !== "function") return { retry: noRetry, onFailure };
  return {
    retry: readRetry(loading, read.part("retry")),
    ...defined({ timeoutMs: timeout }),
    onFailure,
  };
}

function checkOrder({ report }: Loading, read: ReadStageObject): void {
  const { order, key, parallelism } = read.leaves;
  if (order === "any" && key !== undefined) {
    report.add({
      code: "BAD_VALUE",
      message: 'Cannot use "order: any" here: the stage has a "key", whose records keep their order',
      fix: "take one of the two out",
      at: read.spotOf("order"),
    });
  }
  if (parallelism?.least !== undefined && parallelism.least > parallelism.most) {
    report.add({
      code: "BAD_VALUE",
      message: `Cannot work with ${parallelism.least} batches at least and ${parallelism.most} at most: that is no range`,
      fix: "write the smaller one as `least`",
      at: read.spotOf("parallelism"),
    });
  }
}

function reportIdle({ report }: Loading, read: ReadStageObject): void {
  const keys = isObject(read.whole.value) ? Object.keys(read.whole.value) : [];
  // a key that is misspelled, or that cannot be used, is told by itself
  if (read.has("when") || keys.some((key) => !stageKeys.has(key) || passing.has(key))) return;
  report.add({
    code: "MISSING_KEY",
    message: "Cannot use the stage: it does not say what to do with its records",
    fix: "give it one of when, value, run, function, command, prompt, http, mcp, workflow, steps, reduce",
    at: read.whole.spot,
    part: "key",
  });
}

/** What a stage may be for that does nothing with its records. */
const passing = new Set(["rate_limit", "batch_size", "batch_wait", "from"]);
