import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { createRealClock } from "../runtimes/real-clock.ts";
import { openSqliteStore } from "../runtimes/sqlite/store.ts";
import { temporaryFolder } from "../testing/testbed.ts";

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
