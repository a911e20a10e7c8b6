import type { Failure, Outcome } from "../core/outcome.ts";
import type { Request } from "../core/effects.ts";
import type { Scope } from "../expression/expression.ts";
import type { Json, JsonObject } from "../expression/json.ts";
import type { Sink, Source, Stage, StreamAlert } from "../language/pipeline.ts";
import type { FlowControl } from "../language/pipeline.ts";
import type { Workflow } from "../language/workflow.ts";
import type { Clock } from "../ports/clock.ts";
import type { DeadLetter, OpenStream } from "../ports/stream-store.ts";
import type { StreamFigures } from "./figures.ts";
import type { RunLine } from "./sources/options.ts";

/** A pipeline with the templates of its source and sinks filled in, but for those over `record` and `batch`. */
export interface Pipeline {
  readonly source: Source;
  readonly stages: readonly Stage[];
  readonly sinks: readonly Sink[];
  readonly flow: FlowControl;
  readonly continuous: boolean;
  readonly alerts: readonly StreamAlert[];
}

/** What a pipeline needs of the run that it is a step of. */
export interface StreamHost {
  readonly clock: Clock;
  /** Where its paths begin and its lines run; absolute. */
  readonly cwd: string;
  /** What its expressions see besides records: `inputs`, `env`, `run`, and steps by name, as they were when it began. */
  readonly scope: Scope;
  /**
   * Does one request of a stage or sink: secrets, slots and breakers are seen to. The outcome of a failure says of what class it
   * is; it rejects only with the reason of `signal`.
   */
  perform(request: Request, work: HostWork): Promise<Outcome>;
  /** Does a batch by a run of its own, which is the same for the same `id`, or tells what came of it already. */
  run(workflow: Workflow, inputs: JsonObject, work: HostWork): Promise<Outcome>;
  /** Tells people that an alert has been raised, or is over. */
  alert(alert: StreamAlert, state: { readonly raised: boolean; readonly text: string }): Promise<void>;
  /** A template over secrets and the run's data that may hold markers of secrets: filled in for a source or sink that opens. */
  fill(text: string): string;
  /** A try waits; until the function is called that it gives. `free`: it may be tried at once. */
  readonly waiting?: (wait: WaitingTry, free: () => void) => () => void;
  readonly print: (line: string, stream: "stdout" | "stderr" | "agent") => void;
  /** Runs the line of a source to its end. */
  readonly runLine: RunLine;
  /** What another run, or one of its nodes, came to. */
  readonly outputOf: (run: string, node: string | undefined) => Promise<Json>;
  /** Files that pipelines of other runs write now, or other pipelines of this run. */
  readonly sinksOfOthers: () => Promise<readonly OtherSink[]>;
  /** Standard input of the process, when it is there to be read. */
  readonly stdin?: () => NodeJS.ReadableStream;
}

/** A file of records that another pipeline is to write on. */
export interface OtherSink {
  readonly run: string;
  /** As it stands in its workflow. */
  readonly path: string;
}

/** A batch of a stage or sink that waits to be tried again. */
export interface WaitingTry {
  readonly place: string;
  /** What came of the try before. */
  readonly failure: Failure;
  readonly dueAt: number;
}

export interface HostWork {
  /** Names it for ever. */
  readonly id: string;
  readonly stage: string;
  readonly attempt: number;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Most bytes of its output. */
  readonly outputBytes: number;
  readonly signal: AbortSignal;
}

/** A pipeline at work. */
export interface StreamHandle {
  /** Rejects when its records cannot be kept, and for bugs. */
  readonly done: Promise<StreamEnd>;
  /** Reads no more, lets go on what is on its way, and ends with `paused`. */
  drain(): void;
  /** Whole letters go back to where they died while it goes on. False: it is at its end, or drained, and takes nothing up. */
  replay(letters: readonly DeadLetter[]): boolean;
  figures(): StreamFigures;
}

export type StreamEnd =
  | { readonly status: "completed"; readonly output: Json }
  | { readonly status: "paused" }
  /** Something outside stopped a stage: a cap, or somebody who has to answer. */
  | { readonly status: "held"; readonly outcome: Outcome }
  | { readonly status: "failed"; readonly outcome: Outcome };

export interface StreamOptions {
  readonly pipeline: Pipeline;
  readonly stream: OpenStream;
  readonly host: StreamHost;
  /** Stops at once; what is in work is done again later. */
  readonly signal: AbortSignal;
  /** Whole letters that go back to where they died before anything else, and are dead no more with the same commit. */
  readonly replay?: readonly DeadLetter[];
  /** Told now and then while it goes on. */
  readonly onFigures?: (figures: StreamFigures) => void;
}
