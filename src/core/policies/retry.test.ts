import { assert, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultRetry } from "../../language/workflow.ts";
import type { Failure } from "../outcome.ts";
import { chance } from "./chance.ts";
import { retryAfter, type RetryQuestion } from "./retry.ts";

function failed(failure: Partial<Failure> = {}, also: Partial<RetryQuestion> = {}) {
  return retryAfter({
    failure: { code: "HTTP_FAILED", message: "a hiccup", class: "transient", ...failure },
    policy: defaultRetry,
    retries: 0,
    attempt: 1,
    at: 1000,
    seed: "s",
    ...also,
  });
}

function pauseMs(retries: number, policy: Partial<RetryQuestion["policy"]> = {}, seed = "s"): number {
  const whole = { ...defaultRetry, max: 100, ...policy };
  return (failed({}, { retries, attempt: retries + 1, policy: whole, seed })?.dueAt ?? 0) - 1000;
}

describe("a retry", () => {
  it("waits 1, 2, 4 and 8 seconds, and up to a quarter more", () => {
    assert(
      property(string(), (seed) => {
        [1000, 2000, 4000, 8000].forEach((baseMs, retries) => {
          const ms = pauseMs(retries, {}, seed);
          expect(ms).toBeGreaterThanOrEqual(baseMs);
          expect(ms).toBeLessThanOrEqual(baseMs * 1.25);
        });
      }),
    );
  });

  it("never waits much longer than five minutes", () => {
    expect(pauseMs(40)).toBeLessThanOrEqual(5 * 60_000 * 1.25);
  });

  it("waits always the same, or not at all, when the step says so", () => {
    for (const retries of [0, 1, 5]) {
      expect(pauseMs(retries, { backoff: "none" })).toBe(0);
      const ms = pauseMs(retries, { backoff: "constant", baseMs: 100 });
      expect(ms).toBeGreaterThanOrEqual(100);
      expect(ms).toBeLessThanOrEqual(125);
    }
  });

  it("waits the same again on a replay, and different for another step", () => {
    expect(pauseMs(0)).toBe(pauseMs(0));
    expect(new Set(["a", "b", "c", "d"].map((seed) => pauseMs(0, {}, seed))).size).toBeGreaterThan(1);
  });

  it("comes three times by default", () => {
    expect([0, 1, 2, 3].map((retries) => failed({}, { retries }) !== undefined)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it("comes only for what can succeed again, and what the step lists", () => {
    const classes = [
      "transient",
      "quota",
      "timeout",
      "failure",
      "permanent",
      "cancelled",
      "interrupted",
    ] as const;
    const policy = { ...defaultRetry, on: ["transient", "quota", "timeout", "failure"] as const };
    expect(classes.map((one) => failed({ class: one }, { policy })?.because)).toEqual([
      "transient",
      "quota",
      "timeout",
      "failure",
      undefined,
      undefined,
      undefined,
    ]);
    expect(classes.map((one) => failed({ class: one })?.because)).toEqual([
      "transient",
      "quota",
      ...Array.from({ length: 5 }),
    ]);
  });

  it("waits for the time a quota is reset, and uses up none of the retries", () => {
    const used = { retries: 3, attempt: 10 };
    expect(failed({ class: "quota", resetAt: 90_000 }, used)).toEqual({ because: "quota", dueAt: 90_000 });
    expect(failed({ class: "quota" }, used)?.dueAt).toBe(61_000);
  });

  it("waits longer each time when a quota is used up again at the time at which it was to be reset", () => {
    const pauses = [1, 2, 3, 4, 8, 50].map((attempt) => {
      const { dueAt = 0 } = failed({ class: "quota", resetAt: 5 }, { attempt }) ?? {};
      return dueAt - 1000;
    });
    expect(pauses).toEqual([0, 1000, 2000, 4000, 60_000, 60_000]);
  });

  it("waits for the time a circuit breaker lets one through, uses up none of the retries, and ends some time", () => {
    const open = { code: "BREAKER_OPEN", breaker: "agent a", resetAt: 90_000 } as const;
    expect(failed(open, { retries: 3, attempt: 10 })).toEqual({ because: "breaker", dueAt: 90_000 });
    expect(failed({ ...open, resetAt: 5 })?.dueAt).toBe(1000);
    expect(failed({ code: "BREAKER_OPEN", breaker: "agent a" })?.dueAt).toBe(1000);
    expect(failed(open, { attempt: 500 })).toBeDefined();
    expect(failed(open, { attempt: 501 })).toBeUndefined();
  });

  it("gives a provider up that refuses for quota fifty times", () => {
    expect(failed({ class: "quota" }, { attempt: 50 })).toBeDefined();
    expect(failed({ class: "quota" }, { attempt: 51 })).toBeUndefined();
  });
});

describe("chance", () => {
  it("lies in [0, 1) and is the same for the same text", () => {
    assert(
      property(string(), (text) => {
        const roll = chance(text);
        expect(roll).toBeGreaterThanOrEqual(0);
        expect(roll).toBeLessThan(1);
        expect(chance(text)).toBe(roll);
      }),
    );
  });

  it("is spread evenly, also over texts that hardly differ", () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 10_000; n += 1) {
      const tenth = Math.floor(chance(`seed:${n}`) * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
