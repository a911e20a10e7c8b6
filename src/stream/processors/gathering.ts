import { TuttiError } from "../../errors.ts";
import { canonicalJson, type Json } from "../../expression/json.ts";
import type { Aggregate, ReduceWork } from "../../language/pipeline.ts";
import type { StreamRecord, StreamValue } from "../../ports/stream-store.ts";
import { type Group, Groups, sizeOf } from "./groups.ts";
import { compileReadings, type Readings } from "./readings.ts";
import { parseRecord, textOf } from "./records.ts";
import { restoreGroups, savedValues } from "./saved-groups.ts";
import { grows, resultOf, take } from "./totals.ts";
import { closesAt, firstOpen, nameOf, timeText, windowAt } from "./windows.ts";
import type { WorkFor } from "./work.ts";

/** Groups, and items that their aggregates keep, of all windows that are open: what fits into memory. */
const usualMost = 1_000_000;

export interface GatheringOptions {
  /** What the stage kept in mind. */
  readonly values: readonly StreamValue[];
  /** Groups and items at most; absent: a million. */
  readonly most?: number;
}

/** The records that a stage has gathered, as its groups. */
export class Gathering {
  readonly #for: WorkFor<"reduce">;
  readonly #work: ReduceWork;
  readonly #aggregates: readonly Aggregate[];
  readonly #readings: Readings;
  readonly #groups = new Groups();
  readonly #most: number;
  #reached: number;
  /** Windows before it were closed as the stream went on. */
  #open: number;
  #kept = 0;
  #changed = new Set<Group>();
  #closed: Group[] = [];

  constructor(what: WorkFor<"reduce">, { values, most = usualMost }: GatheringOptions) {
    this.#for = what;
    this.#most = most;
    this.#work = what.work;
    this.#aggregates = Object.values(what.work.give);
    this.#readings = compileReadings(what.work, what.host.scope);
    const { reached, groups } = restoreGroups(what, values);
    this.#reached = reached;
    this.#open = firstOpen(what.work.window, reached);
    for (const group of groups) this.#add(group);
  }

  /**
   * Takes a record in at this time of the clock, and gives what closes with it. Throws a TuttiError for a record that cannot be
   * gathered; nothing is changed then.
   */
  gather({ no, text }: StreamRecord, now: number): readonly StreamRecord[] {
    const record = parseRecord(text);
    const at = this.#placeOf(record, now);
    const group = this.#groupOf(record, at);
    const values = this.#readings.values(record, group.totals);
    this.#checkRoom(group, values);
    if (this.#isNew(group)) this.#add(group);
    for (const [index, total] of group.totals.entries()) {
      const value = values[index] ?? null;
      if (grows(total, value)) this.#kept += 1;
      take(total, value);
    }
    group.no = no;
    this.#changed.add(group);
    return this.#pass(this.#work.window?.kind === "count" ? at + 1 : at);
  }

  /** What closes as the clock moves on. */
  tick(now: number): readonly StreamRecord[] {
    return this.#byClock() ? this.#pass(now) : [];
  }

  /** When something closes by the clock, if anything does. */
  dueAt(): number | undefined {
    const window = this.#byClock();
    const first = this.#groups.earliest();
    return window && first !== undefined ? closesAt(window, first) : undefined;
  }

  /** Closes all windows: nothing more comes. */
  closeAll(): readonly StreamRecord[] {
    const { window } = this.#work;
    if (window?.kind === "count") {
      this.#open = Math.ceil(this.#reached / window.size);
      this.#reached = this.#open * window.size;
    }
    return this.#close(Infinity);
  }

  /** What has changed since it was last asked. */
  unsaved(): readonly StreamValue[] {
    const closed = this.#closed;
    const changed = this.#changed;
    this.#closed = [];
    this.#changed = new Set();
    return savedValues(this.#for, { reached: this.#reached, changed, closed });
  }

  #byClock() {
    const { window } = this.#work;
    return window?.kind === "time" && window.at === undefined ? window : undefined;
  }

  /** Where a record stands among the windows. */
  #placeOf(record: Json, now: number): number {
    if (this.#work.window?.kind !== "time") return this.#reached;
    // the clock may have been set back
    return this.#readings.at?.(record) ?? Math.max(now, this.#reached);
  }

  #groupOf(record: Json, at: number): Group {
    const window = windowAt(this.#work.window, at);
    if (window < this.#open) throw late(at, this.#reached);
    const by = this.#readings.by(record);
    const key = canonicalJson(by);
    return this.#groups.find(window, key) ?? this.#groups.begin(this.#aggregates, { window, key, by });
  }

  #checkRoom(group: Group, values: readonly Json[]): void {
    const left = this.#most - this.#kept;
    // a look is enough but near the end
    if (left > group.totals.length) return;
    const items = group.totals.filter((total, index) => grows(total, values[index] ?? null)).length;
    if (items + (this.#isNew(group) ? 1 : 0) > left) throw full(this.#for.stage.name, this.#most);
  }

  #isNew({ window, key }: Group): boolean {
    return this.#groups.find(window, key) === undefined;
  }

  #add(group: Group): void {
    this.#groups.add(group);
    this.#kept += sizeOf(group);
  }

  #pass(reached: number): readonly StreamRecord[] {
    this.#reached = Math.max(this.#reached, reached);
    const open = firstOpen(this.#work.window, this.#reached);
    if (open === this.#open) return [];
    this.#open = open;
    return this.#close(open);
  }

  #close(before: number): readonly StreamRecord[] {
    const closed = this.#groups.close(before);
    for (const group of closed) {
      this.#kept -= sizeOf(group);
      this.#changed.delete(group);
      this.#closed.push(group);
    }
    return closed.map((group) => this.#recordOf(group));
  }

  #recordOf({ by, totals, window, no }: Group): StreamRecord {
    const { by: names, give } = this.#work;
    const groupedBy = Object.keys(names).map((name, index) => [name, by[index] ?? null] as const);
    const given = Object.keys(give).map((name, index) => {
      const total = totals[index];
      return [name, total ? resultOf(total) : null] as const;
    });
    const text = textOf(
      Object.fromEntries([...groupedBy, ...Object.entries(nameOf(this.#work.window, window)), ...given]),
    );
    return { no, text };
  }
}

function late(at: number, reached: number): TuttiError {
  return new TuttiError(
    "RECORD_LATE",
    `Cannot gather the record of ${timeText(at)}: its window was closed when ${timeText(reached)} was seen`,
    { fix: "let windows wait longer with `late`" },
  );
}

function full(stage: string, most: number): TuttiError {
  return new TuttiError(
    "GROUPS_FULL",
    `Cannot gather the record: stage "${stage}" has ${most} groups and items in mind`,
    { fix: "group by something that has fewer values, or close windows sooner" },
  );
}
