import { array, assert, asyncProperty, constantFrom, integer } from "fast-check";
import { describe, expect, it } from "vitest";
import { isTuttiError } from "../../errors.ts";
import { event, newRun, pause } from "../../testing/run-store-harness.ts";
import { partOf } from "../../testing/stream-store-harness.ts";
import { createFakeClock } from "./fake-clock.ts";
import { SimulatedCrash, type AppendFault } from "./faults.ts";
import { createMemoryStore } from "./store.ts";

const clock = createFakeClock();

describe("the faults of the memory store", () => {
  it("crash before an append: nothing of it is there, and the process is dead", async () => {
    const store = createMemoryStore({
      clock,
      faults: { onAppend: ({ count }) => (count === 2 ? "crash-before" : undefined) },
    });
    const log = await store.runs.create(newRun("a"), [event(0)]);
    await log.append([event(1)]);
    const results = await Promise.allSettled([
      log.append([event(2)]),
      log.append([event(3)]),
      log.inbox(),
      log.release(),
    ]);
    for (const one of results)
      expect(one).toMatchObject({ status: "rejected", reason: expect.any(SimulatedCrash) });
    const next = await store.restart().runs.open("a");
    expect(next.events).toEqual([event(0), event(1)]);
  });

  it("crash after an append: it is there, and nobody was told", async () => {
    const store = createMemoryStore({ clock, faults: { onAppend: () => "crash-after" } });
    const log = await store.runs.create(newRun("a"), []);
    await expect(log.append([event(1)])).rejects.toBeInstanceOf(SimulatedCrash);
    expect((await store.restart().runs.open("a")).events).toEqual([event(1)]);
  });

  it("crash around a creation: the run is there whole, or not at all", async () => {
    const faults = ["disk-full", "crash-before", "crash-after"] as const;
    let store = createMemoryStore({ clock });
    for (const [i, fault] of faults.entries()) {
      store = store.restart({ faults: { onCreate: () => fault } });
      const creation = store.runs.create(newRun(`${i}`), [event(i)]);
      await expect(creation).rejects.toSatisfy((error) =>
        fault === "disk-full" ? isTuttiError(error, "STORE_FULL") : error instanceof SimulatedCrash,
      );
    }
    const next = store.restart().runs;
    expect((await next.list()).map(({ runId }) => runId)).toEqual(["2"]);
    expect((await next.open("2")).events).toEqual([event(2)]);
  });

  it("lose the lease: the append is refused, and the run is free for the next", async () => {
    const store = createMemoryStore({ clock, faults: { onAppend: () => "lose-lease" } });
    const log = await store.runs.create(newRun("a"), []);
    await expect(log.append([event(1)])).rejects.toSatisfy((error) => isTuttiError(error, "LEASE_LOST"));
    expect((await store.runs.open("a")).events).toEqual([]);
  });

  it("strike a change of a stream as they do an append", async () => {
    const faults = ["crash-before", "disk-full", "lose-lease", "crash-after"] as const;
    const id = { runId: "a", address: "flow" };
    let store = createMemoryStore({ clock });
    const reasons = [];
    for (const [head, fault] of faults.entries()) {
      store = store.restart({ faults: { onChange: ({ count }) => (count === 2 ? fault : undefined) } });
      const stream = await store.streams.open(id);
      await stream.commit({ head: `before ${head}` });
      const change = { head, put: [partOf("q", { batch: head })] };
      const results = await Promise.allSettled([stream.commit(change), stream.commit(change)]);
      reasons.push(results.map((one) => one.status === "rejected" && codeOf(one.reason)));
    }
    expect(reasons).toEqual(["crash", "STORE_FULL", "LEASE_LOST", "crash"].map((reason) => [reason, reason]));
    const snapshot = createMemoryStore({ clock, disk: store.snapshot() });
    await (
      await store.restart().streams.open(id)
    ).commit({ head: "later", remove: [{ queue: "q", batch: 3 }] });
    expect((await snapshot.streams.open(id)).kept).toMatchObject({
      head: 3,
      queues: [{ first: 3, last: 3, count: 3 }],
    });
  });

  it("deliver a message twice, or kill its sender", async () => {
    const faults = ["duplicate", "crash-after"] as const;
    const store = createMemoryStore({ clock, faults: { onPost: ({ count }) => faults[count - 1] } });
    await store.runs.create(newRun("a"), []);
    await store.runs.post("a", pause(1));
    await expect(store.runs.post("a", pause(2))).rejects.toBeInstanceOf(SimulatedCrash);
    const log = await store.restart().runs.open("a");
    const messages = await log.inbox();
    expect(messages.map(({ input }) => input)).toEqual([pause(1), pause(1), pause(2)]);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(3);
  });

  it("keep a snapshot as it was, without its leases", async () => {
    const store = createMemoryStore({ clock });
    const log = await store.runs.create(newRun("a"), [event(0)]);
    const disk = store.snapshot();
    await log.append([event(1)], { status: "executing" });
    const past = createMemoryStore({ clock, disk });
    const [row] = await past.runs.list();
    expect(row?.status).toBe("initializing");
    expect(row?.owner).toBeUndefined();
    expect((await past.runs.open("a")).events).toEqual([event(0)]);
    await log.append([event(2)]);
    expect(await store.runs.read("a")).toEqual([0, 1, 2].map(event));
  });

  it("never lose an acknowledged append nor keep a refused one, whatever happens", async () => {
    const fault = constantFrom<AppendFault | undefined>(
      undefined,
      undefined,
      "crash-before",
      "crash-after",
      "lose-lease",
      "disk-full",
    );
    await assert(
      asyncProperty(
        array(fault, { minLength: 1, maxLength: 30 }),
        integer({ min: 1, max: 5 }),
        async (plan, width) => {
          const first = createMemoryStore({ clock });
          await (await first.runs.create(newRun("a"), [])).release();
          let store = first.restart();
          const stored: number[] = [];
          const perhaps = new Set<number>();
          for (const [round, faultNow] of plan.entries()) {
            store = store.restart({
              faults: { onAppend: ({ count }) => (count === 2 ? faultNow : undefined) },
            });
            const log = await store.runs.open("a");
            const ids = Array.from({ length: width }, (_, i) => round * 10 + i);
            const results = await Promise.allSettled(ids.map((id) => log.append([event(id)])));
            for (const [i, one] of results.entries()) {
              const id = ids[i] ?? 0;
              if (one.status === "fulfilled") stored.push(id);
              else if (one.reason instanceof SimulatedCrash) perhaps.add(id);
            }
            const found = (await store.restart().runs.read("a")).map(({ at }) => at);
            expect(found.filter((id) => !perhaps.has(id))).toEqual(stored);
            expect(found).toEqual(found.toSorted((a, b) => a - b));
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("the fake clock", () => {
  it("fires timers of one time in the order they were set, each at its time, also those set meanwhile", () => {
    const fake = createFakeClock({ now: 1_000_000 });
    const fired: string[] = [];
    const log = (name: string) => () => fired.push(`${name} ${fake.now() - 1_000_000}`);
    fake.at(1_000_020, log("c"));
    fake.at(1_000_010, () => {
      log("a")();
      fake.at(1_000_015, log("inner"));
      fake.at(5, log("past"));
    });
    fake.at(1_000_010, log("b"));
    fake.at(1_000_021, log("later"));
    expect(fake.nextDueAt()).toBe(1_000_010);
    fake.advance(20);
    expect(fired).toEqual(["a 10", "past 10", "b 10", "inner 15", "c 20"]);
    expect(fake.now()).toBe(1_000_020);
    expect(fake.nextDueAt()).toBe(1_000_021);
    fake.advance(1);
    expect(fake.nextDueAt()).toBeUndefined();
  });
});

function codeOf(reason: unknown): unknown {
  return reason instanceof SimulatedCrash ? "crash" : isTuttiError(reason) && reason.code;
}
