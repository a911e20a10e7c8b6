import type { Json } from "../../expression/json.ts";
import type {
  DeadLetter,
  KeptStream,
  NewDeadLetter,
  StoredBatch,
  StreamChange,
  StreamRecord,
  StreamValue,
} from "../../ports/stream-store.ts";
import { Draft } from "./draft.ts";
import { readHead, type SourceHead } from "./head.ts";
import { outboxName } from "./lanes.ts";
import type { Place } from "./place.ts";
import type { Wanted } from "./queue.ts";
import { type Given, type Moment, Station, type Taken } from "./station.ts";

export interface FlowOptions {
  readonly places: readonly Place[];
  readonly kept?: KeptStream | undefined;
  /** Whether this is the pipeline whose records are kept: names of places and who takes from whom, and how many lanes. */
  readonly shape: string;
}

/** What was read of the source. */
export interface Arrived {
  readonly texts: readonly string[];
  /** What could not be read; `before`: how many of `texts` come before it. */
  readonly bad: readonly (Omit<NewDeadLetter, "no" | "at"> & { readonly before: number })[];
  readonly position: Json;
  readonly ended: boolean;
  readonly at: number;
  /** It cannot be read again. */
  readonly isOnce?: boolean;
}

/** What came of a batch. */
export interface Finished {
  readonly outputs: readonly StreamRecord[];
  readonly filtered: number;
  readonly dead: readonly { readonly index: number; readonly code: string; readonly reason: string }[];
  readonly values?: readonly StreamValue[];
  /** Of a sink: where it goes on. */
  readonly position?: Json;
}

/**
 * Where the records of a pipeline are. It decides what may happen (which batch is taken, whether the source is read) and what
 * follows from what did; it does nothing itself. Its decisions become durable draft by draft: `seal` gives what has been decided
 * since the last time, and `durable` says that it is in the store. Only a place that is early takes what is not durable.
 *
 * Of each place: what came in is done, filtered, dropped, dead or waiting, each record one of them, at every moment.
 */
export class Flow {
  readonly places: readonly Place[];
  readonly source: SourceHead;
  readonly #stations: ReadonlyMap<string, Station>;
  readonly #shape: string;
  #draft = new Draft();
  #seq = 1;
  #durable = 0;
  #overflowed: string | undefined;
  #isPressing = false;

  constructor({ places, kept, shape }: FlowOptions) {
    this.places = places;
    this.#shape = shape;
    const head = kept && readHead(kept.head);
    this.source = { ...(head?.source ?? { read: 0, bad: 0, position: null, ended: false }) };
    const queues = new Map((kept?.queues ?? []).map((queue) => [queue.queue, queue]));
    this.#stations = new Map(
      places.map((place) => [
        place.name,
        new Station(place, { head: head?.stations[place.name], kept: queues }),
      ]),
    );
  }

  station(name: string): Station {
    const found = this.#stations.get(name);
    if (!found) throw new TypeError(`there is no place "${name}"`);
    return found;
  }

  /** The place whose buffer has overflowed where that is a failure. */
  get overflowed(): string | undefined {
    return this.#overflowed;
  }

  /**
   * How many records may be read at once; Infinity: whatever comes is written down. Buffers that overflow do so by no more than they
   * hold. Where that is a failure, nothing is read while one is full already, as it is when a run goes on after such a failure.
   */
  get room(): number {
    const rooms = this.places
      .filter(({ isFirst }) => isFirst)
      .map(({ name, buffer: { bufferSize, whenFull } }) => {
        if (whenFull === "spill") return Number.POSITIVE_INFINITY;
        const { room } = this.station(name);
        return whenFull === "block" || (whenFull === "fail" && room === 0) ? room : bufferSize;
      });
    return Math.min(Number.POSITIVE_INFINITY, ...rooms);
  }

  arrive({ texts, bad, position, ended, at, isOnce = false }: Arrived): void {
    const { source } = this;
    this.#isPressing ||= isOnce;
    const records = texts.map((text, index) => ({ no: source.read + index, text }));
    for (const { before, ...one } of bad) this.#draft.kill({ ...one, no: source.read + before, at });
    source.read += texts.length;
    source.bad += bad.length;
    source.position = position;
    source.ended = ended;
    this.#draft.touch();
    const first = this.places.filter(({ isFirst }) => isFirst);
    for (const { name } of first) this.#deliver(name, { at, records }, at);
  }

  /** Takes the next batch of a place, when it has one and those behind it have room; `hurry`: it need not be full. */
  take(name: string, { now, hurry }: { readonly now: number; readonly hurry: boolean }): Taken | undefined {
    const station = this.station(name);
    if (!station.place.takers.every((taker) => this.#hasRoom(taker))) return undefined;
    return station.take(this.#moment(now), hurry || this.#isLast(name));
  }

  #hasRoom(name: string): boolean {
    const station = this.station(name);
    return station.place.buffer.whenFull !== "block" || station.room > 0;
  }

  finish(name: string, taken: Taken, { now, ...done }: Finished & { readonly now: number }): void {
    const station = this.station(name);
    const { counts, place } = station;
    counts.filtered += done.filtered;
    counts.dead += done.dead.length;
    counts.done += taken.records.length - done.filtered - done.dead.length;
    for (const { index, code, reason } of done.dead) {
      const record = taken.records[index];
      if (record) this.#draft.kill({ stage: name, at: now, code, reason, ...record, whole: true });
    }
    for (const value of done.values ?? []) this.#draft.keep(value);
    if (done.position !== undefined) station.position = done.position;
    const moment = this.#moment(now);
    this.#isPressing ||= !place.isEarly && place.takers.length > 0;
    const given = station.finish(taken, done.outputs, moment);
    if (place.end === "keeps") this.#keep(place, { ...taken, records: done.outputs });
    else this.#send(place, given, now);
  }

  #keep(place: Place, { no, at, records }: Taken): void {
    if (records.length > 0) this.#draft.put({ queue: outboxName(place), batch: no, part: 0, at, records });
  }

  /** The next draft is made durable whatever is in it. */
  touch(): void {
    this.#draft.touch();
  }

  /** Where a sink goes on. */
  place(name: string, position: Json): void {
    this.station(name).position = position;
    this.#draft.touch();
  }

  /** What a place that gathers gives without a batch; `isLast`: nothing more comes of it. */
  gather(
    name: string,
    { outputs, values }: Pick<Finished, "outputs" | "values">,
    { now, isLast }: { readonly now: number; readonly isLast: boolean },
  ): void {
    const station = this.station(name);
    station.isFlushed ||= isLast;
    station.counts.out += outputs.length;
    for (const value of values ?? []) this.#draft.keep(value);
    this.#draft.touch();
    this.#send(station.place, outputs.length === 0 ? [] : [{ at: now, records: outputs }], now);
  }

  /** A place that gathers has got all that comes, and is to give what it has. */
  mustFlush(name: string): boolean {
    const { place, isFlushed, isEmpty } = this.station(name);
    return place.end === "gathers" && !isFlushed && isEmpty && this.#isLast(name);
  }

  /** Lets records go once more into the place where they died; gives how many of them could. */
  replay(letters: readonly DeadLetter[], now: number): number {
    const able = letters.filter(
      ({ stage, whole }) => whole && stage !== undefined && this.#stations.has(stage),
    );
    for (const { letter, stage = "", at, no, text } of able) {
      this.#draft.revive(letter);
      this.#deliver(stage, { at, records: [{ no, text }] }, now);
    }
    if (able.length === 0) return 0;
    this.source.replayed = (this.source.replayed ?? 0) + able.length;
    // what gathers gets more, and gives that too
    for (const station of this.#stations.values()) station.isFlushed = false;
    return able.length;
  }

  #send({ takers }: Place, given: readonly Given[], now: number): void {
    for (const taker of takers) for (const some of given) this.#deliver(taker, some, now);
  }

  #deliver(name: string, given: Given, now: number): void {
    const station = this.station(name);
    const left = station.arrive(given, this.#moment(now));
    if (left === "overflow") this.#overflowed ??= name;
    else this.#send(station.place, left, now);
  }

  #moment(now: number): Moment {
    return { draft: this.#draft, seq: this.#seq, durable: this.#durable, now };
  }

  /** Nothing more comes to the place than what waits there. */
  #isLast(name: string): boolean {
    const { isFirst, givers } = this.station(name).place;
    return (!isFirst || this.source.ended) && givers.every((giver) => this.isOver(giver));
  }

  isOver(name: string): boolean {
    const { isEmpty, isFlushed, place } = this.station(name);
    return isEmpty && (place.end !== "gathers" || isFlushed) && this.#isLast(name);
  }

  /** Every record has its fate. */
  get isDone(): boolean {
    return this.places.every(({ name }) => this.isOver(name));
  }

  /** Nothing is in work or waits at any place. */
  get isEmpty(): boolean {
    return this.places.every(({ name }) => this.station(name).isEmpty);
  }

  /** When a batch that is not full has waited long enough. */
  get dueAt(): number | undefined {
    const times = this.places.flatMap(({ name }) => this.station(name).dueAt ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** What is to be loaded from the store now. */
  wanted(): readonly (Wanted & { readonly place: string; readonly lane: number })[] {
    return this.places.flatMap(({ name: place }) =>
      this.station(place).lanes.flatMap((queue, lane) => {
        const wanted = queue.wanted(this.#durable);
        return wanted ? [{ ...wanted, place, lane }] : [];
      }),
    );
  }

  loaded(
    { place, lane, ...wanted }: Wanted & { readonly place: string; readonly lane: number },
    batches: readonly StoredBatch[],
    now: number,
  ): void {
    const station = this.station(place);
    const missing = station.lanes[lane]?.loaded(batches, wanted, now) ?? [];
    this.#send(station.place, station.passed(missing, this.#moment(now)), now);
  }

  /** What an earlier process left behind a batch that was still in work. */
  restoreOutbox(name: string, batches: readonly StoredBatch[], now: number): void {
    const station = this.station(name);
    this.#send(station.place, station.restoreOutbox(batches, this.#moment(now)), now);
  }

  /**
   * Whether what was decided is to be durable now: something waits for it, or was done that should not be done again, or nothing
   * goes on that would add to it. Undefined: nothing was decided.
   */
  isPressing(now: number): boolean | undefined {
    if (this.#draft.isEmpty) return undefined;
    const moment = this.#moment(now);
    const stations = this.places.map(({ name }) => this.station(name));
    const isMoving = stations.some(({ place, inWork }) => place.isEarly && inWork > 0);
    return (
      this.#isPressing ||
      !isMoving ||
      stations.some((station) => !station.place.isEarly && station.isAwaiting(moment))
    );
  }

  /** All that was decided since the last time, and the number by which `durable` knows it; undefined: nothing was. */
  seal(
    more: Readonly<Record<string, Json>> = {},
  ): { readonly seq: number; readonly change: StreamChange } | undefined {
    if (this.#draft.isEmpty) return undefined;
    const seq = this.#seq;
    const change = this.#draft.sealed({ ...more, ...this.#head() });
    this.#draft = new Draft();
    this.#isPressing = false;
    this.#seq += 1;
    return { seq, change };
  }

  #head(): Record<string, Json> {
    const stations = Object.fromEntries([...this.#stations].map(([name, { head }]) => [name, head]));
    return { version: 1, shape: this.#shape, source: { ...this.source }, stations } as unknown as Record<
      string,
      Json
    >;
  }

  /** All drafts up to this one are in the store. */
  durable(seq: number): void {
    this.#durable = Math.max(this.#durable, seq);
  }
}
