import { nothingSpent, spentOf, type Spent } from "../core/child-record.ts";
import { isUnwanted } from "../core/nodes/child.ts";
import type { Outcome } from "../core/outcome.ts";
import { isTuttiError } from "../errors.ts";
import type { DeadLetter, OpenStream } from "../ports/stream-store.ts";
import type { Pipeline, StreamEnd, StreamHandle, StreamHost } from "../stream/host.ts";
import { atMostEvery } from "./at-most-every.ts";
import { abandonBatches } from "./batch-runs.ts";
import { atLeast, BatchSpending } from "./batch-spending.ts";
import { shapedOutcome } from "./child-outcome.ts";
import { lettersOf } from "./dead-letters.ts";
import { openKept } from "./kept-stream.ts";
import type { Parts, StreamJob } from "./parts.ts";
import { stateOf } from "./run-state.ts";
import { streamHost } from "./stream-host.ts";
import { cancelledStream, outcomeOfEnd, unopenedStream } from "./stream-outcome.ts";

/** How often the run is told at most what its batches have used: its log has to hold that. */
const spentEveryMs = 1000;

/** How often at most figures are told. */
const figuresEveryMs = 100;

/**
 * Does a step by a stream of records. All that it knows lies in its store: whoever comes after a crash, a pause or a failure
 * goes on where that stands. It comes back when the stream has ended, or waits for something outside.
 */
export async function runStream(parts: Parts, job: StreamJob): Promise<Outcome> {
  const { saveState } = job.parent.workflow;
  const own = saveState ? parts : { ...parts, store: parts.memory, streams: parts.memoryStreams };
  try {
    return shapedOutcome(await new StreamRun(own, { job, kept: parts }).run(), job.effect);
  } catch (error) {
    if (isTuttiError(error) && !error.code.startsWith("STORE_") && error.code !== "LEASE_LOST")
      return unopenedStream(job, error);
    throw error;
  }
}

/** A pipeline that this process drives, as its run sees it. */
class StreamRun {
  readonly #parts: Parts;
  readonly #job: StreamJob;
  /** Of runs that are kept, where this one may not be. */
  readonly #kept: Parts;
  #spending = new BatchSpending();
  #handle: StreamHandle | undefined;
  /** Letters that were handed over already. */
  readonly #replayed = new Set<number>();
  /** Aborts when nothing more is to be done, whatever is under way. */
  #stop = new AbortController();
  #forgetDrain: (() => void) | undefined;
  #isHalted = false;

  constructor(parts: Parts, { job, kept }: { readonly job: StreamJob; readonly kept: Parts }) {
    this.#parts = parts;
    this.#job = job;
    this.#kept = kept;
  }

  async run(): Promise<Outcome> {
    const { signal, onDrive, onSpent, purse, node } = this.#job;
    const { stream, spending } = await openKept(this.#parts.streams, this.#job);
    this.#spending = spending;
    await this.#countOpen();
    const spent = atMostEvery(this.#parts.clock, spentEveryMs, () => onSpent(this.#spent()));
    const host = streamHost(this.#parts, {
      job: this.#job,
      kept: this.#kept,
      spending,
      onSpent: () => spent.tell(),
    });
    const forgetPurse = purse.counting({ node, spent: () => this.#spent() });
    const look = (): void => this.#look();
    signal.addEventListener("abort", look, { once: true });
    onDrive({ pause: look, resume: look, cap: () => {}, look, halt: () => this.#halt() });
    try {
      return await this.#toItsEnd(stream, host);
    } finally {
      spent.forget();
      forgetPurse();
      onDrive(undefined);
      signal.removeEventListener("abort", look);
    }
  }

  /** One that was drained for a pause which is over by then goes on, as does one that came to its end before letters reached it. */
  async #toItsEnd(first: OpenStream, host: StreamHost): Promise<Outcome> {
    const { signal, parent } = this.#job;
    let stream = first;
    for (;;) {
      const end: StreamEnd = this.#isUnwanted ? paused : await this.#drive(stream, host);
      if (this.#isUnwanted) return this.#cancelled();
      const isLeft = end.status === "completed" && this.#toReplay().length > 0;
      if (end.status === "paused" || isLeft) signal.throwIfAborted();
      if (!isLeft && (end.status !== "paused" || parent.paused))
        return outcomeOfEnd(end, {
          job: this.#job,
          spent: this.#spent(),
          spending: this.#spending,
          replayed: this.#wanted.length,
        });
      ({ stream } = await openKept(this.#parts.streams, this.#job, this.#spending));
    }
  }

  async #drive(stream: OpenStream, host: StreamHost): Promise<StreamEnd> {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const letters = await this.#letters();
    const figures = atMostEvery(this.#parts.clock, figuresEveryMs, () => this.#tellFigures());
    const pipeline = pipelineOf(this.#job);
    const onFigures = (): void => figures.tell();
    const replay = letters.length === 0 ? {} : { replay: letters };
    const handle = this.#parts.driveStream({ pipeline, stream, host, signal, onFigures, ...replay });
    this.#handle = handle;
    this.#look();
    try {
      return await handle.done;
    } catch (error) {
      if (signal.aborted) return paused;
      throw error;
    } finally {
      this.#forgetDrain?.();
      this.#forgetDrain = undefined;
      figures.forget();
      this.#tellFigures();
      this.#handle = undefined;
    }
  }

  /** What happened to its run: it is stopped at once, drained, or takes dead letters up. */
  #look(): void {
    const { signal, parent } = this.#job;
    if (this.#isUnwanted) this.#stop.abort("cancelled");
    else if (this.#isHalted) this.#stop.abort("killed");
    else if (signal.aborted || parent.paused) this.#drain();
    else void this.#handOver();
  }

  /** What cannot be handed over any more is taken up by the next drive. */
  async #handOver(): Promise<void> {
    const handle = this.#handle;
    const numbers = this.#toReplay();
    if (!handle || numbers.length === 0) return;
    for (const letter of numbers) this.#replayed.add(letter);
    const letters = await this.#lettersOf(numbers).catch(() => undefined);
    if (letters && handle.replay(letters)) return;
    for (const letter of numbers) this.#replayed.delete(letter);
    if (handle === this.#handle) this.#drain();
  }

  #halt(): void {
    this.#isHalted = true;
    this.#look();
  }

  #drain(): void {
    const { clock } = this.#parts;
    if (!this.#handle || this.#forgetDrain) return;
    this.#handle.drain();
    const { drainMs } = this.#job.action.flow;
    this.#forgetDrain = clock.at(clock.now() + drainMs, () => this.#stop.abort("drained long enough"));
  }

  /** Numbers of the letters that are to go back. */
  get #wanted(): readonly number[] {
    const { parent, effect } = this.#job;
    return parent.children.get(effect.address)?.replay ?? [];
  }

  /** Those that have not been handed over. */
  #toReplay(): readonly number[] {
    return this.#wanted.filter((letter) => !this.#replayed.has(letter));
  }

  /** For a new drive: what an earlier one was given and did not come to is there still. */
  #letters(): Promise<readonly DeadLetter[]> {
    const numbers = this.#wanted;
    for (const letter of numbers) this.#replayed.add(letter);
    return this.#lettersOf(numbers);
  }

  #lettersOf(numbers: readonly number[]): Promise<readonly DeadLetter[]> {
    const { parent, effect } = this.#job;
    return lettersOf(this.#parts.streams, { runId: parent.runId, address: effect.address }, numbers);
  }

  #tellFigures(): void {
    if (this.#handle) this.#job.onFigures(this.#handle.figures());
  }

  get #isUnwanted(): boolean {
    return isUnwanted(this.#job.parent, this.#job.node);
  }

  async #cancelled(): Promise<Outcome> {
    await abandonBatches(this.#parts, this.#job.request.child);
    await this.#countOpen();
    return cancelledStream(this.#job, this.#spent());
  }

  /** What runs have used that may be asked again lies in their own logs. */
  async #countOpen(): Promise<void> {
    for (const runId of this.#spending.runs) {
      const state = await stateOf(this.#parts, runId);
      if (state) this.#spending.report(runId, spentOf(state.ledger));
    }
  }

  /** Never less than the run has been told. */
  #spent(): Spent {
    const { parent, effect } = this.#job;
    return atLeast(this.#spending.sum, parent.children.get(effect.address)?.counted ?? nothingSpent);
  }
}

const paused = { status: "paused" } as const;

function pipelineOf({ request: { source, sinks }, action }: StreamJob): Pipeline {
  const { stages, flow, alerts, continuous = false } = action;
  return { source, stages, sinks, flow, alerts, continuous };
}
