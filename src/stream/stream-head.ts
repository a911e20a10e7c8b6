import { TuttiError } from "../errors.ts";
import { isObject, type Json } from "../expression/json.ts";

/** What a pipeline has written down of itself beside its records. */
export interface StreamHead {
  /** As `Gauges` keeps it. */
  readonly gauges: Json;
  /** What the batches of each stage have cost. */
  readonly prices: Json;
}

/** Reads what an earlier process kept; PIPELINE_CHANGED when that was of a pipeline of another shape. */
export function readStreamHead(head: Json, shape: string): StreamHead {
  if (!isObject(head)) throw new TypeError("this is no head of a pipeline");
  if (head["shape"] !== shape)
    throw new TuttiError(
      "PIPELINE_CHANGED",
      "Cannot go on with the pipeline: its source, stages or sinks are others than those whose records or dead letters it keeps",
      {
        fix: "put back their names, `from`, `key` and kinds until these records are through and the letters replayed, or begin a new run",
      },
    );
  return { gauges: head["gauges"] ?? null, prices: head["prices"] ?? null };
}
