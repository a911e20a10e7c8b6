import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Rate, type RateLimit } from "./rate.ts";

const limits = fc.record({ count: fc.integer({ min: 1, max: 5 }), perMs: fc.integer({ min: 1, max: 100 }) });

/** The shortest stretch of time that has more of them than it may. */
function shortestBeyond(times: readonly number[], { count }: RateLimit): number {
  return Math.min(...times.slice(count).map((until, index) => until - (times[index] ?? 0)));
}

describe("a rate", () => {
  it("lets no more batches begin in any stretch of time, and all that it may", () => {
    fc.assert(
      fc.property(limits, fc.array(fc.nat({ max: 60 }), { maxLength: 60 }), (limit, waits) => {
        const rate = new Rate(limit);
        const times: number[] = [];
        let now = 0;
        for (const wait of waits) {
          const wanted = now + wait;
          now = rate.nextAt(wanted);
          const before = times.at(-limit.count);
          expect(now).toBe(before === undefined ? wanted : Math.max(wanted, before + limit.perMs));
          rate.begin(now);
          times.push(now);
        }
        expect(shortestBeyond(times, limit)).toBeGreaterThanOrEqual(limit.perMs);
      }),
    );
  });

  it("holds across restarts, with batches begun that nobody wrote down", () => {
    const step = fc.record({ wait: fc.nat({ max: 60 }), saves: fc.boolean(), crashes: fc.boolean() });
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 60 }), (limit, steps) => {
        let rate = new Rate(limit);
        let kept = rate.kept(0);
        let unknown = 0;
        let now = 0;
        const times: number[] = [];
        for (const { wait, saves, crashes } of steps) {
          now = rate.nextAt(now + wait);
          rate.begin(now);
          times.push(now);
          unknown += 1;
          if (saves) {
            kept = rate.kept(now);
            unknown = 0;
          }
          if (crashes) rate = new Rate(limit, { kept, unknown: { begun: unknown, last: now } });
        }
        expect(shortestBeyond(times, limit)).toBeGreaterThanOrEqual(limit.perMs);
      }),
    );
  });

  it("keeps nothing that does not count any more", () => {
    const rate = new Rate({ count: 3, perMs: 100 });
    for (const at of [0, 50, 60]) rate.begin(at);
    expect([rate.kept(60), rate.kept(100), rate.kept(160)]).toEqual([
      { begun: 3, last: 60 },
      { begun: 2, last: 60 },
      undefined,
    ]);
  });

  it("waits for one stretch at most when the clock was set back", () => {
    const rate = new Rate({ count: 1, perMs: 100 });
    rate.begin(1_000_000);
    expect([rate.nextAt(5), rate.nextAt(80), rate.nextAt(105)]).toEqual([105, 105, 105]);
  });
});
