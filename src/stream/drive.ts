import { isTuttiError } from "../errors.ts";
import type { Json } from "../expression/json.ts";
import type { DeadLetter, StreamValue } from "../ports/stream-store.ts";
import type { StreamFigures } from "./figures.ts";
import { requireApart } from "./apart.ts";
import { AlertBell } from "./alert-bell.ts";
import { Commits } from "./commits.ts";
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
import { Waits } from "./waits.ts";
import { Waker } from "./waker.ts";

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
    replay: (letters) => drive.replay(letters),
    figures: () => drive.figures(),
  };
}

class Drive {
  readonly #options: StreamOptions;
  readonly #flow: Flow;
  readonly #gauges: Gauges;
  readonly #commits: Commits;
  readonly #end = Promise.withResolvers<StreamEnd>();
  /** Aborts when nothing more is to be done, whatever is under way. */
  readonly #stop = new AbortController();
  readonly #alerts: AlertBell;
  readonly #waker: Waker;
  readonly #waits: Waits;
  #works: ReadonlyMap<string, PlaceWork> = new Map();
  #intakes: Intakes | undefined;
  readonly #underWay = new Set<Promise<void>>();
  /** The end that it comes to as soon as nothing is in work any more. */
  #ending: StreamEnd | undefined;
  #isDraining = false;
  #isEnding = false;
  #isLoading = false;
  #turnAt = 0;

  constructor(options: StreamOptions) {
    const { pipeline, stream, host } = options;
    this.#options = options;
    const shape = shapeOf(pipeline);
    const head = stream.kept && readStreamHead(stream.kept.head, shape);
    this.#flow = new Flow({ places: layoutOf(pipeline, host.scope), kept: stream.kept, shape });
    this.#gauges = new Gauges({ pipeline, clock: host.clock, kept: head });
    this.#commits = new Commits({ flow: this.#flow, gauges: this.#gauges, stream });
    this.#waker = new Waker(host.clock, () => this.#pump());
    this.#waits = new Waits(host, () => this.#wake());
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
      this.#waker.sleep();
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
    const shared = { host, flow: this.#flow, gauges: this.#gauges, waits: this.#waits };
    this.#works = await openWorks(pipeline, { ...shared, values });
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

  replay(letters: readonly DeadLetter[]): boolean {
    if (this.#isDraining || this.#isEnding || this.#ending || this.#stop.signal.aborted) return false;
    this.#flow.replay(letters, this.#options.host.clock.now());
    if (this.#intakes) this.#wake();
    return true;
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
    this.#waker.wake();
  }

  /** Looks what may happen now. */
  #pump(): void {
    try {
      this.#step();
    } catch (error) {
      this.#break(error);
    }
  }

  #step(): void {
    const { signal } = this.#options;
    if (this.#stop.signal.aborted) return signal.aborted ? this.#end.reject(signal.reason) : undefined;
    if (this.#flow.overflowed !== undefined) this.#ending ??= overflowed(this.#flow.overflowed);
    // one moment for all: what is not due to begin in it is slept for
    const now = this.#options.host.clock.now();
    this.#turnAt = now;
    if (!this.#ending) this.#go(now);
    const commitAt = this.#commits.dueAt(now);
    if (this.#ending || (commitAt !== undefined && commitAt <= now))
      void this.#commit().catch((error: unknown) => this.#break(error));
    this.#sleep(now, commitAt);
    this.#endIfOver();
  }

  #go(now: number): void {
    if (!this.#isLoading && this.#flow.wanted().length > 0) this.#track(this.#load());
    for (const [name, work] of this.#works) this.#begin(name, work, now);
    if (!this.#isDraining && this.#commits.underWay < mostCommits)
      this.#intakes?.read((error) => this.#told(error));
  }

  /** Begins what may begin at a place. */
  #begin(name: string, work: PlaceWork, now: number): void {
    const hurry = this.#isDraining;
    const { isEarly } = this.#flow.station(name).place;
    for (let begun = 0; work.mayBegin(this.#flow.station(name).inWork, now); begun += 1) {
      if (isEarly && this.#isTurnOver(begun)) break;
      const taken = this.#flow.take(name, { now, hurry });
      if (!taken) break;
      work.begun(now);
      this.#track(this.#do(name, work, taken));
    }
    this.#gather(name, work, now);
  }

  /** What is done in this process itself lets sinks and others have their turns: they would come to nothing beside it. */
  #isTurnOver(begun: number): boolean {
    const isOver = begun === mostInTurn || this.#options.host.clock.now() - this.#turnAt > turnMs;
    if (isOver) this.#wake();
    return isOver;
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
    const end = await this.#waits.around(work.do(taken, this.#stop.signal));
    const now = clock.now();
    if (end.end === "stopped") {
      this.#ending ??= stoppedAt(name, end.processed);
    } else {
      this.#flow.finish(name, taken, { ...end.finished, now });
      this.#gauges.finished(name, taken, now);
      this.#hand(name, now);
    }
  }

  /** What is early goes on at once: a record is then through all such stages before it would be written down. */
  #hand(name: string, now: number): void {
    if (this.#ending || this.#stop.signal.aborted) return;
    for (const taker of this.#flow.station(name).place.takers) {
      const work = this.#works.get(taker);
      if (work && this.#flow.station(taker).place.isEarly) this.#begin(taker, work, now);
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
    if (await this.#commits.commit(() => this.#intakes?.sealed())) this.#wake();
  }

  #told(error: unknown): void {
    if (error === undefined || this.#stop.signal.aborted) return this.#wake();
    if (!isTuttiError(error)) return this.#break(error);
    this.#ending ??= { status: "failed", outcome: failedWith(error) };
    this.#wake();
  }

  /** Wakes up when a batch has waited long enough, a window closes, or the next batch may begin. */
  #sleep(now: number, commitAt: number | undefined): void {
    const ofWorks = [...this.#works.values()].flatMap((work) => [work.dueAt(), work.nextAt(now)]);
    const times = [this.#flow.dueAt, commitAt, ...ofWorks];
    const next = Math.min(
      ...times.map((time) => (time === undefined || time <= now ? Number.POSITIVE_INFINITY : time)),
    );
    this.#waker.wakeAt(next);
  }

  #endIfOver(): void {
    if (this.#commits.underWay > 0 || this.#waker.isDue || this.#isEnding) return;
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
    // what is in work comes to its end, but for what only waits to be tried again; nothing new begins
    if (ending) return this.#waits.isBusy ? undefined : () => this.#rest(ending);
    if (this.#flow.isDone) return () => this.#complete();
    if (!this.#isDraining || this.#intakes?.isReading) return undefined;
    const isOut = this.#flow.isEmpty || this.#waits.holdUp(this.#works.values());
    return isOut ? () => this.#rest({ status: "paused" }) : undefined;
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

  #break(error: unknown): void {
    this.#end.reject(error);
    this.#stop.abort("the pipeline broke");
  }
}

const tickMs = 1000;
/** So many batches of an early place begin in one turn of the process, and none after so long. */
const mostInTurn = 2;
const turnMs = 4;
/** So much may be on its way to the disk before the source is read on. */
const mostCommits = 4;
