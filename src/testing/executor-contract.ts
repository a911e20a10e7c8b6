import { getEventListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTaskContext } from "./task-context.ts";
import type { TaskContextOptions } from "./task-context.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Request } from "../core/effects.ts";
import type { Executor } from "../ports/executor.ts";

/** One executor with requests that show what it does. */
export interface ExecutorCase {
  readonly executor: Executor;
  /** Ends well. */
  readonly good: Request;
  /** Ends with a failure of the work itself. */
  readonly bad: Request;
  /** Does not end by itself, says nothing, and ends when it is stopped. */
  readonly endless: Request;
  /** Gives an output of so many bytes. */
  readonly large: (bytes: number) => Request;
  /** Whether what `endless` or `good` started runs now. */
  readonly isRunning: () => boolean;
  /** `isRunning` looks at the other side of a network, which learns of the end a moment later. */
  readonly isRemote?: boolean;
  readonly close?: () => Promise<void>;
}

/** What every driver of `Executor` does. */
export function describeExecutorContract(
  name: string,
  factory: () => ExecutorCase | Promise<ExecutorCase>,
): void {
  describe(`${name} keeps the contract of Executor`, () => {
    const bench: { case?: ExecutorCase } = {};
    beforeAll(async () => {
      bench.case = await factory();
    });
    afterAll(() => bench.case?.close?.());
    const made = (): ExecutorCase => {
      if (!bench.case) throw new Error("The factory has not run");
      return bench.case;
    };
    describeOutcomes(made);
    describeStops(made);
    describeOutput(made);
  });
}

type Made = () => ExecutorCase;

function execute(made: ExecutorCase, request: Request, options: TaskContextOptions = {}): Promise<Outcome> {
  return made.executor.execute(request, createTaskContext(options).context);
}

function describeOutcomes(made: Made): void {
  it("does the kind of request it names", () => {
    const { executor, good, bad, endless, large } = made();
    const kinds = [good, bad, endless, large(1)].map((request) => request.kind);
    expect(new Set(kinds)).toEqual(new Set([executor.kind]));
  });

  it("resolves with a good outcome that is JSON", async () => {
    const outcome = await execute(made(), made().good);
    expect(outcome.ok).toBe(true);
    expect(outcome.failure).toBeUndefined();
    expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome);
  });

  it("resolves with a failure when the work fails", async () => {
    const outcome = await execute(made(), made().bad);
    expect(outcome.ok).toBe(false);
    expect(outcome.failure).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome);
  });

  it("leaves no listener on the signal", async () => {
    const { signal } = new AbortController();
    await execute(made(), made().good, { signal });
    await execute(made(), made().bad, { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
}

function describeStops(made: Made): void {
  it("rejects with the signal's reason on abort, and nothing it started runs then", async () => {
    const stopper = new AbortController();
    const reason = new Error("the person said stop");
    const running = execute(made(), made().endless, { signal: stopper.signal });
    running.catch(() => {}); // looked at below
    await until(() => made().isRunning());
    stopper.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expectEnded(made());
  });

  it("starts nothing when the signal aborted before", async () => {
    const reason = new Error("too late");
    await expect(execute(made(), made().endless, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expectEnded(made());
  });

  it("ends the work at its timeout with TIMEOUT", async () => {
    const outcome = await execute(made(), made().endless, { policy: { timeoutMs: 300 } });
    expect(outcome).toMatchObject({ ok: false, failure: { code: "TIMEOUT", class: "timeout" } });
    await expectEnded(made());
  });

  it("ends silent work after its idle time with IDLE", async () => {
    const outcome = await execute(made(), made().endless, { policy: { idleMs: 300 } });
    expect(outcome).toMatchObject({ ok: false, failure: { code: "IDLE", class: "timeout" } });
    await expectEnded(made());
  });
}

function describeOutput(made: Made): void {
  it("puts output beyond the cap into an artifact, whole", async () => {
    const { context, store } = createTaskContext({ policy: { outputBytes: 10_000 } });
    const outcome = await made().executor.execute(made().large(200_000), context);
    expect(outcome.ok).toBe(true);
    expect(JSON.stringify(outcome).length).toBeLessThan(50_000);
    const [id = "none"] = Object.values(outcome.artifacts ?? {});
    expect((await store.get(id)).length).toBeGreaterThanOrEqual(200_000);
  });

  it("keeps output within the cap in the outcome", async () => {
    const outcome = await execute(made(), made().large(5000), { policy: { outputBytes: 10_000 } });
    expect(outcome.artifacts).toBeUndefined();
    expect(outcome.output).toHaveLength(5000);
  });
}

async function expectEnded({ isRunning, isRemote = false }: ExecutorCase): Promise<void> {
  if (isRemote) await until(() => !isRunning());
  expect(isRunning()).toBe(false);
}

async function until(holds: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error("It did not come to hold");
    await delay(5);
  }
}
