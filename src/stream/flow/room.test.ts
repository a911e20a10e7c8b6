import { describe, expect, it } from "vitest";
import { Flow } from "./flow.ts";
import type { Place } from "./place.ts";

type WhenFull = Place["buffer"]["whenFull"];

/** One place with room for ten records, before which so many have come. */
function flowOf(whenFull: WhenFull, came: number): Flow {
  const place: Place = {
    name: "sink",
    isFirst: true,
    givers: [],
    takers: [],
    batchSize: 5,
    batchWaitMs: 0,
    most: 1,
    inOrder: true,
    buffer: { bufferSize: 10, whenFull },
  };
  const flow = new Flow({ places: [place], shape: "x" });
  const texts = Array.from({ length: came }, (_, n) => `${n}`);
  flow.arrive({ texts, bad: [], position: came, ended: false, at: 1 });
  return flow;
}

describe("the room for records", () => {
  it.each<readonly [WhenFull, number, number]>([
    ["block", 4, 6],
    ["block", 10, 0],
    ["fail", 4, 10],
    ["fail", 10, 0],
    ["drop_oldest", 10, 10],
    ["drop_newest", 10, 10],
    ["spill", 10, Number.POSITIVE_INFINITY],
  ])("of %s with %i of ten is %i", (whenFull, came, room) => {
    expect(flowOf(whenFull, came).room).toBe(room);
  });

  it("is counted where it was on disk only", () => {
    const flow = flowOf("spill", 25);
    const { counts, waiting, lanes } = flow.station("sink");
    expect([counts.in, counts.spilled, waiting, lanes[0]?.spilled]).toEqual([25, 15, 25, 15]);
  });
});
