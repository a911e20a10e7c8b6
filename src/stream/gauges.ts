import type { Failure } from "../core/outcome.ts";
import { isObject, type Json, type JsonObject } from "../expression/json.ts";
import type { Clock } from "../ports/clock.ts";
import type { StreamAlert } from "../language/pipeline.ts";
import type { PlaceFigures, SourceFigures, StreamFigures } from "./figures.ts";
import type { Flow } from "./flow/flow.ts";
import type { SourceHead } from "./flow/head.ts";
import type { Taken } from "./flow/station.ts";
import { createHistogram, type Histogram } from "./histogram.ts";
import { batchIdOf } from "./batch-id.ts";
import type { Pipeline } from "./host.ts";
import { ringing } from "./alerts.ts";
import { Price } from "./price.ts";
import type { KeptRate, Rate } from "./rate.ts";
import { createFailureShare, createRate, type FailureShare, type Rate as Flowing } from "./rates.ts";
import type { Intake } from "./source.ts";
import type { StreamHead } from "./stream-head.ts";

export interface GaugesOptions {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  /** What an earlier process kept. */
  readonly kept: StreamHead | undefined;
}

/** Measures a pipeline as it runs. What is measured over all processes is kept with its records. */
export class Gauges {
  status: StreamFigures["status"] = "running";
  /** How its alerts stand, as it is kept. */
  alerts: Json;
  readonly #clock: Clock;
  readonly #places: ReadonlyMap<string, PlaceGauge>;
  readonly #sinks: ReadonlySet<string>;
  readonly #alerts: readonly StreamAlert[];
  readonly #latency: Histogram;
  readonly #readRate: Flowing;
  readonly #startedAt: number;
  readonly #ranMs: number;
  #lag: SourceFigures["lag"];
  #keptAt = Number.NEGATIVE_INFINITY;
  #keptStatus: StreamFigures["status"] | undefined;
  #kept: Readonly<Record<string, Json>> = {};
  #figures: StreamFigures | undefined;

  constructor({ pipeline, clock, kept }: GaugesOptions) {
    this.#clock = clock;
    this.#startedAt = clock.now();
    const before = objectOf(kept?.gauges);
    const prices = objectOf(kept?.prices);
    this.alerts = before["alerts"] ?? {};
    this.#ranMs = numberOf(before["runningMs"]);
    this.#latency = createHistogram(before["latency"] ?? []);
    this.#readRate = createRate({ sinceMs: this.#startedAt });
    const places = objectOf(before["places"]);
    const { stages, sinks, alerts } = pipeline;
    this.#alerts = alerts;
    this.#sinks = new Set(sinks.map(({ name }) => name));
    this.#places = new Map(
      [...stages, ...sinks].map(({ name }) => [
        name,
        new PlaceGauge(places[name] ?? null, { price: prices[name] ?? null, sinceMs: this.#startedAt }),
      ]),
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

  finished(name: string, taken: Taken, now: number): void {
    const { at, records } = taken;
    const gauge = this.of(name);
    gauge.done.add(now, records.length);
    gauge.price.settle(batchIdOf(name, taken));
    if (this.#sinks.has(name)) this.#latency.add(Math.max(0, now - at), records.length);
  }

  figures(flow: Flow): StreamFigures {
    const now = this.#clock.now();
    const places = flow.places.map(({ name }) => this.#figuresOf(name, flow, now));
    return {
      source: {
        ...countsOf(flow.source),
        perSecond: this.#readRate.perSecond(now),
        ...(this.#lag === undefined ? {} : { lag: this.#lag }),
      },
      places,
      latencyMs: this.#latency.quantiles(),
      runningMs: this.#runningMs(now),
      costUsd: places.reduce((sum, { costUsd }) => sum + costUsd, 0),
      ...this.#ringing(),
      status: this.status,
    };
  }

  #ringing(): Pick<StreamFigures, "alerts"> {
    const alerts = ringing(this.#alerts, this.alerts);
    return alerts.length === 0 ? {} : { alerts };
  }

  #runningMs(now: number): number {
    return this.#ranMs + now - this.#startedAt;
  }

  #figuresOf(name: string, flow: Flow, now: number): PlaceFigures {
    const station = flow.station(name);
    const gauge = this.of(name);
    const onDisk = station.lanes.reduce((sum, lane) => sum + lane.spilled, 0);
    return {
      name,
      kind: this.#sinks.has(name) ? "sink" : "stage",
      ...station.counts,
      waiting: station.waiting,
      onDisk,
      inWork: this.#isAtWork ? station.inWork : 0,
      parallelism: gauge.parallelism ?? station.place.most,
      retries: gauge.retries,
      perSecond: gauge.done.perSecond(now),
      errorRate: gauge.failures.share(now),
      latencyMs: gauge.latency.quantiles(),
      costUsd: gauge.price.usd,
    };
  }

  /** False: whatever was begun is done again, or was done. */
  get #isAtWork(): boolean {
    return this.status === "running" || this.status === "draining";
  }

  /**
   * What goes with a commit. What was counted is as it stands; the rest is made anew twice a second, and when the pipeline does
   * something else than before.
   */
  kept(flow: Flow): Readonly<Record<string, Json>> {
    const now = this.#clock.now();
    const prices = Object.fromEntries([...this.#places].map(([name, { price }]) => [name, price.toJson()]));
    if (this.#figures && now - this.#keptAt < keptMs && this.status === this.#keptStatus)
      return { ...this.#kept, prices, figures: this.#recounted(this.#figures, flow) as unknown as Json };
    this.#keptAt = now;
    this.#keptStatus = this.status;
    const places = Object.fromEntries([...this.#places].map(([name, gauge]) => [name, gauge.toJson(now)]));
    const runningMs = this.#runningMs(now);
    const { alerts } = this;
    const gauges: Json = { runningMs, latency: this.#latency.toJson(), places, alerts };
    this.#kept = { gauges };
    this.#figures = this.figures(flow);
    return { ...this.#kept, prices, figures: this.#figures as unknown as Json };
  }

  /** The same figures, with the counts and prices of now. */
  #recounted(figures: StreamFigures, flow: Flow): StreamFigures {
    const places = figures.places.map((place) => {
      const { counts, waiting, inWork } = flow.station(place.name);
      const { price, latency } = this.of(place.name);
      // the first that is measured is told at once
      const latencyMs = place.batches === 0 && counts.batches > 0 ? latency.quantiles() : place.latencyMs;
      const atWork = this.#isAtWork ? inWork : 0;
      return { ...place, ...counts, waiting, inWork: atWork, latencyMs, costUsd: price.usd };
    });
    const costUsd = places.reduce((sum, place) => sum + place.costUsd, 0);
    const { alerts: _, ...others } = figures;
    const source = { ...figures.source, ...countsOf(flow.source) };
    return { ...others, source, places, costUsd, ...this.#ringing() };
  }
}

const keptMs = 500;

/** What is measured of one stage or sink. */
export class PlaceGauge {
  readonly latency: Histogram;
  readonly done: Flowing;
  readonly failures: FailureShare;
  retries: number;
  readonly price: Price;
  /** How many batches may be in work now, where that changes. */
  parallelism: number | undefined;
  /** What batches are begun at, and what was kept of that. */
  rate: Rate | undefined;
  readonly keptRate: KeptRate | undefined;

  constructor(kept: Json, { price, sinceMs }: { readonly price: Json; readonly sinceMs: number }) {
    const before = isObject(kept) ? kept : {};
    this.latency = createHistogram(before["latency"] ?? []);
    this.retries = numberOf(before["retries"]);
    this.price = new Price(price);
    this.keptRate = keptRateOf(before["rate"]);
    this.done = createRate({ sinceMs });
    this.failures = createFailureShare();
  }

  /** A batch was tried. */
  tried({ tookMs, failure, attempt }: Tried, at: number): void {
    this.latency.add(tookMs);
    this.failures.add(at, failure !== undefined);
    if (attempt > 1) this.retries += 1;
  }

  toJson(now: number): Json {
    const { latency, retries } = this;
    const rate = this.rate?.kept(now);
    return { latency: latency.toJson(), retries, ...(rate && { rate: { ...rate } }) };
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

function keptRateOf(value: Json | undefined): KeptRate | undefined {
  if (!isObject(value ?? null)) return undefined;
  const { begun, last } = value as Readonly<Record<string, Json>>;
  return { begun: numberOf(begun), last: numberOf(last) };
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== undefined && isObject(value) ? value : {};
}

function countsOf({
  read,
  bad,
  ended,
  replayed,
}: SourceHead): Omit<StreamFigures["source"], "perSecond" | "lag"> {
  return { read, bad, ended, ...(replayed === undefined ? {} : { replayed }) };
}
