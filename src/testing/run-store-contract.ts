import { expect, it } from "vitest";
import type { Event } from "../core/events.ts";
import { isTuttiError } from "../errors.ts";
import { mailboxContract } from "./mailbox-contract.ts";
import {
  event,
  newRun,
  output,
  pause,
  randomText,
  refused,
  valuedEvents,
  type RunStoreHarness,
} from "./run-store-harness.ts";

/** Every line of the contract in `ports/run-store.ts`. */
export function runStoreContract(createHarness: () => Promise<RunStoreHarness>): void {
  it("reads what was created and appended, in order, without a lease", async () => {
    const harness = await createHarness();
    const [{ store }, reader] = [await harness.open(), await harness.open()];
    const log = await store.create(newRun("a"), [event(0)]);
    expect(log.runId).toBe("a");
    expect(log.events).toEqual([event(0)]);
    await log.append([event(1), event(2)]);
    await log.append([event(3)]);
    expect(await store.read("a")).toEqual([0, 1, 2, 3].map(event));
    expect(await reader.store.read("a")).toEqual([0, 1, 2, 3].map(event));
  });

  it("leaves out the events that the reader has, wherever appends begin and end", async () => {
    const harness = await createHarness();
    const [{ store }, reader] = [await harness.open(), await harness.open()];
    const log = await store.create(newRun("a"), [event(0)]);
    await log.append([event(1), event(2)]);
    for (const after of [0, 1, 2, 3, 4, 1]) {
      expect(await reader.store.read("a", { after })).toEqual([0, 1, 2].slice(after).map(event));
    }
    await log.append([event(3)]);
    expect(await reader.store.read("a", { after: 3 })).toEqual([event(3)]);
    expect(await reader.store.read("a")).toEqual([0, 1, 2, 3].map(event));
  });

  it("lists the runs whose id begins with a prefix, as written", async () => {
    const { store } = await (await createHarness()).open();
    for (const id of ["ab1", "ab2", "b", "a%"]) await store.create(newRun(id), []);
    const ids = async (prefix: string) => (await store.list({ prefix })).map(({ runId }) => runId);
    expect(await ids("ab")).toEqual(["ab2", "ab1"]);
    expect(await ids("a%")).toEqual(["a%"]);
    expect(await ids("AB")).toEqual([]);
    expect(await ids("")).toHaveLength(4);
  });

  it("keeps values of any kind and size as they were", async () => {
    const { store } = await (await createHarness()).open();
    const events = valuedEvents();
    const log = await store.create(newRun("a"), events.slice(0, 1));
    await Promise.all(events.slice(1).map((one) => log.append([one])));
    expect(await store.read("a")).toEqual(events);
    await log.release();
    expect((await store.open("a")).events).toEqual(events);
  });

  it("is not changed by what the caller does with an event afterwards", async () => {
    const { store } = await (await createHarness()).open();
    const list = ["kept"];
    const given: Event = { type: "signal.received", at: 1, name: "s", payload: list };
    const log = await store.create(newRun("a"), [event(0)]);
    const done = log.append([given]);
    list.push("too late");
    await done;
    expect(await store.read("a")).toEqual([event(0), { ...given, payload: ["kept"] }]);
  });

  it("refuses an id that exists with INTERNAL and changes nothing", async () => {
    const { store } = await (await createHarness()).open();
    await store.create(newRun("a"), [event(0)]);
    await expect(store.create(newRun("a"), [event(9)])).rejects.toSatisfy(refused("INTERNAL"));
    expect(await store.read("a")).toEqual([event(0)]);
  });

  it("says RUN_NOT_FOUND for a run that does not exist", async () => {
    const { store } = await (await createHarness()).open();
    await expect(store.open("x")).rejects.toSatisfy(refused("RUN_NOT_FOUND"));
    await expect(store.read("x")).rejects.toSatisfy(refused("RUN_NOT_FOUND"));
    await expect(store.post("x", pause(1))).rejects.toSatisfy(refused("RUN_NOT_FOUND"));
  });

  it("says RUN_OWNED while the holder lives, also to the holder itself", async () => {
    const harness = await createHarness();
    const [first, second] = [await harness.open(), await harness.open()];
    await first.store.create(newRun("a"), [event(0)]);
    await expect(second.store.open("a")).rejects.toSatisfy(refused("RUN_OWNED"));
    await expect(first.store.open("a")).rejects.toSatisfy(refused("RUN_OWNED"));
  });

  it("gives a released run to the next, which sees all events; the earlier log appends nothing more", async () => {
    const harness = await createHarness();
    const [first, second] = [await harness.open(), await harness.open()];
    const log = await first.store.create(newRun("a"), [event(0)]);
    const pending = log.append([event(1)]);
    await log.release();
    await pending;
    const next = await second.store.open("a");
    expect(next.events).toEqual([event(0), event(1)]);
    await expect(log.append([event(2)])).rejects.toSatisfy(refused("LEASE_LOST"));
    await next.append([event(3)]);
    await log.release();
    await next.append([event(4)]);
    expect(await second.store.read("a")).toEqual([0, 1, 3, 4].map(event));
  });

  it("gives the runs of a closed store to the next", async () => {
    const harness = await createHarness();
    const [first, second] = [await harness.open(), await harness.open()];
    await first.store.create(newRun("a"), [event(0)]);
    await first.store.close();
    expect((await second.store.open("a")).events).toEqual([event(0)]);
  });

  it("follows a holder that was killed at once, and keeps all it was told is durable", async () => {
    const harness = await createHarness();
    const [first, second] = [await harness.open(), await harness.open()];
    const log = await first.store.create(newRun("a"), [event(0)]);
    for (let i = 1; i <= 20; i += 1) await log.append([event(i)]);
    await first.kill();
    const next = await second.store.open("a");
    expect(next.events).toEqual(Array.from({ length: 21 }, (_, i) => event(i)));
  });

  it("follows a holder whose lease ran out; when it comes back it appends nothing", async () => {
    const harness = await createHarness();
    const [first, second] = [await harness.open(), await harness.open()];
    const log = await first.store.create(newRun("a"), [event(0)]);
    await first.stall();
    const next = await second.store.open("a");
    const late = [log.append([event(8)]), log.append([event(9)])];
    for (const one of late) await expect(one).rejects.toSatisfy(refused("LEASE_LOST"));
    await next.append([event(1)]);
    expect(await first.store.read("a")).toEqual([event(0), event(1)]);
    await log.release();
    await next.append([event(2)]);
  });

  it("stores appends in the order they were made, each wholly", async () => {
    const { store } = await (await createHarness()).open();
    const log = await store.create(newRun("a"), []);
    const sizes = [1, 20_000, 3, 70_000, 1, 1, 30_000, 2];
    const events = sizes.map((size, i) => output(i, "x".repeat(size)));
    await Promise.all(events.map((one) => log.append([one, event(100)])));
    expect(await store.read("a")).toEqual(events.flatMap((one) => [one, event(100)]));
  });

  it("lets an append of another run succeed when one that waits with it fails", async () => {
    const harness = await createHarness();
    const [first, second] = [await harness.open(), await harness.open()];
    const lost = await first.store.create(newRun("lost"), []);
    await first.stall();
    await second.store.open("lost");
    const [before, after] = [
      await first.store.create(newRun("before"), []),
      await first.store.create(newRun("after"), []),
    ];
    const results = await Promise.allSettled([
      before.append([event(1)]),
      lost.append([event(2)]),
      after.append([event(3)]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await second.store.read("before")).toEqual([event(1)]);
    expect(await second.store.read("after")).toEqual([event(3)]);
    expect(await second.store.read("lost")).toEqual([]);
  });

  it("rejects with STORE_FULL on a full disk; what was stored stays readable", async () => {
    const harness = await createHarness();
    const first = await harness.open();
    const log = await first.store.create(newRun("a"), [event(0)]);
    await first.fillDisk();
    const results = await Promise.allSettled([
      log.append([output(1, randomText(15_000))]),
      log.append([event(2)]),
    ]);
    for (const result of results) {
      expect(result.status === "rejected" && isTuttiError(result.reason, "STORE_FULL")).toBe(true);
    }
    expect(await first.store.read("a")).toEqual([event(0)]);
    await first.kill();
    expect((await (await harness.open()).store.open("a")).events).toEqual([event(0)]);
  });

  it("lists the newest run first, with its status, times, origin and source", async () => {
    const { store } = await (await createHarness()).open();
    const first = await store.create(newRun("a", 5), [event(0)]);
    await store.create(newRun("b", 9), [event(0)]);
    await store.create({ ...newRun("c", 7), source: "long ".repeat(10_000) }, [event(0)]);
    const rows = await store.list();
    expect(rows.map(({ runId }) => runId)).toEqual(["b", "c", "a"]);
    expect(rows[0]).toMatchObject({ ...newRun("b", 9), status: "initializing" });
    expect(rows[1]?.source).toBe("long ".repeat(10_000));
    await first.append([event(1)], { status: "executing" });
    expect((await store.list({ status: ["executing", "paused"] })).map(({ runId }) => runId)).toEqual(["a"]);
    expect((await store.list({ limit: 2 })).map(({ runId }) => runId)).toEqual(["b", "c"]);
    expect(await store.list({ status: [] })).toEqual([]);
  });

  it("names the owner of a run only while it lives", async () => {
    const harness = await createHarness();
    const [first, second] = [await harness.open(), await harness.open()];
    const log = await first.store.create(newRun("a"), []);
    await first.store.create(newRun("b"), []);
    const owners = async (): Promise<unknown> =>
      (await second.store.list()).map(({ owner }) => typeof owner).toSorted();
    expect(await owners()).toEqual(["string", "string"]);
    await log.release();
    expect(await owners()).toEqual(["string", "undefined"]);
    await first.kill();
    expect(await owners()).toEqual(["undefined", "undefined"]);
  });

  mailboxContract(createHarness);
}
