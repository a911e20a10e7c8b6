import { setImmediate as tick } from "node:timers/promises";
import { create } from "../core/advance.ts";
import type { Event } from "../core/events.ts";
import type { Outcome } from "../core/outcome.ts";
import type { RunState } from "../core/state.ts";
import type { Workflow } from "../language/workflow.ts";
import type { Performer, WorkContext, WorkEffect } from "../ports/performer.ts";
import type { RunLog } from "../ports/run-store.ts";
import { RunLoop, type LoopOptions } from "../runtimes/loop.ts";
import { createFakeClock, type FakeClock } from "../runtimes/memory/fake-clock.ts";
import type { MemoryFaults } from "../runtimes/memory/faults.ts";
import { createMemoryStore, type MemoryStore } from "../runtimes/memory/store.ts";

interface Work {
  readonly effect: WorkEffect;
  readonly context: WorkContext;
  readonly end: (outcome?: Partial<Outcome>) => void;
  readonly reject: (error: unknown) => void;
}

/** A run in memory, its loop, and what it asked for. */
export interface LoopBench {
  readonly loop: RunLoop;
  readonly store: MemoryStore;
  readonly clock: FakeClock;
  readonly state: RunState;
  readonly log: RunLog;
  /** Work that was begun, in order, also what has ended. */
  readonly works: readonly Work[];
  readonly seen: readonly Event[];
  /** The latest work at an address. */
  readonly work: (address: string) => Work;
  readonly stored: () => Promise<readonly Event[]>;
}

interface LoopBenchOptions extends Partial<LoopOptions> {
  readonly faults?: MemoryFaults;
}

/** A run in memory whose work the test does. */
export async function loopBench(
  workflow: Workflow,
  { faults = {}, ...options }: LoopBenchOptions = {},
): Promise<LoopBench> {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock, faults });
  const { state, events } = create({
    type: "create",
    at: clock.now(),
    runId: "r1",
    seed: "5eed",
    workflow,
    inputs: {},
    plan: { expectedMs: {} },
    overrides: {},
  });
  const row = { runId: "r1", name: "test", createdAt: clock.now(), origin: "<test>", source: "" };
  const log = await store.runs.create(row, events);
  const works: Work[] = [];
  const seen: Event[] = [];
  const perform: Performer = (effect, context) => {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    works.push({ effect, context, end: (outcome) => resolve({ ok: true, ...outcome }), reject });
    context.signal.addEventListener("abort", () => reject(context.signal.reason));
    return promise;
  };
  const onEvents = (more: readonly Event[]): void => void seen.push(...more);
  const loop = new RunLoop({ log, state, clock, perform, onEvents, ...options }, events);
  const work = (address: string): Work => {
    const found = works.findLast(({ effect }) => effect.address === address);
    if (!found) throw new Error(`${address} was not begun: ${works.map((one) => one.effect.id).join(", ")}`);
    return found;
  };
  return { loop, store, clock, state, log, works, seen, work, stored: () => store.runs.read("r1") };
}

/** Lets the loop do what it can do now. */
export async function calm(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await tick();
}
