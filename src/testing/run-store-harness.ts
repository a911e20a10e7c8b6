import { expect } from "vitest";
import type { Event, Input } from "../core/events.ts";
import { isTuttiError, type ErrorCode } from "../errors.ts";
import type { NewRun, RunStore } from "../ports/run-store.ts";

export interface RunStoreHarness {
  /** A process of its own over the same data. */
  readonly open: () => Promise<StoreProcess>;
}

export interface StoreProcess {
  readonly store: RunStore;
  /** As by `kill -9`. */
  readonly kill: () => Promise<void>;
  /** Stops it for longer than its leases hold, then lets it go on. */
  readonly stall: () => Promise<void>;
  /** Makes appends fail for want of space. */
  readonly fillDisk: () => Promise<void>;
}

export function newRun(runId: string, createdAt = 1): NewRun {
  return { runId, name: `run ${runId}`, createdAt, origin: "chain.yaml", source: "chain: []\n" };
}

/** A small event that says which one it is. */
export function event(at: number): Event {
  return { type: "run.recovered", at };
}

/** An event with a text of any size. */
export function output(at: number, stdout: string): Event {
  return { type: "attempt.ended", at, address: "step", attempt: 1, outcome: { ok: true, stdout } };
}

/** Waits for a condition, looking often. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { withinMs }: { readonly withinMs: number },
): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await condition())) {
    expect(performance.now(), "the condition holds in time").toBeLessThan(endMs);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export function pause(at: number): Input {
  return { type: "pause", at, by: "test" };
}

export function signal(at: number, payload: string): Input {
  return { type: "signal", at, name: "go", payload };
}

/** True for an error of this code; for `toSatisfy`. */
export function refused(code: ErrorCode): (error: unknown) => boolean {
  return (error) => isTuttiError(error, code);
}

/** Text that cannot be compressed to nothing. */
export function randomText(length: number): string {
  let state = 1;
  let text = "";
  while (text.length < length) {
    state = (state * 48_271) % 2_147_483_647;
    text += state.toString(36);
  }
  return text.slice(0, length);
}

export function valuedEvents(): readonly Event[] {
  const texts = [
    "",
    "é\u0000\n\"'$(x)`",
    "\ud800 alone",
    "x".repeat(5000),
    "y".repeat(16_384),
    "z".repeat(100_000),
  ];
  const lone = `\udc00${"w".repeat(20_000)}`;
  const list = Array.from({ length: 5000 }, (_, i) => ({ i, text: `item ${i}`, none: null }));
  return [
    ...texts.map((text, i) => output(i, text)),
    output(50, lone),
    { type: "signal.received", at: 60, name: "s", payload: list },
    {
      type: "attempt.ended",
      at: 61,
      address: "a",
      attempt: 1,
      outcome: { ok: true, output: list, stdout: "s" },
    },
    {
      type: "signal.received",
      at: 62,
      name: "s",
      payload: { $artifact: "sha256:x", id: `sha256:${"0".repeat(64)}` },
    },
  ];
}
