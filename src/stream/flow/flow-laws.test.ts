import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  BatchPart,
  DeadLetter,
  KeptQueue,
  KeptStream,
  StoredBatch,
  StreamChange,
  StreamRecord,
} from "../../ports/stream-store.ts";
import { type Dice, seededDice } from "../../testing/simulation/dice.ts";
import { Flow } from "./flow.ts";
import type { Place } from "./place.ts";
import type { Taken } from "./station.ts";

/** What is on the disk: a store in its simplest form. */
class Disk {
  head: KeptStream["head"] | undefined;
  readonly parts = new Map<string, BatchPart[]>();
  readonly dead: DeadLetter[] = [];

  commit({ head, remove = [], put = [], dead = [], revived = [] }: StreamChange): void {
    this.head = head;
    for (const { queue, batch } of remove) this.parts.delete(`${queue} ${batch}`);
    for (const part of put) {
      const key = `${part.queue} ${part.batch}`;
      const parts = this.parts.get(key) ?? [];
      expect(part.part).toBe(parts.length);
      this.parts.set(key, [...parts, structuredClone(part)]);
    }
    for (const one of dead) this.dead.push({ ...one, letter: this.dead.length + 1 });
    for (const letter of revived)
      this.dead.splice(
        this.dead.findIndex((one) => one.letter === letter),
        1,
      );
  }

  batches(queue: string): readonly StoredBatch[] {
    return [...this.parts.values()]
      .filter(([first]) => first?.queue === queue)
      .map((parts) => ({
        batch: parts[0]?.batch ?? 0,
        at: parts[0]?.at ?? 0,
        records: parts.flatMap(({ records }) => records),
      }))
      .toSorted((a, b) => a.batch - b.batch);
  }

  kept(): KeptStream | undefined {
    if (this.head === undefined) return undefined;
    const names = new Set([...this.parts.values()].map(([first]) => first?.queue ?? ""));
    const queues = [...names].map((queue): KeptQueue => {
      const all = this.batches(queue);
      const last = all.at(-1);
      return {
        queue,
        first: all[0]?.batch ?? 0,
        last: last?.batch ?? 0,
        count: all.reduce((sum, { records }) => sum + records.length, 0),
        lastCount: last?.records.length ?? 0,
        lastParts: this.parts.get(`${queue} ${last?.batch}`)?.length ?? 0,
      };
    });
    return { head: this.head, queues, values: [] };
  }
}

type Fate = "on" | "filtered" | "dead";

/** What a place does with a record, whenever it is asked. */
function fateAt(place: string, no: number): Fate {
  let hash = 7;
  for (const letter of `${place}/${no}`) hash = (hash * 31 + letter.charCodeAt(0)) % 1009;
  if (hash % 10 === 0) return "filtered";
  return hash % 17 === 0 ? "dead" : "on";
}

interface Given {
  readonly seed: number;
  readonly count: number;
  readonly stages: readonly StageGiven[];
  readonly whenFull: Place["buffer"]["whenFull"];
  readonly bufferSize: number;
  readonly isFork: boolean;
}
interface StageGiven {
  readonly batchSize: number;
  readonly most: number;
  readonly order: "kept" | "any" | "key";
}

function placesOf({ stages, whenFull, bufferSize, isFork }: Given): readonly Place[] {
  const made = stages.map(({ batchSize, most, order }, index): Place => {
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
class Play {
  readonly #given: Given;
  readonly #places: readonly Place[];
  readonly disk = new Disk();
  flow: Flow;
  #work: { readonly place: string; readonly taken: Taken }[] = [];
  readonly #commits: { readonly seq: number; readonly change: StreamChange }[] = [];
  readonly #inWorkOfLane = new Map<string, number>();
  readonly #random: Dice;
  now = 1;
  crashes = 0;

  constructor(given: Given) {
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
    expect(taken.records.length).toBeGreaterThan(0);
    expect(taken.records.length).toBeLessThanOrEqual(place.batchSize);
    const lane = `${place.name} ${taken.lane}`;
    if (place.lanes) expect(this.#inWorkOfLane.get(lane) ?? 0).toBe(0);
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
      expect(done + filtered + dropped + dead + waiting).toBe(came);
    }
  }

  end(): void {
    for (let turn = 0; turn < 50_000 && !this.#isOver(); turn += 1) this.step();
    expect(this.flow.isDone).toBe(true);
    this.#seal();
    while (this.#commits.length > 0) this.#land();
  }

  #isOver(): boolean {
    return this.flow.isDone;
  }

  /** Numbers of the records that are in the sink, in its order. */
  get written(): readonly number[] {
    return this.disk.batches("sink>").flatMap(({ records }) => records.map(({ no }) => no));
  }
}

const stage = fc.record({
  batchSize: fc.integer({ min: 1, max: 12 }),
  most: fc.integer({ min: 1, max: 5 }),
  order: fc.constantFrom("kept", "any", "key" as const),
});
const anyPlay = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  count: fc.integer({ min: 0, max: 150 }),
  stages: fc.array(stage, { minLength: 1, maxLength: 4 }),
  whenFull: fc.constantFrom("block", "drop_oldest", "drop_newest", "spill" as const),
  bufferSize: fc.integer({ min: 1, max: 40 }),
  isFork: fc.boolean(),
});

/** The places a record goes through, in each line of a fork. */
function linesOf({ stages, isFork }: Given): readonly (readonly string[])[] {
  const names = stages.map((_, index) => `s${index}`);
  return isFork && names.length > 1 ? [names.slice(0, 1), names.slice(1)] : [names];
}

describe("the flow of records", { timeout: 120_000 }, () => {
  it("gives each record one fate, whatever is killed when", () => {
    fc.assert(
      fc.property(anyPlay, (given) => {
        const play = new Play(given);
        play.end();
        const first = play.flow.station("s0").counts;
        expect(play.flow.source.read).toBe(given.count);
        expect(first.in).toBe(given.count);
        const expected = linesOf(given).flatMap((line) =>
          Array.from({ length: given.count }, (_, no) => no).filter((no) =>
            line.every((place) => fateAt(place, no) === "on"),
          ),
        );
        const drops = given.whenFull === "drop_oldest" || given.whenFull === "drop_newest";
        if (!drops)
          expect(play.written.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
        expect(play.disk.dead.length).toBe(
          linesOf(given)
            .flat()
            .reduce((sum, name) => sum + play.flow.station(name).counts.dead, 0),
        );
        // nothing waits anywhere
        expect([...play.disk.parts.values()].flat().every(({ queue }) => queue === "sink>")).toBe(true);
      }),
      { numRuns: Number(process.env["TUTTI_RUNS"] ?? 300) },
    );
  });

  it("keeps the order where it is asked to", () => {
    fc.assert(
      fc.property(anyPlay, (given) => {
        const ordered = {
          ...given,
          isFork: false,
          stages: given.stages.map((one) => ({ ...one, order: "kept" as const })),
        };
        const play = new Play(ordered);
        play.end();
        expect(play.written).toEqual(play.written.toSorted((a, b) => a - b));
        expect(new Set(play.written).size).toBe(play.written.length);
      }),
      { numRuns: Number(process.env["TUTTI_RUNS"] ?? 200) },
    );
  });

  it("keeps the order of each key where a stage has one", () => {
    fc.assert(
      fc.property(anyPlay, fc.integer({ min: 2, max: 5 }), (given, keys) => {
        const stages = given.stages.map((one) => ({ ...one, order: "key" as const, most: keys }));
        const play = new Play({ ...given, isFork: false, stages });
        play.end();
        for (let key = 0; key < keys; key += 1) {
          const mine = play.written.filter((no) => no % keys === key);
          expect(mine).toEqual(mine.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: Number(process.env["TUTTI_RUNS"] ?? 200) },
    );
  });
});
