import type { Json } from "../../expression/json.ts";
import type { FlowControl } from "../../language/pipeline.ts";
import type { ProcessResult } from "../../ports/processes.ts";
import type { StreamHost } from "../host.ts";

/** What sources need to be opened. */
export interface SourceOptions {
  /** Where to go on: what an earlier reader of this source said; absent: at the beginning. */
  readonly position?: Json;
  /** What is added later is read as well. */
  readonly continuous: boolean;
  readonly flow: Pick<FlowControl, "recordBytes">;
  readonly host: Pick<StreamHost, "clock" | "cwd" | "fill" | "print" | "stdin" | "scope">;
  /** What the template of a `list`, or the run of a `run`, came to. */
  readonly value?: Json;
  /** Runs the line of a `command`. */
  readonly runLine?: RunLine;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Runs a shell line to its end, as the step `run` does, with nothing on its standard input.
 *
 * - `output` gets all of standard output as it comes; while it does not read on, the program waits;
 * - `tell` gets the lines of standard error;
 * - when `signal` aborts, the program and all it started is stopped;
 * - it never rejects: the result says how it ended.
 */
export type RunLine = (
  line: string,
  work: {
    readonly cwd: string;
    readonly signal: AbortSignal;
    readonly output: (bytes: AsyncIterable<Uint8Array>) => Promise<void>;
    readonly tell: (line: string) => void;
  },
) => Promise<ProcessResult>;
