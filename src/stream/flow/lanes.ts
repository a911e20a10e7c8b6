import type { StreamRecord } from "../../ports/stream-store.ts";
import type { Place, Unplaced } from "./place.ts";

/** Name of the queue of a lane. */
export function laneName(place: Pick<Place, "name" | "lanes">, lane: number): string {
  return place.lanes ? `${place.name}#${lane}` : place.name;
}

/** Name of the queue of what a place has given and may not go on yet. */
export function outboxName({ name }: Pick<Place, "name">): string {
  return `${name}>`;
}

export interface Lane {
  readonly lane: number;
  readonly records: readonly StreamRecord[];
}

/** Records by the lane they belong to, in which they keep their order, and those of which that cannot be told. */
export function byLane(
  { lanes }: Place,
  records: readonly StreamRecord[],
): {
  readonly placed: readonly Lane[];
  readonly unplaced: readonly (Unplaced & { readonly record: StreamRecord })[];
} {
  if (!lanes) return { placed: [{ lane: 0, records }], unplaced: [] };
  const placed = new Map<number, StreamRecord[]>();
  const unplaced: (Unplaced & { readonly record: StreamRecord })[] = [];
  for (const record of records) {
    const lane = lanes.of(record);
    if (typeof lane !== "number") unplaced.push({ ...lane, record });
    else if (placed.get(lane)?.push(record) === undefined) placed.set(lane, [record]);
  }
  return { placed: [...placed].map(([lane, some]) => ({ lane, records: some })), unplaced };
}
