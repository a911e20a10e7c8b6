import type { KeptQueue, StoredBatch, StreamRecord } from "../../ports/stream-store.ts";
import type { Draft } from "./draft.ts";

/** A batch that waits, with all its records. */
export interface WaitingBatch {
  readonly no: number;
  /** When the first of its records came into the pipeline, and when one came into this queue. */
  readonly at: number;
  readonly arrivedAt: number;
  records: StreamRecord[];
  /** Characters of all records. */
  size: number;
  parts: number;
  /** The draft with which the first of it came, and that with which it is all durable. */
  readonly since: number;
  after: number;
}

/** Batches that are on disk only; numbers from `from` to `last`, some of which may not be there. */
interface Spill {
  from: number;
  last: number;
  count: number;
  lastCount: number;
  lastParts: number;
  lastSize: number;
  lastAt: number;
  /** The last draft that put something into the last. */
  after: number;
  /** Drafts that may not be durable, in their order, each with the first batch that it put something into. */
  readonly drafts: { readonly seq: number; readonly from: number }[];
}

/** What was written down of a queue beside its records. */
export interface QueueHead {
  /** The number of the next new batch. */
  readonly next: number;
  /** Batches below this one take no more records. */
  readonly closed: number;
}

export interface QueueOptions {
  readonly name: string;
  readonly batchSize: number;
  /** Most records in memory; what comes then is spilled. Absent: all are in memory. */
  readonly mostInMemory?: number;
  readonly head?: QueueHead | undefined;
  readonly kept?: KeptQueue | undefined;
}

interface Arrival {
  readonly at: number;
  readonly now: number;
  readonly draft: Draft;
  readonly seq: number;
}

/**
 * Records that wait, in the batches in which they will be taken. What comes in goes into the last batch until that is full or
 * closed: then a batch never changes again, so that its number stands for its records.
 */
export class Queue {
  readonly name: string;
  readonly #batchSize: number;
  readonly #mostInMemory: number;
  /** In order of their numbers; those before the first are taken, and their places empty. */
  #waiting: (WaitingBatch | undefined)[] = [];
  #first = 0;
  #inMemory = 0;
  #size = 0;
  #spill: Spill | undefined;
  #next: number;
  #closed: number;

  constructor({ name, batchSize, mostInMemory, head, kept }: QueueOptions) {
    this.name = name;
    this.#batchSize = batchSize;
    this.#mostInMemory = mostInMemory ?? Number.POSITIVE_INFINITY;
    this.#next = head?.next ?? 0;
    this.#closed = head?.closed ?? 0;
    if (kept) {
      const { first, last, count, lastCount, lastParts } = kept;
      this.#spill = {
        from: first,
        last,
        count,
        lastCount,
        lastParts,
        lastSize: 0,
        lastAt: 0,
        after: 0,
        drafts: [],
      };
    }
  }

  get head(): QueueHead {
    return { next: this.#next, closed: this.#closed };
  }

  /** Records that wait, those on disk included. */
  get count(): number {
    return this.#inMemory + this.spilled;
  }

  /** Characters of the records that wait in memory. */
  get size(): number {
    return this.#size;
  }

  get spilled(): number {
    return this.#spill?.count ?? 0;
  }

  /** The number of the first batch that waits, or of the next that will. */
  get firstNo(): number {
    return this.#waiting[this.#first]?.no ?? this.#spill?.from ?? this.#next;
  }

  /** The batch that is taken next, unless it is on disk only. */
  peek(): WaitingBatch | undefined {
    return this.#waiting[this.#first];
  }

  take(): WaitingBatch | undefined {
    const batch = this.#waiting[this.#first];
    if (!batch) return undefined;
    this.#waiting[this.#first] = undefined;
    this.#first += 1;
    this.#inMemory -= batch.records.length;
    this.#size -= batch.size;
    if (this.#first > 64 && this.#first * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    return batch;
  }

  /** True when the batch takes no more: it has as many records as it may, or as much text. */
  isFull({ records, size }: Pick<WaitingBatch, "records" | "size">): boolean {
    return records.length >= this.#batchSize || size >= mostInBatch;
  }

  /** True when nothing more comes into the batch, whatever happens. */
  isFixed({ no, records }: WaitingBatch): boolean {
    return records.length >= this.#batchSize || no < this.#closed || no < this.#next - 1;
  }

  /** Nothing more comes into the batch, once that is durable. */
  close(batch: WaitingBatch, { draft, seq }: Pick<Arrival, "draft" | "seq">): void {
    batch.after = seq;
    this.#closed = batch.no + 1;
    draft.touch();
  }

  /** Gives how many of them are on disk only because memory is full. */
  append(records: readonly StreamRecord[], arrival: Arrival): number {
    let spilled = 0;
    for (let from = 0; from < records.length;) {
      const some = records.slice(from, from + this.#room());
      from += some.length;
      if (this.#spill || this.#isMemoryFull(some.length)) {
        this.#spillSome(some, arrival);
        if (Number.isFinite(this.#mostInMemory)) spilled += some.length;
      } else this.#hold(some, arrival);
    }
    return spilled;
  }

  #isMemoryFull(more: number): boolean {
    const isBounded = Number.isFinite(this.#mostInMemory);
    return this.#inMemory + more > this.#mostInMemory || (isBounded && this.#size >= mostInQueue);
  }

  /** How many more records the last batch takes, or a new one where it takes none. */
  #room(): number {
    const spill = this.#openSpill();
    return this.#batchSize - (this.#spill ? (spill?.lastCount ?? 0) : (this.#open()?.records.length ?? 0));
  }

  #openSpill(): Spill | undefined {
    const spill = this.#spill;
    const isOpen =
      spill !== undefined &&
      spill.last === this.#next - 1 &&
      spill.last >= this.#closed &&
      spill.lastCount < this.#batchSize &&
      spill.lastSize < mostInBatch;
    return isOpen ? spill : undefined;
  }

  #open(): WaitingBatch | undefined {
    const last = this.#waiting.at(-1);
    return this.#first < this.#waiting.length && last && !this.isFixed(last) && last.size < mostInBatch
      ? last
      : undefined;
  }

  #hold(records: readonly StreamRecord[], { at, now, draft, seq }: Arrival): void {
    const batch = this.#open() ?? this.#begin({ at, now, seq });
    // what one draft adds is one part
    if (batch.parts === 0 || batch.after !== seq) batch.parts += 1;
    batch.after = seq;
    batch.records.push(...records);
    const size = sizeOf(records);
    batch.size += size;
    this.#size += size;
    this.#inMemory += records.length;
    draft.put({ queue: this.name, batch: batch.no, part: batch.parts - 1, at: batch.at, records });
  }

  #begin({ at, now, seq }: Pick<Arrival, "at" | "now" | "seq">): WaitingBatch {
    const batch = {
      no: this.#next,
      at,
      arrivedAt: now,
      records: [],
      size: 0,
      parts: 0,
      since: seq,
      after: 0,
    };
    this.#next += 1;
    this.#waiting.push(batch);
    return batch;
  }

  #spillSome(records: readonly StreamRecord[], { at, draft, seq }: Arrival): void {
    const spill = this.#openSpill() ?? this.#beginSpilled(at);
    if (spill.lastParts === 0 || spill.after !== seq) spill.lastParts += 1;
    if (spill.drafts.at(-1)?.seq !== seq) spill.drafts.push({ seq, from: spill.last });
    spill.after = seq;
    spill.count += records.length;
    spill.lastCount += records.length;
    spill.lastSize += sizeOf(records);
    draft.put({ queue: this.name, batch: spill.last, part: spill.lastParts - 1, at: spill.lastAt, records });
  }

  #beginSpilled(at: number): Spill {
    const no = this.#next;
    this.#next += 1;
    const { from, count, after, drafts } = this.#spill ?? { from: no, count: 0, after: 0, drafts: [] };
    this.#spill = {
      from,
      count,
      after,
      drafts,
      last: no,
      lastCount: 0,
      lastParts: 0,
      lastSize: 0,
      lastAt: at,
    };
    return this.#spill;
  }

  /** Lets the oldest records that wait go, at most so many; gives how many, and the batches of which none is left. */
  dropOldest(
    most: number,
    { draft, seq }: Pick<Arrival, "draft" | "seq">,
  ): { readonly dropped: number; readonly gone: readonly number[] } {
    const gone: number[] = [];
    let dropped = 0;
    while (dropped < most) {
      const batch = this.peek();
      if (!batch) break;
      const kept = batch.records.slice(most - dropped);
      const lost = batch.records.length - kept.length;
      dropped += lost;
      draft.remove({ queue: this.name, batch: batch.no }, true);
      if (kept.length === 0) {
        this.take();
        gone.push(batch.no);
        continue;
      }
      const size = sizeOf(kept);
      this.#inMemory -= lost;
      this.#size -= batch.size - size;
      Object.assign(batch, { records: kept, size, parts: 1, after: seq });
      draft.put({ queue: this.name, batch: batch.no, part: 0, at: batch.at, records: kept });
    }
    return { dropped, gone };
  }

  /** Which batches of those on disk are to be loaded now; `durable`: the last draft that is. */
  wanted(durable: number): Wanted | undefined {
    const spill = this.#spill;
    const room = this.#mostInMemory - this.#inMemory;
    if (!spill || this.#isBusy(room)) return undefined;
    while ((spill.drafts[0]?.seq ?? Number.POSITIVE_INFINITY) <= durable) spill.drafts.shift();
    // the others may still be on their way to the disk
    const below = spill.drafts[0]?.from ?? spill.last + 1;
    if (spill.from >= below) return undefined;
    const most = Math.max(1, Math.min(loadedAtOnce, Math.floor(room / this.#batchSize)));
    return { queue: this.name, from: spill.from, below, most };
  }

  /** There is enough in memory to go on with. */
  #isBusy(room: number): boolean {
    return this.#inMemory > 0 && (room * 2 < this.#mostInMemory || this.#size * 2 >= mostInQueue);
  }

  /** Takes what was loaded; gives the numbers among them that are no more. */
  loaded(batches: readonly StoredBatch[], { below, most }: Wanted, now: number): readonly number[] {
    const missing: number[] = [];
    const found = batches.filter(({ batch }) => batch < below);
    for (const batch of found) {
      this.#passTo(batch.batch, missing);
      this.#restore(batch, now);
    }
    if (found.length < most) this.#passTo(below, missing);
    if (this.#spill && this.#spill.from > this.#spill.last) {
      this.#spill = undefined;
      for (let no = below; no < this.#next; no += 1) missing.push(no);
    }
    return missing;
  }

  #passTo(no: number, missing: number[]): void {
    if (!this.#spill) return;
    while (this.#spill.from < no) {
      missing.push(this.#spill.from);
      this.#spill.from += 1;
    }
  }

  #restore({ batch: no, at, records }: StoredBatch, now: number): void {
    const spill = this.#spill;
    if (!spill) return;
    const isLast = no === spill.last;
    const parts = isLast ? spill.lastParts : 1;
    const after = isLast ? spill.after : 0;
    const size = sizeOf(records);
    this.#waiting.push({ no, at, arrivedAt: now, records: [...records], size, parts, since: 0, after });
    this.#size += size;
    this.#inMemory += records.length;
    spill.count -= records.length;
    spill.from = no + 1;
  }
}

/** So that a look at the disk stays short. */
const loadedAtOnce = 16;

/** Characters that wait in a queue before it is full, and that are in a batch before it is: what is long is not many. */
export const mostInQueue = 16_777_216;
const mostInBatch = 4_194_304;

function sizeOf(records: readonly StreamRecord[]): number {
  return records.reduce((sum, { text }) => sum + text.length, 0);
}

/** Batches that are to be loaded: at most so many, from this number on, below that one. */
export interface Wanted {
  readonly queue: string;
  readonly from: number;
  readonly below: number;
  readonly most: number;
}
