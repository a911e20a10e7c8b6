import type { FlowControl } from "../../language/pipeline.ts";
import type { StreamRecord } from "../../ports/stream-store.ts";

/** A stage or sink, as far as records on their way are concerned. */
export interface Place {
  readonly name: string;
  /** It takes from the source. */
  readonly isFirst: boolean;
  /** Names of the places it takes from, and of those that take from it. */
  readonly givers: readonly string[];
  readonly takers: readonly string[];
  readonly batchSize: number;
  readonly batchWaitMs: number;
  /** Most batches in work at once. */
  readonly most: number;
  /** Batches leave in the order of their numbers. */
  readonly inOrder: boolean;
  /** It takes records that are not durable yet: nobody sees what it does with them but in what it gives, so that it may be done again. */
  readonly isEarly?: true;
  /** Records of one lane are in work one batch after another; absent: there is one lane, and batches go side by side. */
  readonly lanes?: Lanes;
  readonly buffer: Pick<FlowControl, "bufferSize"> & { readonly whenFull: FlowControl["overflow"] };
  /** `gathers`: it gives what it has gathered when nothing more comes. `keeps`: what it gives stays with the stream. */
  readonly end?: "gathers" | "keeps";
}

export interface Lanes {
  readonly count: number;
  /** Which lane a record belongs to, from 0; or why that cannot be told. */
  readonly of: (record: StreamRecord) => number | Unplaced;
}

export interface Unplaced {
  readonly code: string;
  readonly reason: string;
}
