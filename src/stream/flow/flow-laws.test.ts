import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fateAt, FlowPlay, type PlayGiven } from "../../testing/streams/flow-play.ts";

const stage = fc.record({
  batchSize: fc.integer({ min: 1, max: 12 }),
  most: fc.integer({ min: 1, max: 5 }),
  order: fc.constantFrom("kept", "any", "key" as const),
  isEarly: fc.boolean(),
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
function linesOf({ stages, isFork }: PlayGiven): readonly (readonly string[])[] {
  const names = stages.map((_, index) => `s${index}`);
  return isFork && names.length > 1 ? [names.slice(0, 1), names.slice(1)] : [names];
}

describe("the flow of records", { timeout: 120_000 }, () => {
  it("gives each record one fate, whatever is killed when", () => {
    fc.assert(
      fc.property(anyPlay, (given) => {
        const play = new FlowPlay(given);
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
        const written = play.written.toSorted((a, b) => a - b);
        const all = new Set(expected);
        expect(drops ? written.every((no) => all.has(no)) : written).toEqual(
          drops || expected.toSorted((a, b) => a - b),
        );
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
        const play = new FlowPlay(ordered);
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
        const play = new FlowPlay({ ...given, isFork: false, stages });
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
