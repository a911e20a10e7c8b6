import type { JsonObject } from "../expression/json.ts";
import type { PlaceFigures, StreamFigures } from "./figures.ts";

/**
 * The figures of a pipeline by the names that alerts have for them.
 *
 * - `error_rate`: that of the stage or sink that fails most often; from 0 to 1, over the last minute;
 * - `throughput`: records a second where most pass;
 * - `lag`: records, or bytes where records are not known, that the source knows it has still to read; absent: it does not know;
 * - `latency_p95`: ms from a record's coming in to its being in a sink;
 * - `dead`, `dropped`: records in all, those that could not be read among the dead; `waiting`: records now; `cost`: US dollars;
 * - `stages`: the figures of each stage and sink by its name.
 */
export function alertFigures(figures: StreamFigures): JsonObject {
  const { source, places, latencyMs, costUsd } = figures;
  const lag = source.lag?.records ?? source.lag?.bytes;
  return {
    error_rate: most(places.map(({ errorRate }) => errorRate)),
    throughput: most([source.perSecond, ...places.map(({ perSecond }) => perSecond)]),
    ...(lag === undefined ? {} : { lag }),
    latency_p95: latencyMs.p95,
    dead: source.bad + sum(places.map(({ dead }) => dead)),
    dropped: sum(places.map(({ dropped }) => dropped)),
    waiting: sum(places.map(({ waiting }) => waiting)),
    cost: costUsd,
    stages: Object.fromEntries(places.map((place) => [place.name, placeFigures(place)])),
  };
}

function placeFigures(place: PlaceFigures): JsonObject {
  const { done, filtered, dropped, dead, waiting, spilled, out, batches, retries, parallelism } = place;
  return {
    error_rate: place.errorRate,
    throughput: place.perSecond,
    latency_p50: place.latencyMs.p50,
    latency_p95: place.latencyMs.p95,
    latency_p99: place.latencyMs.p99,
    cost: place.costUsd,
    in_work: place.inWork,
    done,
    filtered,
    dropped,
    dead,
    waiting,
    on_disk: place.onDisk,
    spilled,
    out,
    batches,
    retries,
    parallelism,
  };
}

function most(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
