/** Figures of a pipeline as it runs; counts are of records and never go back, unless it says otherwise. */
export interface StreamFigures {
  readonly source: SourceFigures;
  /** Stages, then sinks, in the order of the workflow. */
  readonly places: readonly PlaceFigures[];
  /** From a record's coming in to its being in a sink. */
  readonly latencyMs: Quantiles;
  /** How long it has run, all processes together, waits included. */
  readonly runningMs: number;
  readonly costUsd: number;
  /** Alerts that have been told and are not over; absent: none. */
  readonly alerts?: readonly RingingAlert[];
  /** What it does now. */
  readonly status: "running" | "draining" | "idle" | "over";
}

export interface RingingAlert {
  readonly name: string;
  readonly when: string;
  /** Since when its condition has been true; ms since the epoch. */
  readonly since: number;
}

export interface SourceFigures {
  readonly read: number;
  /** What could not be read as records. */
  readonly bad: number;
  /** Dead letters that went back to where they died: they are letters no more. Absent: none. */
  readonly replayed?: number;
  /** Records a second, over the last seconds. */
  readonly perSecond: number;
  readonly ended: boolean;
  /** What it knows that there is still to read. */
  readonly lag?: { readonly bytes?: number; readonly records?: number };
}

/**
 * The fates of the records of a stage or sink: at every moment `in` is `done + filtered + dropped + dead + waiting`.
 */
export interface PlaceFigures {
  readonly name: string;
  readonly kind: "stage" | "sink";
  readonly in: number;
  /** Of those that came in: the work on them is done. */
  readonly done: number;
  readonly filtered: number;
  readonly dropped: number;
  readonly dead: number;
  /** Not yet done, those in work included; now. */
  readonly waiting: number;
  /** Of those that wait: they are on disk only; now. */
  readonly onDisk: number;
  /** Of those that came in: they were on disk only for a while. */
  readonly spilled: number;
  /** Batches in work now, and how many may be. */
  readonly inWork: number;
  readonly parallelism: number;
  /** Records that it gave. */
  readonly out: number;
  readonly batches: number;
  /** Tries of a batch that failed and were made again. */
  readonly retries: number;
  /** Records done a second, over the last seconds. */
  readonly perSecond: number;
  /** Share of the tries of a batch that failed, over the last minute; from 0 to 1. */
  readonly errorRate: number;
  /** Of the work on a batch. */
  readonly latencyMs: Quantiles;
  readonly costUsd: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}
