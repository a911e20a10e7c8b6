import type { PlaceFigures, StreamFigures } from "../../src/stream/figures.ts";

/** Figures of a stage or sink, with what is not said zero. */
export function placeFigures(name: string, rest: Partial<PlaceFigures> = {}): PlaceFigures {
  return {
    name,
    kind: "stage",
    in: 0,
    done: 0,
    filtered: 0,
    dropped: 0,
    dead: 0,
    waiting: 0,
    onDisk: 0,
    spilled: 0,
    inWork: 0,
    parallelism: 1,
    out: 0,
    batches: 0,
    retries: 0,
    perSecond: 0,
    errorRate: 0,
    latencyMs: { p50: 0, p95: 0, p99: 0 },
    costUsd: 0,
    ...rest,
  };
}

/** Figures of a pipeline of these places. */
export function streamFigures(
  places: readonly PlaceFigures[],
  rest: Partial<StreamFigures> = {},
): StreamFigures {
  return {
    source: { read: 0, bad: 0, perSecond: 0, ended: false },
    places,
    latencyMs: { p50: 0, p95: 0, p99: 0 },
    runningMs: 0,
    costUsd: 0,
    status: "running",
    ...rest,
  };
}

/** A pipeline at work in which something has gone wrong. */
export const workedFigures: StreamFigures = streamFigures(
  [
    placeFigures("parse", {
      in: 12_000,
      done: 11_790,
      filtered: 200,
      dead: 10,
      out: 11_790,
      batches: 120,
      parallelism: 4,
      perSecond: 1180,
      latencyMs: { p50: 3.2, p95: 8, p99: 12.4 },
    }),
    placeFigures("explain", {
      in: 11_790,
      done: 11_290,
      waiting: 500,
      inWork: 2,
      parallelism: 2,
      out: 11_290,
      batches: 2258,
      retries: 3,
      perSecond: 42.4,
      errorRate: 0.02,
      latencyMs: { p50: 820, p95: 1900, p99: 61_000 },
      costUsd: 1.5,
    }),
    placeFigures("out.jsonl", {
      kind: "sink",
      in: 11_290,
      done: 11_290,
      batches: 113,
      perSecond: 42,
      latencyMs: { p50: 2, p95: 3, p99: 5 },
    }),
  ],
  {
    source: { read: 12_000, bad: 2, perSecond: 1203, ended: false, lag: { bytes: 1_530_000 } },
    costUsd: 1.5,
    runningMs: 65_000,
  },
);
