import { isTuttiError } from "../errors.ts";
import type { Json } from "../expression/json.ts";
import type { StreamValue } from "../ports/stream-store.ts";
import type { StreamFigures } from "./figures.ts";
import { requireApart } from "./apart.ts";
import { AlertBell } from "./alert-bell.ts";
import { failedWith, overflowed, stoppedAt } from "./ends.ts";
import { Flow } from "./flow/flow.ts";
import { outboxName } from "./flow/lanes.ts";
import type { Taken } from "./flow/station.ts";
import { Gauges } from "./gauges.ts";
import type { StreamEnd, StreamHandle, StreamOptions } from "./host.ts";
import { Intakes } from "./intakes.ts";
import { layoutOf, shapeOf } from "./layout.ts";
import { keptOutput } from "./output.ts";
import { type PlaceWork, openWorks } from "./place-work.ts";
import { readStreamHead } from "./stream-head.ts";

/**
 * Drives a pipeline until all of its records have their fate, or until it is drained, held or has failed: it reads the source
 * while there is room, begins the batches that may be, and makes durable what came of them. All that is decided at one moment
 * is one commit; what a commit says happens only after it.
 */
export function driveStream(options: StreamOptions): StreamHandle {
  const drive = new Drive(options);
  return {
    done: drive.run(),
    drain: () => drive.drain(),
    figures: () => drive.figures(),
  };
}

class Drive {
  readonly #options: StreamOptions;
  readonly #flow: Flow;
  readonly #gauges: Gauges;
  readonly #end = Promise.withResolvers<StreamEnd>();
  /** Aborts when nothing more is to be done, whatever is under way. */
  readonly #stop = new AbortController();
  readonly #alerts: AlertBell;
  #works: ReadonlyMap<string, PlaceWork> = new Map();
  #intakes: Intakes | undefined;
  readonly #underWay = new Set<Promise<void>>();
  /** The end that it comes to as soon as nothing is in work any more. */
  #ending: StreamEnd | undefined;
  /** Batches that are being done; one that stopped the pipeline is in work still, and is none of them. */
  #doing = 0;
  #isDraining = false;
  #isEnding = false;
  #isPumping = false;
  #isLoading = false;
  #commits = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #forgetWake: () => void = () => {};

  constructor(options: StreamOptions) {
    const { pipeline, stream, host } = options;
    this.#options = options;
    const shape = shapeOf(pipeline);
    const head = stream.kept && readStreamHead(stream.kept.head, shape);
    this.#flow = new Flow({ places: layoutOf(pipeline, host.scope), kept: stream.kept, shape });
    this.#gauges = new Gauges({ pipeline, clock: host.clock, kept: head });
    this.#alerts = new AlertBell(pipeline.alerts, { host, kept: this.#gauges.alerts });
  }

  async run(): Promise<StreamEnd> {
    const { signal } = this.#options;
    const stop = (): void => this.#stop.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    const forgetTick = this.#tick();
    try {
      if (signal.aborted) stop();
      await this.#open();
      this.#wake();
      return await this.#end.promise;
    } finally {
      signal.removeEventListener("abort", stop);
      forgetTick();
      this.#forgetWake();
      await this.#close();
    }
  }

  async #open(): Promise<void> {
    const { pipeline, stream, host } = this.#options;
    const { signal } = this.#stop;
    signal.throwIfAborted();
    requireApart(pipeline, host.cwd);
    await this.#restore();
    const values = Map.groupBy<string, StreamValue>(stream.kept?.values ?? [], ({ stage }) => stage);
    this.#works = await openWorks(pipeline, { host, values, flow: this.#flow, gauges: this.#gauges });
    this.#flow.replay(this.#options.replay ?? [], host.clock.now());
    // what sinks stand at is kept before anything is written
    await this.#commit();
    this.#intakes = new Intakes({ pipeline, host, flow: this.#flow, gauges: this.#gauges, signal });
  }

  /** What an earlier process left: batches that wait for others, and the buffers of which the oldest may have to go. */
  async #restore(): Promise<void> {
    const { stream, host } = this.#options;
    const queues = new Set((stream.kept?.queues ?? []).map(({ queue }) => queue));
    for (const place of this.#flow.places) {
      const queue = outboxName(place);
      if (place.end === "keeps" || !queues.has(queue)) continue;
      const left = await stream.load(queue, { from: 0, most: Number.MAX_SAFE_INTEGER });
      this.#flow.restoreOutbox(place.name, left, host.clock.now());
    }
    await this.#load();
  }

  async #close(): Promise<void> {
    this.#stop.abort("the pipeline ended");
    await this.#intakes?.close();
    await Promise.allSettled(this.#underWay);
    for (const work of this.#works.values()) await work.close();
    await this.#alerts.quiet();
  }

  drain(): void {
    this.#isDraining = true;
    this.#gauges.status = "draining";
    this.#intakes?.stop();
    this.#wake();
  }

  figures(): StreamFigures {
    return this.#gauges.figures(this.#flow);
  }

  /** Figures are told, and alerts looked at, once in a while. */
  #tick(): () => void {
    const { host } = this.#options;
    let forget: () => void = () => {};
    const tick = (): void => {
      this.#look(this.figures());
      forget = host.clock.at(host.clock.now() + tickMs, tick);
    };
    forget = host.clock.at(host.clock.now() + tickMs, tick);
    return () => forget();
  }

  #look(figures: StreamFigures): void {
    const { host, onFigures } = this.#options;
    onFigures?.(figures);
    if (!this.#alerts.look(figures, host.clock.now())) return;
    this.#gauges.alerts = this.#alerts.kept;
    this.#flow.touch();
    this.#wake();
  }

  #wake(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      try {
        this.#pump();
      } catch (error) {
        this.#break(error);
      }
    });
  }

  #pump(): void {
    if (this.#stop.signal.aborted) return this.#stopped();
    if (this.#flow.overflowed !== undefined) this.#ending ??= overflowed(this.#flow.overflowed);
    if (!this.#ending) this.#go();
    void this.#commit().catch((error: unknown) => this.#break(error));
    this.#endIfOver();
  }

  #go(): void {
    // one moment for all: what is not due to begin in it is slept for
    const now = this.#options.host.clock.now();
    if (!this.#isLoading && this.#flow.wanted().length > 0) this.#track(this.#load());
    for (const [name, work] of this.#works) this.#begin(name, work, now);
    if (!this.#isDraining && this.#commits < mostCommits) this.#intakes?.read((error) => this.#told(error));
    this.#sleep(now);
  }

  /** Begins what may begin at a place. */
  #begin(name: string, work: PlaceWork, now: number): void {
    const hurry = this.#isDraining;
    while (work.mayBegin(this.#flow.station(name).inWork, now)) {
      const taken = this.#flow.take(name, { now, hurry });
      if (!taken) break;
      work.begun(now);
      this.#track(this.#do(name, work, taken));
    }
    this.#gather(name, work, now);
  }

  #gather(name: string, work: PlaceWork, now: number): void {
    const isLast = this.#flow.mustFlush(name);
    if (
      !isLast &&
      !((work.dueAt() ?? Number.POSITIVE_INFINITY) <= now && this.#flow.station(name).inWork === 0)
    )
      return;
    const gathered = work.flush(now, isLast) ?? { outputs: [], values: [] };
    this.#flow.gather(name, gathered, { now, isLast });
    this.#wake();
  }

  async #do(name: string, work: PlaceWork, taken: Taken): Promise<void> {
    const { clock } = this.#options.host;
    this.#doing += 1;
    const end = await work.do(taken, this.#stop.signal).finally(() => {
      this.#doing -= 1;
    });
    const now = clock.now();
    if (end.end === "stopped") {
      this.#ending ??= stoppedAt(name, end.processed);
    } else {
      this.#flow.finish(name, taken, { ...end.finished, now });
      this.#gauges.finished(name, taken, now);
    }
  }

  /** Keeps it in mind until it is over; then it is looked at again what may happen. */
  #track(work: Promise<void>): void {
    const one = work.then(
      () => this.#wake(),
      (error: unknown) => (this.#stop.signal.aborted ? this.#wake() : this.#break(error)),
    );
    const kept = one.finally(() => this.#underWay.delete(kept));
    this.#underWay.add(kept);
  }

  /** Brings what is on disk only back into memory, where there is room. */
  async #load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      for (let all = this.#flow.wanted(); all.length > 0; all = this.#flow.wanted()) {
        for (const wanted of all) {
          const batches = await this.#options.stream.load(wanted.queue, wanted);
          this.#flow.loaded(wanted, batches, this.#options.host.clock.now());
        }
      }
    } finally {
      this.#isLoading = false;
    }
  }

  async #commit(): Promise<void> {
    const sealed = this.#flow.seal(this.#gauges.kept(this.#flow));
    if (!sealed) return;
    this.#commits += 1;
    const settle = this.#intakes?.sealed();
    try {
      await this.#options.stream.commit(sealed.change);
      this.#flow.durable(sealed.seq);
      settle?.(true);
    } catch (error) {
      settle?.(false);
      throw error;
    } finally {
      this.#commits -= 1;
    }
    this.#wake();
  }

  #told(error: unknown): void {
    if (error === undefined || this.#stop.signal.aborted) return this.#wake();
    if (!isTuttiError(error)) return this.#break(error);
    this.#ending ??= { status: "failed", outcome: failedWith(error) };
    this.#wake();
  }

  /** Wakes up when a batch has waited long enough, a window closes, or the next batch may begin. */
  #sleep(now: number): void {
    const times = [
      this.#flow.dueAt,
      ...[...this.#works.values()].flatMap((work) => [work.dueAt(), work.nextAt(now)]),
    ];
    const next = Math.min(
      ...times.map((time) => (time === undefined || time <= now ? Number.POSITIVE_INFINITY : time)),
    );
    if (next === this.#wakeAt) return;
    this.#forgetWake();
    this.#wakeAt = next;
    this.#forgetWake = Number.isFinite(next)
      ? this.#options.host.clock.at(next, () => {
          this.#wakeAt = Number.POSITIVE_INFINITY;
          this.#wake();
        })
      : () => {};
  }

  #endIfOver(): void {
    if (this.#commits > 0 || this.#isPumping || this.#isEnding) return;
    const end = this.#endNow();
    if (!end) return;
    this.#isEnding = true;
    end().then(
      (result) => this.#end.resolve(result),
      (error: unknown) => this.#break(error),
    );
  }

  /** How it comes to its end, when that is now. */
  #endNow(): (() => Promise<StreamEnd>) | undefined {
    const ending = this.#ending;
    // what is in work comes to its end; nothing new begins
    if (ending) return this.#doing > 0 ? undefined : () => this.#rest(ending);
    if (this.#flow.isDone) return () => this.#complete();
    const isDrained = this.#isDraining && this.#flow.isEmpty && !this.#intakes?.isReading;
    return isDrained ? () => this.#rest({ status: "paused" }) : undefined;
  }

  async #rest(end: StreamEnd): Promise<StreamEnd> {
    await this.#lastCommit("idle");
    return end;
  }

  async #complete(): Promise<StreamEnd> {
    for (const work of this.#works.values()) await work.finish();
    await this.#lastCommit("over");
    const { pipeline, stream, host } = this.#options;
    const output: Json = await keptOutput(pipeline, { stream, host, figures: this.figures() });
    return { status: "completed", output };
  }

  /** What is kept says how it stands. */
  async #lastCommit(status: StreamFigures["status"]): Promise<void> {
    this.#gauges.status = status;
    this.#flow.touch();
    await this.#commit();
  }

  #stopped(): void {
    if (this.#options.signal.aborted) this.#end.reject(this.#options.signal.reason);
  }

  #break(error: unknown): void {
    this.#end.reject(error);
    this.#stop.abort("the pipeline broke");
  }
}

const tickMs = 1000;
/** So much may be on its way to the disk before the source is read on. */
const mostCommits = 4;
