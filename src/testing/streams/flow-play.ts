import type { StreamChange, StreamRecord } from "../../ports/stream-store.ts";
import { Flow } from "../../stream/flow/flow.ts";
import type { Place } from "../../stream/flow/place.ts";
import type { Taken } from "../../stream/flow/station.ts";
import { type Dice, seededDice } from "../simulation/dice.ts";
import { PlainDisk } from "./plain-disk.ts";

export type Fate = "on" | "filtered" | "dead";

/** What a place does with a record, whenever it is asked. */
export function fateAt(place: string, no: number): Fate {
  let hash = 7;
  for (const letter of `${place}/${no}`) hash = (hash * 31 + letter.charCodeAt(0)) % 1009;
  if (hash % 10 === 0) return "filtered";
  return hash % 17 === 0 ? "dead" : "on";
}

export interface PlayGiven {
  readonly seed: number;
  readonly count: number;
  readonly stages: readonly StageGiven[];
  readonly whenFull: Place["buffer"]["whenFull"];
  readonly bufferSize: number;
  readonly isFork: boolean;
}
export interface StageGiven {
  readonly batchSize: number;
  readonly most: number;
  readonly order: "kept" | "any" | "key";
  readonly isEarly: boolean;
}

function placesOf({ stages, whenFull, bufferSize, isFork }: PlayGiven): readonly Place[] {
  const made = stages.map(({ batchSize, most, order, isEarly }, index): Place => {
    const isFirst = index === 0 || (isFork && index === 1);
    return {
      name: `s${index}`,
      isFirst,
      givers: isFirst ? [] : [`s${index - 1}`],
      takers: (isFork && index === 0) || index === stages.length - 1 ? ["sink"] : [`s${index + 1}`],
      batchSize,
      batchWaitMs: 50,
      most,
      inOrder: order === "kept",
      ...(isEarly ? { isEarly } : {}),
      ...(order === "key" ? { lanes: { count: most, of: ({ no }: StreamRecord) => no % most } } : {}),
      buffer: { bufferSize, whenFull: isFirst ? whenFull : "block" },
    };
  });
  const givers = made.filter(({ takers }) => takers.includes("sink")).map(({ name }) => name);
  const sink: Place = {
    name: "sink",
    isFirst: false,
    givers,
    takers: [],
    batchSize: 7,
    batchWaitMs: 10,
    most: 1,
    inOrder: true,
    buffer: { bufferSize: 50, whenFull: "block" },
    end: "keeps",
  };
  return [...made, sink];
}

/** A pipeline that is run at random, and killed at random, until every record has its fate. */
export class FlowPlay {
  readonly #given: PlayGiven;
  readonly #places: readonly Place[];
  readonly disk = new PlainDisk();
  flow: Flow;
  #work: { readonly place: string; readonly taken: Taken }[] = [];
  readonly #commits: { readonly seq: number; readonly change: StreamChange }[] = [];
  readonly #inWorkOfLane = new Map<string, number>();
  readonly #random: Dice;
  now = 1;
  crashes = 0;

  constructor(given: PlayGiven) {
    this.#given = given;
    this.#random = seededDice(`${given.seed}`);
    this.#places = placesOf(given);
    this.flow = this.#open();
  }

  #dice(sides: number): number {
    return this.#random.below(sides);
  }

  #open(): Flow {
    const flow = new Flow({ places: this.#places, kept: this.disk.kept(), shape: "x" });
    for (const { name, end } of this.#places)
      if (end === undefined) flow.restoreOutbox(name, this.disk.batches(`${name}>`), this.now);
    return flow;
  }

  step(): void {
    this.now += this.#dice(20);
    const all = [
      () => this.#read(),
      () => this.#take(),
      () => this.#take(),
      () => this.#finish(),
      () => this.#finish(),
      () => this.#seal(),
      () => this.#land(),
      () => this.#land(),
      () => this.#load(),
      () => this.#dice(12) === 0 && this.#crash(),
    ];
    all[this.#dice(all.length)]?.();
    this.#check();
  }

  #read(): void {
    const { source } = this.flow;
    const left = this.#given.count - source.read;
    const most = Math.min(left, 1 + this.#dice(30), this.flow.room);
    if (source.ended || (most === 0 && left > 0)) return;
    const texts = Array.from({ length: most }, (_, at) => `${source.read + at}`);
    const position = source.read + most;
    this.flow.arrive({ texts, bad: [], position, ended: left === most, at: this.now });
  }

  #take(): void {
    const place = this.#places[this.#dice(this.#places.length)];
    if (!place || this.flow.station(place.name).inWork >= place.most) return;
    const taken = this.flow.take(place.name, { now: this.now, hurry: false });
    if (!taken) return;
    const { length } = taken.records;
    if (length === 0 || length > place.batchSize) throw new Error(`${place.name} has a batch of ${length}`);
    const lane = `${place.name} ${taken.lane}`;
    if (place.lanes && (this.#inWorkOfLane.get(lane) ?? 0) > 0) throw new Error(`${lane} is in work twice`);
    this.#inWorkOfLane.set(lane, (this.#inWorkOfLane.get(lane) ?? 0) + 1);
    this.#work.push({ place: place.name, taken });
  }

  #finish(): void {
    const [one] = this.#work.splice(this.#dice(Math.max(1, this.#work.length)), 1);
    if (!one) return;
    const { place, taken } = one;
    const lane = `${place} ${taken.lane}`;
    this.#inWorkOfLane.set(lane, (this.#inWorkOfLane.get(lane) ?? 0) - 1);
    const fates = taken.records.map(({ no }) => (place === "sink" ? "on" : fateAt(place, no)));
    this.flow.finish(place, taken, {
      outputs: taken.records.filter((_, at) => fates[at] === "on"),
      filtered: fates.filter((fate) => fate === "filtered").length,
      dead: fates.flatMap((fate, index) => (fate === "dead" ? [{ index, code: "X", reason: "x" }] : [])),
      now: this.now,
    });
  }

  #seal(): void {
    const sealed = this.flow.seal();
    if (sealed) this.#commits.push(sealed);
  }

  #land(): void {
    const next = this.#commits.shift();
    if (!next) return;
    this.disk.commit(next.change);
    this.flow.durable(next.seq);
  }

  #load(): void {
    for (const wanted of this.flow.wanted()) {
      const { queue, from, most } = wanted;
      const found = this.disk.batches(queue).filter(({ batch }) => batch >= from);
      this.flow.loaded(wanted, found.slice(0, most), this.now);
    }
  }

  #crash(): void {
    this.crashes += 1;
    this.#work = [];
    this.#inWorkOfLane.clear();
    this.#commits.length = 0;
    this.flow = this.#open();
    // what drops the oldest must know them
    if (this.#given.whenFull !== "spill") while (this.flow.wanted().length > 0) this.#load();
  }

  #check(): void {
    for (const { name } of this.#places) {
      const { counts, waiting } = this.flow.station(name);
      const { in: came, done, filtered, dropped, dead } = counts;
      if (done + filtered + dropped + dead + waiting !== came)
        throw new Error(`${name}: ${JSON.stringify(counts)}, ${waiting} wait`);
    }
  }

  end(): void {
    for (let turn = 0; turn < 50_000 && !this.flow.isDone; turn += 1) this.step();
    if (!this.flow.isDone) throw new Error("it comes to no end");
    this.#seal();
    while (this.#commits.length > 0) this.#land();
  }

  /** Numbers of the records that are in the sink, in its order. */
  get written(): readonly number[] {
    return this.disk.batches("sink>").flatMap(({ records }) => records.map(({ no }) => no));
  }
}
