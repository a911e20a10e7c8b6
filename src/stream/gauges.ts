import type { Failure } from "../core/outcome.ts";
import { isObject, type Json } from "../expression/json.ts";
import type { Clock } from "../ports/clock.ts";
import type { PlaceFigures, SourceFigures, StreamFigures } from "./figures.ts";
import type { Flow } from "./flow/flow.ts";
import type { Taken } from "./flow/station.ts";
import { createHistogram, type Histogram } from "./histogram.ts";
import type { Pipeline } from "./host.ts";
import { createFailureShare, createRate, type FailureShare, type Rate } from "./rates.ts";
import type { Intake } from "./source.ts";

export interface GaugesOptions {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  /** What an earlier process kept. */
  readonly kept: Json | undefined;
}

/** Measures a pipeline as it runs. What is measured over all processes is kept with its records. */
export class Gauges {
  status: StreamFigures["status"] = "running";
  readonly #clock: Clock;
  readonly #places: ReadonlyMap<string, PlaceGauge>;
  readonly #sinks: ReadonlySet<string>;
  readonly #latency: Histogram;
  readonly #readRate: Rate;
  readonly #startedAt: number;
  readonly #ranMs: number;
  #lag: SourceFigures["lag"];
  #keptAt = Number.NEGATIVE_INFINITY;
  #keptStatus: StreamFigures["status"] | undefined;
  #kept: Readonly<Record<string, Json>> = {};

  constructor({ pipeline, clock, kept }: GaugesOptions) {
    this.#clock = clock;
    this.#startedAt = clock.now();
    const before = isObject(kept ?? null) ? (kept as Readonly<Record<string, Json>>) : {};
    this.#ranMs = numberOf(before["runningMs"]);
    this.#latency = createHistogram(before["latency"] ?? []);
    this.#readRate = createRate({ sinceMs: this.#startedAt });
    const places = isObject(before["places"] ?? null)
      ? (before["places"] as Readonly<Record<string, Json>>)
      : {};
    const { stages, sinks } = pipeline;
    this.#sinks = new Set(sinks.map(({ name }) => name));
    this.#places = new Map(
      [...stages, ...sinks].map(({ name }) => [name, new PlaceGauge(places[name] ?? null, this.#startedAt)]),
    );
  }

  of(name: string): PlaceGauge {
    const found = this.#places.get(name);
    if (!found) throw new TypeError(`there is no place "${name}"`);
    return found;
  }

  read({ records, lag }: Intake, at: number): void {
    this.#readRate.add(at, records.length);
    this.#lag = lag;
  }

  finished(name: string, { at, records }: Taken, now: number): void {
    this.of(name).done.add(now, records.length);
    if (this.#sinks.has(name)) this.#latency.add(Math.max(0, now - at), records.length);
  }

  figures(flow: Flow): StreamFigures {
    const now = this.#clock.now();
    const { read, bad, ended } = flow.source;
    const places = flow.places.map(({ name }) => this.#figuresOf(name, flow, now));
    return {
      source: {
        read,
        bad,
        ended,
        perSecond: this.#readRate.perSecond(now),
        ...(this.#lag === undefined ? {} : { lag: this.#lag }),
      },
      places,
      latencyMs: this.#latency.quantiles(),
      runningMs: this.#runningMs(now),
      costUsd: places.reduce((sum, { costUsd }) => sum + costUsd, 0),
      status: this.status,
    };
  }

  #runningMs(now: number): number {
    return this.#ranMs + now - this.#startedAt;
  }

  #figuresOf(name: string, flow: Flow, now: number): PlaceFigures {
    const station = flow.station(name);
    const gauge = this.of(name);
    const spilled = station.lanes.reduce((sum, lane) => sum + lane.spilled, 0);
    return {
      name,
      kind: this.#sinks.has(name) ? "sink" : "stage",
      ...station.counts,
      waiting: station.waiting,
      spilled,
      inWork: station.inWork,
      parallelism: gauge.parallelism ?? station.place.most,
      retries: gauge.retries,
      perSecond: gauge.done.perSecond(now),
      errorRate: gauge.failures.share(now),
      latencyMs: gauge.latency.quantiles(),
      costUsd: gauge.costUsd,
    };
  }

  /** What goes with a commit: made anew twice a second, and when the pipeline does something else than before. */
  kept(flow: Flow): Readonly<Record<string, Json>> {
    const now = this.#clock.now();
    if (now - this.#keptAt < keptMs && this.status === this.#keptStatus) return this.#kept;
    this.#keptAt = now;
    this.#keptStatus = this.status;
    const places = Object.fromEntries([...this.#places].map(([name, gauge]) => [name, gauge.toJson()]));
    const runningMs = this.#runningMs(now);
    const gauges: Json = { runningMs, latency: this.#latency.toJson(), places };
    this.#kept = { gauges, figures: this.figures(flow) as unknown as Json };
    return this.#kept;
  }
}

const keptMs = 500;

/** What is measured of one stage or sink. */
export class PlaceGauge {
  readonly latency: Histogram;
  readonly done: Rate;
  readonly failures: FailureShare;
  retries: number;
  costUsd: number;
  /** How many batches may be in work now, where that changes. */
  parallelism: number | undefined;

  constructor(kept: Json, sinceMs: number) {
    const before = isObject(kept) ? kept : {};
    this.latency = createHistogram(before["latency"] ?? []);
    this.retries = numberOf(before["retries"]);
    this.costUsd = numberOf(before["costUsd"]);
    this.done = createRate({ sinceMs });
    this.failures = createFailureShare();
  }

  /** A batch was tried. */
  tried({ tookMs, failure, attempt }: Tried, at: number): void {
    this.latency.add(tookMs);
    this.failures.add(at, failure !== undefined);
    if (attempt > 1) this.retries += 1;
  }

  toJson(): Json {
    const { latency, retries, costUsd } = this;
    return { latency: latency.toJson(), retries, costUsd };
  }
}

/** A try of a batch, as it ended. */
export interface Tried {
  readonly attempt: number;
  readonly tookMs: number;
  /** Absent: it went well. */
  readonly failure?: Failure;
}

function numberOf(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}
