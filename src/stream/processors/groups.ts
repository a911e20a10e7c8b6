import type { Json } from "../../expression/json.ts";
import type { Aggregate } from "../../language/pipeline.ts";
import { emptyTotal, itemsOf, type Total } from "./totals.ts";

/** The records of a window that are gathered together. */
export interface Group {
  /** Counts up as groups appear. */
  readonly id: number;
  readonly window: number;
  /** Equal for equal values of `by`. */
  readonly key: string;
  readonly by: readonly Json[];
  /** In the order of the aggregates. */
  readonly totals: readonly Total[];
  /** The record that was gathered last. */
  no: number;
  /** How it is saved: how many pages of items there are; undefined: it is not. */
  pages: number | undefined;
}

/** All groups of windows that are open. */
export class Groups {
  readonly #windows = new Map<number, Map<string, Group>>();
  #nextId = 0;

  find(window: number, key: string): Group | undefined {
    return this.#windows.get(window)?.get(key);
  }

  add(group: Group): void {
    const groups = this.#windows.get(group.window) ?? new Map<string, Group>();
    this.#windows.set(group.window, groups.set(group.key, group));
    this.#nextId = Math.max(this.#nextId, group.id + 1);
  }

  /** The group of these values, which has no record yet and is not among them. */
  begin(aggregates: readonly Aggregate[], at: Pick<Group, "window" | "key" | "by">): Group {
    const totals = aggregates.map((aggregate) => emptyTotal(aggregate));
    return { ...at, id: this.#nextId, totals, no: 0, pages: undefined };
  }

  /** The first window that is open, if there is one. */
  earliest(): number | undefined {
    let first: number | undefined;
    for (const window of this.#windows.keys()) if (first === undefined || window < first) first = window;
    return first;
  }

  /** Closes the windows before this one: their groups, window by window, in the order in which they appeared. */
  close(before: number): readonly Group[] {
    const closed = [...this.#windows.keys()].filter((window) => window < before).sort((a, b) => a - b);
    const groups = closed.flatMap((window) => [...(this.#windows.get(window)?.values() ?? [])]);
    for (const window of closed) this.#windows.delete(window);
    return groups;
  }
}

/** What it takes in mind: itself, and its items. */
export function sizeOf({ totals }: Group): number {
  return totals.reduce((sum, total) => sum + itemsOf(total), 1);
}
