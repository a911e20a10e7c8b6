import { expect, it } from "vitest";
import { defaultFlow } from "../language/pipeline.ts";
import type { Outcome } from "../core/outcome.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { createStageHost } from "../../test/stage-world.ts";
import { driveStream } from "./drive.ts";
import type { WaitingTry } from "./host.ts";

const inFiveMinutes = Date.UTC(2026, 0, 1, 0, 5);
const id = { runId: "r", address: "p" };
const failure = {
  code: "BREAKER_OPEN",
  message: "Cannot try now",
  class: "transient",
  breaker: "service http://x",
  resetAt: inFiveMinutes,
} as const;

/** Three records on their way into a service; `answers`: what comes of each try. */
async function posting(answers: Outcome[]) {
  const waits: (WaitingTry & { readonly free: () => void })[] = [];
  const stage = createStageHost({ answer: () => answers.shift() ?? { ok: true } });
  const host = {
    ...stage,
    scope: (root: string) => (root === "inputs" ? { items: [1, 2, 3] } : undefined),
    waiting: (wait: WaitingTry, free: () => void) => {
      waits.push({ ...wait, free });
      return () => void waits.pop();
    },
  };
  const stream = await createMemoryStore({ clock: host.clock }).streams.open(id);
  const { signal } = new AbortController();
  const sink = { name: "http", from: ["source"], batchSize: 10, batchWaitMs: 0, kind: "http" } as const;
  const handle = driveStream({
    pipeline: {
      source: { kind: "list", items: "${ inputs.items }" },
      stages: [],
      sinks: [{ ...sink, url: "http://x/", method: "POST", headers: {}, format: { kind: "jsonl" } }],
      flow: defaultFlow,
      continuous: false,
      alerts: [],
    },
    stream,
    host,
    signal,
  });
  return { handle, waits, asked: stage.asked };
}

/** Lets go on what is under way; nothing here waits for a time. */
async function turns(): Promise<void> {
  for (let count = 0; count < 50; count += 1) await new Promise(setImmediate);
}

it("says what a sink waits for, and tries before the time when that is over", async () => {
  const { handle, waits, asked } = await posting([{ ok: false, failure }]);
  await turns();
  expect(waits).toMatchObject([{ place: "http", dueAt: inFiveMinutes, failure }]);
  waits[0]?.free();
  expect(await handle.done).toMatchObject({ status: "completed" });
  expect([waits, asked.length]).toEqual([[], 2]);
});

it("is drained when nothing is left but what waits, with its records kept", async () => {
  const { handle, waits } = await posting([{ ok: false, failure }]);
  await turns();
  handle.drain();
  expect(await handle.done).toEqual({ status: "paused" });
  expect(waits).toEqual([]);
  expect(handle.figures().places).toMatchObject([{ name: "http", done: 0, dead: 0, waiting: 3 }]);
});
