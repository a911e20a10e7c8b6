import { expect, it } from "vitest";
import { event, newRun, pause, refused, signal, until, type RunStoreHarness } from "./run-store-harness.ts";

/** What `ports/run-store.ts` says about messages; part of `runStoreContract`. */
export function mailboxContract(createHarness: () => Promise<RunStoreHarness>): void {
  it("delivers messages of any process in order, until they are taken with an append", async () => {
    const harness = await createHarness();
    const [first, second] = [await harness.open(), await harness.open()];
    const log = await first.store.create(newRun("a"), []);
    await second.store.post("a", pause(1));
    await second.store.post("a", signal(2, "x".repeat(30_000)));
    await first.store.post("a", pause(3));
    const messages = await log.inbox();
    expect(messages.map(({ input }) => input)).toEqual([pause(1), signal(2, "x".repeat(30_000)), pause(3)]);
    await log.append([event(1)], { taken: messages.slice(0, 2).map(({ id }) => id) });
    expect((await log.inbox()).map(({ input }) => input)).toEqual([pause(3)]);
  });

  it("takes messages also with an append of no events", async () => {
    const { store } = await (await createHarness()).open();
    const log = await store.create(newRun("a"), [event(0)]);
    await store.post("a", pause(1));
    const [message] = await log.inbox();
    await log.append([], { taken: [message?.id ?? 0], status: "paused" });
    expect(await log.inbox()).toEqual([]);
    expect(await store.read("a")).toEqual([event(0)]);
    expect((await store.list())[0]?.status).toBe("paused");
  });

  it("keeps a message for the next holder, which gets what the dead one did not take", async () => {
    const harness = await createHarness();
    const [first, second] = [await harness.open(), await harness.open()];
    const log = await first.store.create(newRun("a"), []);
    await first.store.post("a", pause(1));
    await first.store.post("a", pause(2));
    const [message] = await log.inbox();
    await log.append([event(1)], { taken: [message?.id ?? 0] });
    await first.kill();
    const next = await second.store.open("a");
    expect((await next.inbox()).map(({ input }) => input)).toEqual([pause(2)]);
  });

  it("takes nothing and changes no status with an append that was refused", async () => {
    const harness = await createHarness();
    const [first, second] = [await harness.open(), await harness.open()];
    const log = await first.store.create(newRun("a"), []);
    await first.store.post("a", pause(1));
    const [message] = await log.inbox();
    await first.stall();
    const next = await second.store.open("a");
    for (const events of [[event(1)], []]) {
      const refusal = log.append(events, { taken: [message?.id ?? 0], status: "failed" });
      await expect(refusal).rejects.toSatisfy(refused("LEASE_LOST"));
    }
    expect(await next.inbox()).toHaveLength(1);
    expect((await second.store.list())[0]?.status).toBe("initializing");
  });

  it("calls back soon after a message was posted by any process, until it is unsubscribed", async () => {
    const harness = await createHarness();
    const [first, second] = [await harness.open(), await harness.open()];
    const log = await first.store.create(newRun("a"), []);
    await first.store.create(newRun("b"), []);
    let calls = 0;
    const unsubscribe = log.changed(() => (calls += 1));
    for (const [count, { store }] of [second, first].entries()) {
      await store.post("b", pause(1));
      await store.post("a", pause(1));
      await until(() => calls === count + 1, { withinMs: 1000 });
      await log.inbox();
    }
    unsubscribe();
    await second.store.post("a", pause(1));
    await first.store.post("a", pause(1));
    expect(calls).toBe(2);
  });

  it("calls back for a message that was posted before anybody listened", async () => {
    const { store } = await (await createHarness()).open();
    const log = await store.create(newRun("a"), []);
    await store.post("a", pause(1));
    let calls = 0;
    log.changed(() => (calls += 1));
    await until(() => calls > 0, { withinMs: 1000 });
    expect(calls).toBe(1);
  });
}
