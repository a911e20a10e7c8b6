import type { Json } from "../../expression/json.ts";
import type { KeptQueue, StreamRecord } from "../../ports/stream-store.ts";
import { type Counts, noCounts } from "./counts.ts";
import type { Draft } from "./draft.ts";
import { byLane, laneName, outboxName } from "./lanes.ts";
import type { Place } from "./place.ts";
import { mostInQueue, Queue, type QueueHead, type WaitingBatch } from "./queue.ts";

/** The moment of a decision: what it adds to, and what of those before it is durable. */
export interface Moment {
  readonly draft: Draft;
  readonly seq: number;
  readonly durable: number;
  readonly now: number;
}

/** A batch in work. */
export interface Taken {
  readonly lane: number;
  readonly no: number;
  readonly at: number;
  readonly records: readonly StreamRecord[];
  /** The draft with which the first of them came. */
  readonly since: number;
}

/** Records that leave a place. */
export interface Given {
  readonly at: number;
  readonly records: readonly StreamRecord[];
}

/** What is written down of a place beside its records. */
export interface StationHead {
  readonly counts: Counts;
  readonly lanes: readonly QueueHead[];
  readonly position: Json;
  readonly isFlushed?: true;
}

export interface StationOptions {
  readonly head?: StationHead | undefined;
  /** By the name of the queue. */
  readonly kept: ReadonlyMap<string, KeptQueue>;
}

/** A place with the records that wait at it. */
export class Station {
  readonly place: Place;
  readonly counts: Counts;
  /** Of a sink: where it goes on. */
  position: Json;
  isFlushed: boolean;
  readonly lanes: readonly Queue[];
  readonly #inWork = new Map<string, Taken>();
  /** Batches that are done behind one that is not, by number; of those that give nothing only the number. */
  readonly #outbox = new Map<number, Given>();
  /** Those up to this number have left. */
  #left: number;
  #turn = 0;

  constructor(place: Place, { head, kept }: StationOptions) {
    this.place = place;
    this.counts = { ...noCounts(), ...head?.counts };
    this.position = head?.position ?? null;
    this.isFlushed = head?.isFlushed ?? false;
    this.lanes = queuesOf(place, { head, kept });
    this.#left = this.lanes[0]?.firstNo ?? 0;
  }

  get head(): StationHead {
    const { counts, lanes, position, isFlushed } = this;
    return {
      counts: { ...counts },
      lanes: lanes.map((lane) => lane.head),
      position,
      ...(isFlushed ? { isFlushed } : {}),
    };
  }

  /** Records that wait and are not in work. */
  get queued(): number {
    return this.lanes.reduce((sum, lane) => sum + lane.count, 0);
  }

  get inWork(): number {
    return this.#inWork.size;
  }

  /** Records that are not done yet. */
  get waiting(): number {
    return [...this.#inWork.values()].reduce((sum, { records }) => sum + records.length, this.queued);
  }

  get isEmpty(): boolean {
    return this.#inWork.size === 0 && this.#outbox.size === 0 && this.queued === 0;
  }

  /** How many records have room here. */
  get room(): number {
    if (this.#size >= mostInQueue) return 0;
    return Math.max(0, this.place.buffer.bufferSize - this.queued);
  }

  get #size(): number {
    return this.lanes.reduce((sum, lane) => sum + lane.size, 0);
  }

  /** How many of these, or of those that wait, are too many for the buffer: there are too many, or they are too long. */
  #excess(records: readonly StreamRecord[]): number {
    const count = this.queued + records.length;
    const size = records.reduce((sum, { text }) => sum + text.length, this.#size);
    const tooLong = size > mostInQueue ? Math.ceil((count * (size - mostInQueue)) / size) : 0;
    return Math.max(count - this.place.buffer.bufferSize, tooLong);
  }

  /** Takes records in; what finds no room overflows as the place says. True: it overflowed and that is a failure. */
  arrive({ records, at }: Given, moment: Moment): readonly Given[] | "overflow" {
    this.counts.in += records.length;
    const { whenFull } = this.place.buffer;
    const over = whenFull === "block" || whenFull === "spill" ? 0 : this.#excess(records);
    if (over <= 0) {
      this.#enter({ records, at }, moment);
      return [];
    }
    if (whenFull === "fail") {
      // they wait all the same: a run that is resumed has them
      this.#enter({ records, at }, moment);
      return "overflow";
    }
    if (whenFull === "drop_newest") {
      const some = records.slice(0, Math.max(0, records.length - over));
      this.counts.dropped += records.length - some.length;
      this.#enter({ records: some, at }, moment);
      return [];
    }
    this.#enter({ records, at }, moment);
    return this.#dropOldest(over, moment);
  }

  #enter({ records, at }: Given, { draft, seq, now }: Moment): void {
    const { placed, unplaced } = byLane(this.place, records);
    for (const { lane, records: some } of placed)
      this.counts.spilled += this.lanes[lane]?.append(some, { at, now, draft, seq }) ?? 0;
    for (const { record, code, reason } of unplaced) {
      this.counts.dead += 1;
      draft.kill({ stage: this.place.name, at: now, code, reason, ...record, whole: true });
    }
  }

  /** Of several lanes that which holds the most gives way. */
  #dropOldest(count: number, moment: Moment): readonly Given[] {
    const given: Given[] = [];
    for (let left = count; left > 0;) {
      const lane = this.lanes.reduce((a, b) => (b.count > a.count ? b : a));
      const { dropped, gone } = lane.dropOldest(left, moment);
      if (dropped === 0) break;
      left -= dropped;
      this.counts.dropped += dropped;
      for (const no of gone) given.push(...this.#leave(no, undefined, moment));
    }
    return given;
  }

  /** Begins the next batch that may be; `hurry`: it need not be full. */
  take(moment: Moment, hurry: boolean): Taken | undefined {
    const count = this.lanes.length;
    for (let step = 0; step < count; step += 1) {
      const lane = (this.#turn + step) % count;
      const taken = this.#takeFrom(lane, moment, hurry);
      if (!taken) continue;
      this.#turn = (lane + 1) % count;
      return taken;
    }
    return undefined;
  }

  #takeFrom(lane: number, moment: Moment, hurry: boolean): Taken | undefined {
    const queue = this.lanes[lane];
    const batch = queue?.peek();
    if (!queue || !batch || this.#isHeld(lane, batch)) return undefined;
    if (!this.#isReady(queue, batch, { ...moment, hurry })) return undefined;
    queue.take();
    const { no, at, records, since } = batch;
    const taken = { lane, no, at, records, since };
    this.#inWork.set(workKey(taken), taken);
    return taken;
  }

  /** Whether it may begin; one that is not full is closed when it has to be. */
  #isReady(queue: Queue, batch: WaitingBatch, moment: Moment & { readonly hurry: boolean }): boolean {
    const { isEarly = false } = this.place;
    if (!isEarly && batch.after > moment.durable) return false;
    if (queue.isFixed(batch)) return true;
    if (!moment.hurry && !this.#isDue(batch, moment) && !queue.isFull(batch)) return false;
    queue.close(batch, moment);
    return isEarly;
  }

  #isDue({ arrivedAt }: WaitingBatch, { now }: Pick<Moment, "now">): boolean {
    return now >= arrivedAt + this.place.batchWaitMs;
  }

  /** It could go on if the draft of this moment were durable. */
  isAwaiting(moment: Moment): boolean {
    return this.lanes.some((lane) => {
      const batch = lane.peek();
      return (
        batch?.after === moment.seq &&
        (lane.isFixed(batch) || lane.isFull(batch) || this.#isDue(batch, moment))
      );
    });
  }

  #isHeld(lane: number, batch: WaitingBatch): boolean {
    const isTurn = !this.place.lanes || [...this.#inWork.values()].every((one) => one.lane !== lane);
    return !isTurn || this.#isAhead(batch);
  }

  /** What is done behind a slow batch lies in memory: there is an end to that. */
  #isAhead({ no }: WaitingBatch): boolean {
    return this.place.inOrder && no - this.#left >= mostAhead * this.place.most;
  }

  /** When a batch that is not full will have waited long enough. */
  get dueAt(): number | undefined {
    const times = this.lanes.flatMap((lane) => {
      const batch = lane.peek();
      return batch && !lane.isFixed(batch) ? [batch.arrivedAt + this.place.batchWaitMs] : [];
    });
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Ends a batch; gives what may leave now, in its order. */
  finish(taken: Taken, records: readonly StreamRecord[], moment: Moment): readonly Given[] {
    this.#inWork.delete(workKey(taken));
    this.counts.batches += 1;
    this.counts.out += records.length;
    // what came and went with one draft was never stored
    const isStored = taken.since < moment.seq;
    moment.draft.remove({ queue: laneName(this.place, taken.lane), batch: taken.no }, isStored);
    return this.#leave(taken.no, { at: taken.at, records }, moment);
  }

  #leave(no: number, given: Given | undefined, moment: Moment): readonly Given[] {
    if (!this.place.inOrder) return given && given.records.length > 0 ? [given] : [];
    if (no !== this.#left) {
      this.#outbox.set(no, given ?? { at: 0, records: [] });
      if (given && given.records.length > 0)
        moment.draft.put({ queue: outboxName(this.place), batch: no, part: 0, ...given });
      return [];
    }
    this.#left += 1;
    return [...(given && given.records.length > 0 ? [given] : []), ...this.#release(moment)];
  }

  #release({ draft }: Moment): readonly Given[] {
    const given: Given[] = [];
    for (let next = this.#outbox.get(this.#left); next; next = this.#outbox.get(this.#left)) {
      this.#outbox.delete(this.#left);
      if (next.records.length > 0) {
        draft.remove({ queue: outboxName(this.place), batch: this.#left }, true);
        given.push(next);
      }
      this.#left += 1;
    }
    return given;
  }

  /** What an earlier process has left in the outbox; gives what may leave now. */
  restoreOutbox(batches: readonly (Given & { readonly batch: number })[], moment: Moment): readonly Given[] {
    const early = batches.filter(({ batch }) => batch < this.#left);
    for (const { batch, at, records } of batches)
      if (batch >= this.#left) this.#outbox.set(batch, { at, records });
    for (const { batch } of early) moment.draft.remove({ queue: outboxName(this.place), batch }, true);
    return [...early.map(({ at, records }) => ({ at, records })), ...this.#release(moment)];
  }

  /** Batches with these numbers were done in an earlier process. */
  passed(numbers: readonly number[], moment: Moment): readonly Given[] {
    if (!this.place.inOrder) return [];
    return numbers.flatMap((no) => {
      if (no < this.#left || this.#outbox.has(no)) return [];
      return this.#leave(no, undefined, moment);
    });
  }
}

const mostAhead = 4;

/** Lanes that there were before go on, also where there are fewer now. */
function queuesOf(place: Place, { head, kept }: StationOptions): readonly Queue[] {
  const { batchSize, buffer, lanes } = place;
  const memory = buffer.whenFull === "spill" ? { mostInMemory: Math.max(buffer.bufferSize, batchSize) } : {};
  return Array.from({ length: Math.max(lanes?.count ?? 1, head?.lanes.length ?? 0) }, (_, lane) => {
    const name = laneName(place, lane);
    return new Queue({ name, batchSize, ...memory, head: head?.lanes[lane], kept: kept.get(name) });
  });
}

function workKey({ lane, no }: Taken): string {
  return `${lane}.${no}`;
}
