import { describe, expect, it } from "vitest";
import type { Event } from "../../core/events.ts";
import { Takeovers } from "./takeovers.ts";

const failure = { code: "TIMEOUT", message: "late", class: "timeout" } as const;
const failed = (address: string, fallback?: string): Event => ({
  type: "node.ended",
  at: 1,
  address,
  end: "failed",
  failure,
  ...(fallback === undefined ? {} : { tolerated: { fallback } }),
});

/** Whether `fallback` takes over from `address`, which fails after these. */
function takesOver(address: string, ...before: readonly Event[]): boolean {
  const heard = new Takeovers();
  for (const event of [...before, failed(address, "mend")]) heard.hear(event);
  return heard.takesOver(address, "mend");
}

describe("a fallback", () => {
  it("takes over in a block that goes on", () => {
    expect(takesOver("a")).toBe(true);
    expect(takesOver("b/a", failed("c/x"), failed("d", "e"), failed("x~undo"))).toBe(true);
    expect(takesOver("b[k/1]/a", failed("b[k/2]/x"), failed("b#1/x"))).toBe(true);
    expect(takesOver("a", failed("b"), { type: "run.restarted", at: 1, reason: "resume" } as Event)).toBe(
      true,
    );
    expect(takesOver("a", { type: "run.control", at: 1, verb: "pause" })).toBe(true);
    expect(takesOver("a", { type: "run.status", at: 1, to: "executing" } as Event)).toBe(true);
  });

  it("takes over on the next way of a decision of which one has failed", () => {
    const after = { way: "x", failure };
    const next: Event = { type: "branch.decided", at: 1, address: "b", way: "y", saw: [], after };
    expect(takesOver("b/y/a", failed("b/x/a"), failed("b/x"), next)).toBe(true);
    expect(takesOver("b/y/a", failed("b/x/a"), failed("b/x"), { ...next, way: null })).toBe(false);
  });

  it("is not begun in one that has stopped, nor in one inside it", () => {
    expect(takesOver("a", failed("b"))).toBe(false);
    expect(takesOver("b/c/a", failed("b/x"))).toBe(false);
    expect(takesOver("b[k/1]/a", failed("b[k/2]"))).toBe(false);
    expect(takesOver("b#2/c/a", failed("b#2/x"))).toBe(false);
    expect(takesOver("b/a", failed("x"))).toBe(false);
    expect(takesOver("b/a", { type: "node.ended", at: 1, address: "b/x", end: "cancelled" })).toBe(false);
    expect(takesOver("b/a", { type: "join.missed", at: 1, address: "b" })).toBe(false);
    expect(takesOver("b/a", { type: "join.reached", at: 1, address: "b" })).toBe(false);
    expect(takesOver("b/a", { type: "time.up", at: 1, address: "b", usedMs: 2, capMs: 1 })).toBe(false);
    expect(takesOver("b/a", { type: "run.control", at: 1, verb: "cancel" })).toBe(false);
  });

  it("stands in, too, for one that fails later when it was begun before the block stopped", () => {
    expect(takesOver("a", failed("c", "mend"), failed("b"))).toBe(true);
  });
});
