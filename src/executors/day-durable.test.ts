import { expect, it } from "vitest";
import type { Performer } from "../ports/performer.ts";
import { parallelOf } from "../testing/core-run.ts";
import { calm, loopBench } from "../testing/loop-bench.ts";
import type { MemoryFaults } from "../runtimes/memory/faults.ts";
import { SimulatedCrash } from "../runtimes/memory/faults.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { withinDays } from "./day-budget.ts";

type Fault = ReturnType<NonNullable<MemoryFaults["onAppend"]>>;

/** A run of one agent step that answers, and what goes wrong when the answer would become durable. */
async function answered(fault: Fault) {
  const booked: unknown[] = [];
  const run = await loopBench(parallelOf([{ name: "a", command: "/task" }]), {
    faults: {
      onAppend: ({ events }) => (events.some(({ type }) => type === "attempt.ended") ? fault : undefined),
    },
    perform: (effect, context) => perform(effect, context),
  });
  const { clock, store } = run;
  const answer: Performer = async () => ({
    ok: true,
    usage: { costUsd: 0.25, inputTokens: 2, outputTokens: 1 },
  });
  const perform = withinDays(answer, { ledger: store.days, clock, rehearsing: new Set() });
  const end = run.loop.run();
  const failure = await end.then(
    () => undefined,
    (error: unknown) => error,
  );
  await calm();
  const next = createMemoryStore({ clock, disk: store.disk });
  const events = await next.runs.read("r1");
  const entries = await next.days.entries(new Date(clock.now()).toISOString().slice(0, 10));
  booked.push(...entries.map(({ state, costUsd }) => [state, costUsd]));
  return { failure, isInLog: events.some(({ type }) => type === "attempt.ended"), booked };
}

it("books the price of an answer in the commit in which the log has the answer", async () => {
  expect(await answered(undefined)).toEqual({ failure: undefined, isInLog: true, booked: [["ended", 0.25]] });
  const crashed = { failure: expect.any(SimulatedCrash) };
  expect(await answered("crash-before")).toEqual({ ...crashed, isInLog: false, booked: [["lost", null]] });
  expect(await answered("crash-after")).toEqual({ ...crashed, isInLog: true, booked: [["ended", 0.25]] });
});

it("books what an answer did cost that another process would not let into the log", async () => {
  expect(await answered("lose-lease")).toMatchObject({ isInLog: false, booked: [["ended", 0.25]] });
});
