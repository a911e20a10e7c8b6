import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openTutti } from "../engine.ts";
import type { JsonObject } from "../expression/json.ts";
import { createFakeClock, type FakeClock } from "../runtimes/memory/fake-clock.ts";
import { createRealClock } from "../runtimes/real-clock.ts";
import { openSqliteStore } from "../runtimes/sqlite/store.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import type { RunHandle } from "./run-handle.ts";

it.each(["cancel", "pause"] as const)(
  "a %s that came too late for a life is nothing to the next",
  async (verb) => {
    const cwd = temporaryFolder();
    const home = join(cwd, ".tutti");
    // another process, that had looked at the run before it ended
    const other = await openSqliteStore({ dir: home, clock: createRealClock() });
    const tutti = await openTutti({ cwd, home, functions: { late: async () => null } });
    onTestFinished(async () => {
      await tutti.close();
      await other.close();
    });
    const chain = [{ name: "a", function: "late" }];
    const handle = await tutti.start(await tutti.load({ kind: "object", value: { name: "x", chain } }));
    expect((await handle.done).status).toBe("completed");
    await other.runs.post(handle.id, { type: verb, at: Date.now() });
    const again = await tutti.resume(handle.id, { from: "a" });
    expect((await again.done).status).toBe("completed");
  },
);

it("a stale lease is repaired", async () => {
  const cwd = temporaryFolder();
  const home = join(cwd, ".tutti");
  const identity = { host: "elsewhere", boot: "b", pid: 1, started: "s" };
  // its clock stands still long ago, so that its lease has run out
  const dead = await openSqliteStore({ dir: home, clock: createFakeClock(), identity });
  await dead.runs.create({ runId: "r", name: "x", createdAt: 1, origin: "x", source: "x" }, []);
  const tutti = await openTutti({ cwd, home });
  onTestFinished(async () => {
    await tutti.close();
    await dead.close();
  });
  const report = await tutti.audit({ repair: true });
  const leases = report.findings.filter(
    (found) => found.source === "store" && found.finding.kind === "lease-stale",
  );
  expect(leases).toMatchObject([{ repair: { changed: true } }]);
});

describe("what comes after a deadline that no process saw pass", () => {
  async function down(step: JsonObject) {
    const cwd = temporaryFolder();
    const home = join(cwd, ".tutti");
    const clock = createFakeClock();
    const other = await openSqliteStore({ dir: home, clock });
    const tutti = await openTutti({ cwd, home, clock });
    onTestFinished(async () => {
      await tutti.close();
      await other.close();
    });
    const value = { name: "x", chain: [step, { name: "z", run: "true" }] };
    const handle = await tutti.start(await tutti.load({ kind: "object", value }));
    await vi.waitUntil(() => handle.view().status === "waiting");
    handle.stop("the machine goes down");
    await handle.done;
    return { tutti, clock, other, id: handle.id };
  }

  /** The process that takes it up sees that the time has come. */
  async function passed(clock: FakeClock, handle: RunHandle): Promise<void> {
    await vi.waitUntil(() => handle.view().status === "waiting" && clock.nextDueAt() !== undefined);
    clock.advance(0);
  }

  const approval: JsonObject = { name: "a", approval: "Go?", deadline: "1m", otherwise: "reject" };
  const yes = { type: "answer", address: "a", value: true, by: "ann" } as const;

  it("is refused, and what was declared stands", async () => {
    const { tutti, clock, id } = await down(approval);
    clock.advance(90_000);
    await expect(tutti.control(id, yes)).rejects.toMatchObject({
      code: "ANSWER_REFUSED",
      message: 'Cannot answer "a": its deadline has passed, and that stands for a no',
    });
    const [first] = (await tutti.why(id)).filter(({ address }) => address === "a");
    expect(first).toMatchObject({ fix: `tutti resume ${id}` });
    expect((await tutti.asks(id))[0]?.lines).toEqual([`tutti resume ${id}`]);
    const again = await tutti.resume(id);
    await passed(clock, again);
    const { status, view } = await again.done;
    expect(status).toBe("failed");
    expect(view.nodes[0]?.failure?.code).toBe("REJECTED");
  });

  it("is refused as a signal too", async () => {
    const { tutti, clock, id } = await down({ name: "a", wait: { signal: "go", deadline: "1m" } });
    clock.advance(90_000);
    await expect(tutti.control(id, { type: "signal", name: "go", payload: 1 })).rejects.toMatchObject({
      code: "NOTHING_WAITS",
      fix: `go on with that: tutti resume ${id}; or wait again: tutti resume ${id} --from a`,
    });
    const again = await tutti.resume(id);
    await passed(clock, again);
    expect((await again.done).status).toBe("failed");
  });

  it("counts when it was sent before, and only the process came late", async () => {
    const { tutti, clock, other, id } = await down(approval);
    clock.advance(30_000);
    await other.runs.post(id, { ...yes, at: clock.now() });
    clock.advance(60_000);
    const { status, view } = await (await tutti.resume(id)).done;
    expect(status).toBe("completed");
    expect(view.nodes[0]?.status).toBe("verified");
  });
});
