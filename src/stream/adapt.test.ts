import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bounds, type EndedBatch, firstPace, type Pace, paceAfter } from "./adapt.ts";

interface Service {
  /** Batches that it does at once; more wait inside. */
  readonly capacity: number;
  readonly baseMs: number;
  /** Random part of a latency, as a share of it. */
  readonly noise: number;
}

interface Simulation {
  readonly bounds: Bounds;
  readonly service: Service;
  readonly batches: number;
  readonly random: () => number;
  readonly pace?: Pace;
  readonly failure?: EndedBatch["failure"];
}

/** Does batches at a service, as many at once as the pace allows; tells the limits after each. */
function simulate({ bounds, service, batches, random, failure, ...given }: Simulation) {
  const inWork: { begunAt: number; endsAt: number }[] = [];
  const limits: number[] = [];
  let pace = given.pace ?? firstPace(bounds);
  let now = Number.isFinite(pace.since) ? pace.since : 0;
  while (limits.length < batches) {
    while (inWork.length < pace.limit) {
      const crowd = Math.max(1, (inWork.length + 1) / service.capacity);
      const latency = service.baseMs * crowd * (1 + service.noise * (random() - 0.5));
      inWork.push({ begunAt: now, endsAt: now + latency });
    }
    inWork.sort((a, b) => a.endsAt - b.endsAt);
    const ended = inWork.shift();
    if (!ended) break;
    now = ended.endsAt;
    const batch = { begunAt: ended.begunAt, endedAt: now, waiting: true, ...(failure && { failure }) };
    pace = paceAfter(pace, { ended: batch, bounds });
    limits.push(pace.limit);
  }
  return { pace, limits };
}

const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const chance = (seed: number) => {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
};
const seed = fc.nat({ max: 2_147_483_647 });

describe("parallelism", () => {
  it("stays within its bounds, whatever happens", () => {
    const ended = fc.record({
      begunAt: fc.nat({ max: 1000 }),
      took: fc.nat({ max: 1000 }),
      failure: fc.constantFrom(undefined, "quota", "transient", "timeout", "failure", "permanent" as const),
      waiting: fc.boolean(),
    });
    const bounds = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 9 }));
    fc.assert(
      fc.property(bounds, fc.array(ended, { maxLength: 100 }), ([least, more], all) => {
        const within = { least, most: least + more };
        let pace = firstPace(within);
        for (const { begunAt, took, failure, waiting } of all) {
          const batch = { begunAt, endedAt: begunAt + took, waiting, ...(failure && { failure }) };
          pace = paceAfter(pace, { ended: batch, bounds: within });
          expect(pace.limit).toBeGreaterThanOrEqual(within.least);
          expect(pace.limit).toBeLessThanOrEqual(within.most);
          expect(Number.isInteger(pace.limit)).toBe(true);
        }
      }),
    );
  });

  it("finds about as many as a service can do at once", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 24 }),
        fc.constantFrom(0, 0.2, 0.6),
        seed,
        (capacity, noise, from) => {
          const bounds = { least: 1, most: 64 };
          const service = { capacity, baseMs: 1000, noise };
          const { limits } = simulate({ bounds, service, batches: 6000, random: chance(from) });
          const late = mean(limits.slice(3000));
          expect(late).toBeGreaterThan(capacity * 0.85);
          expect(late).toBeLessThan(capacity * 1.25 + 4.5);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("grows to the most where the service has no limit", () => {
    const service = { capacity: 1000, baseMs: 50, noise: 0.4 };
    const { pace } = simulate({ bounds: { least: 2, most: 12 }, service, batches: 500, random: chance(1) });
    expect(pace.limit).toBe(12);
  });

  it("does not grow while no batch waits", () => {
    const bounds = { least: 1, most: 8 };
    let pace = firstPace(bounds);
    for (let at = 0; at < 100; at += 1)
      pace = paceAfter(pace, { ended: { begunAt: at, endedAt: at + 1, waiting: false }, bounds });
    expect(pace.limit).toBe(1);
  });

  it("is halved when the service refuses, once for all batches that were in work by then, and recovers", () => {
    const bounds = { least: 1, most: 16 };
    const service = { capacity: 100, baseMs: 10, noise: 0 };
    const grown = simulate({ bounds, service, batches: 500, random: chance(1) }).pace;
    expect(grown.limit).toBe(16);
    const refused = {
      begunAt: grown.since,
      endedAt: grown.since + 10,
      failure: "quota",
      waiting: true,
    } as const;
    let pace = grown;
    for (let nth = 0; nth < 16; nth += 1) pace = paceAfter(pace, { ended: refused, bounds });
    expect(pace.limit).toBe(8);
    expect(simulate({ bounds, service, batches: 500, random: chance(1), pace }).pace.limit).toBe(16);
  });

  it("falls to the least while batches fail, but not for batches that are bad themselves", () => {
    const bounds = { least: 2, most: 16 };
    const service = { capacity: 100, baseMs: 10, noise: 0 };
    const { pace } = simulate({ bounds, service, batches: 500, random: chance(1) });
    const after = (failure: EndedBatch["failure"]) =>
      simulate({ bounds, service, batches: 100, random: chance(1), pace, failure }).pace.limit;
    expect([after("timeout"), after("transient"), after("failure"), after("permanent")]).toEqual([
      2, 2, 16, 16,
    ]);
  });

  it("does not take a service that has become slower for one that is too busy", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), seed, (factor, from) => {
        const bounds = { least: 1, most: 12 };
        const random = chance(from);
        const fast = { capacity: 100, baseMs: 10, noise: 0.2 };
        const { pace } = simulate({ bounds, service: fast, batches: 500, random });
        const slow = { ...fast, baseMs: 10 * factor };
        expect(
          mean(simulate({ bounds, service: slow, batches: 3000, random, pace }).limits.slice(2000)),
        ).toBeGreaterThan(10);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps to bounds that were changed", () => {
    const bounds = { least: 3, most: 3 };
    const ended = { begunAt: 0, endedAt: 1, waiting: true };
    expect(paceAfter({ ...firstPace({ least: 1, most: 9 }), limit: 9 }, { ended, bounds }).limit).toBe(3);
  });
});
