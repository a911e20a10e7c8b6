import type { Json, JsonObject } from "../expression/json.ts";
import type { Escalation } from "./asking.ts";
import type { RetryPolicy, Workflow } from "./workflow.ts";

/**
 * Records that go from a source through stages into sinks. A record is any JSON value; in expressions it is `record`, and
 * the records that a stage takes together are `batch`.
 */
export interface PipelineAction {
  readonly kind: "pipeline";
  readonly source: Source;
  /** In an order in which each comes after those it takes from. */
  readonly stages: readonly Stage[];
  readonly sinks: readonly Sink[];
  readonly flow: FlowControl;
  /** It goes on until it is stopped: its source is followed. */
  readonly continuous?: true;
  readonly alerts: readonly StreamAlert[];
}

/** How bytes become records. `lines`: a record is a text. `csv`: an object of texts. */
export type RecordFormat =
  | { readonly kind: "jsonl" }
  | { readonly kind: "lines" }
  /** `columns` absent: the first row names them. */
  | { readonly kind: "csv"; readonly separator: string; readonly columns?: readonly string[] };

/** Where records come from. Paths, URLs and lines are templates over the run's data. */
export type Source =
  /** Files of records, one after another in the order of their names; a path may be a glob. */
  | { readonly kind: "records"; readonly paths: readonly string[]; readonly format: RecordFormat }
  /** A record for each file: `{path, bytes}`, with `text` when `content` is there. */
  | { readonly kind: "files"; readonly paths: readonly string[]; readonly content?: true }
  | {
      readonly kind: "command";
      readonly line: string;
      readonly cwd?: string;
      readonly format: RecordFormat;
    }
  | { readonly kind: "stdin"; readonly format: RecordFormat }
  /** `items`: CEL over `body` that gives the list of records. `everyMs`: how often it is asked again in a continuous pipeline. */
  | {
      readonly kind: "http";
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly format: RecordFormat | { readonly kind: "json"; readonly items: string };
      readonly everyMs: number;
    }
  /** An endpoint on loopback to which records are posted. */
  | { readonly kind: "listen"; readonly port: number; readonly path: string; readonly format: RecordFormat }
  /** Template that gives a list: what an earlier step came to. */
  | { readonly kind: "list"; readonly items: string }
  /** What another run came to, or one of its nodes. */
  | { readonly kind: "run"; readonly run: string; readonly node?: string };

/** What becomes of the records between the source and the sinks. */
export interface Stage {
  readonly name: string;
  /** Names of the stages it takes from, or `sourceName`. Several: they are taken as they come. */
  readonly from: readonly string[];
  /** CEL over `record`; a record for which it is not true is filtered out. */
  readonly when?: string;
  /** What is done with what is left; absent: it goes on as it is. */
  readonly work?: StageWork;
  /** CEL over `record`: records of one key are never in work at the same time, and keep their order. */
  readonly key?: string;
  /** `kept`: batches leave in the order in which they came. A stage with a key keeps the order of each key. */
  readonly order: "kept" | "any";
  readonly batchSize: number;
  /** How long a batch that is not full waits for more records. */
  readonly batchWaitMs: number;
  /** Batches in work at once; it moves between the two by latency and errors. */
  readonly parallelism: { readonly least: number; readonly most: number };
  /** Batches begun in any `perMs`. */
  readonly rate?: { readonly count: number; readonly perMs: number };
  readonly timeoutMs?: number;
  readonly retry: RetryPolicy;
  /**
   * What becomes of a batch that fails for good: its records are dead; it is halved until the bad record is alone, which is
   * dead; or the pipeline fails.
   */
  readonly onFailure: "dead" | "isolate" | "fail";
}

/** The name that stands for the source among those a stage takes from. */
export const sourceName = "source";

/**
 * What a stage does with a batch. What it gives is a list of records, or one; `into`: it is put into each record of the batch
 * under this name, item by item where there are as many, else the whole.
 */
export type StageWork =
  /** For each record a new one, of JSON with templates over `record`. */
  | { readonly kind: "value"; readonly value: Json }
  /** A shell line, for each batch: its records on standard input as JSON lines, what it prints are the records it gives. */
  | {
      readonly kind: "run";
      readonly line: string;
      readonly cwd?: string;
      readonly env: Readonly<Record<string, string>>;
      readonly into?: string;
    }
  /** A function of the embedding program; it gets `{batch, …args}`. */
  | {
      readonly kind: "function";
      readonly function: string;
      readonly args: JsonObject;
      readonly into?: string;
    }
  /**
   * A run of its own for each batch: agents, calls, nested steps. Its inputs are `batch`, `record` (the first of the batch), and
   * `with`: what else its texts read, as JSON with templates over the data of the pipeline's run. Its output is what the stage gives.
   */
  | {
      readonly kind: "workflow";
      readonly workflow: Workflow;
      readonly with: JsonObject;
      readonly into?: string;
    }
  | ReduceWork;

/** Records are gathered, and given when their window closes: one for each group. One batch at a time. */
export interface ReduceWork {
  readonly kind: "reduce";
  /** Absent: all records are one window, which closes with the source. */
  readonly window?: Window;
  /** Name of the group in what is given, and CEL over `record`; absent: all are one group. */
  readonly by: Readonly<Record<string, string>>;
  /** What is given for each group, by name. */
  readonly give: Readonly<Record<string, Aggregate>>;
}

/** `count`: so many records. `time`: so long by the clock, or by the time that `at` (CEL over `record`) says. */
export type Window =
  | { readonly kind: "count"; readonly size: number }
  | { readonly kind: "time"; readonly sizeMs: number; readonly at?: string; readonly lateMs: number };

export type Aggregate =
  | { readonly kind: "count" }
  /** `of`: CEL over `record`. `list` keeps the first `most`. */
  | { readonly kind: "sum" | "mean" | "least" | "most" | "first" | "last" | "distinct"; readonly of: string }
  | { readonly kind: "list"; readonly of: string; readonly most: number }
  /** CEL over `sum` (what it is so far, at first `start`) and `record`. */
  | { readonly kind: "fold"; readonly start: Json; readonly step: string };

/** Where records go to. */
export type Sink = {
  readonly name: string;
  /** Names of stages, or `sourceName`. */
  readonly from: readonly string[];
  readonly batchSize: number;
  readonly batchWaitMs: number;
} & SinkTarget;

export type SinkTarget =
  /** A file of records. `append`: to what is there; else that is replaced. Each record is in it once. */
  | {
      readonly kind: "records";
      readonly path: string;
      readonly format: RecordFormat;
      readonly append?: true;
    }
  /** A file for each record: templates over `record` of its path and its text; absent: the record as JSON. */
  | { readonly kind: "files"; readonly path: string; readonly text?: string }
  /** A shell line for each batch, with its records on standard input. */
  | {
      readonly kind: "command";
      readonly line: string;
      readonly cwd?: string;
      readonly env: Readonly<Record<string, string>>;
      readonly format: RecordFormat;
    }
  | {
      readonly kind: "http";
      readonly method: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly format: RecordFormat | { readonly kind: "json" };
    }
  /** They are the output of the step, at most so many. */
  | { readonly kind: "result"; readonly most: number };

export interface FlowControl {
  /** True: what fills a full buffer waits, and only the first buffers, behind the source, overflow. False: each does. */
  readonly backpressure: boolean;
  /** Records that may wait before a stage or sink. */
  readonly bufferSize: number;
  readonly overflow: "block" | "drop_oldest" | "drop_newest" | "spill" | "fail";
  /** A longer record is dead, unread. */
  readonly recordBytes: number;
  /** How long a pause or a stop lets go on what is on its way. */
  readonly drainMs: number;
}

/** Somebody is told while `when` (CEL over the figures of the pipeline) has been true for so long. */
export interface StreamAlert {
  readonly name: string;
  readonly when: string;
  readonly forMs: number;
  readonly notify: Exclude<Escalation["notify"], "handover">;
}

export const defaultFlow: FlowControl = {
  backpressure: true,
  bufferSize: 1000,
  overflow: "block",
  recordBytes: 1_048_576,
  drainMs: 30_000,
};
