import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { refused } from "../../testing/run-store-harness.ts";
import { partOf } from "../../testing/stream-store-harness.ts";
import { startProgram, temporaryFolder } from "../../testing/testbed.ts";
import { createFakeClock } from "../memory/fake-clock.ts";
import { openConnection } from "./connection.ts";
import { openSqliteStore } from "./store.ts";

const clock = createFakeClock();
const id = { runId: "r", address: "flow" };

async function open(dir: string) {
  const store = await openSqliteStore({ dir, clock, lockWaitMs: 50 });
  onTestFinished(() => store.close());
  return store;
}

it("a process that is killed leaves every change that it was told is durable, and none in part", async () => {
  const dir = temporaryFolder();
  const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  const program = startProgram(`
    import { writeSync } from "node:fs";
    import { createRealClock } from ${here("../real-clock.ts")};
    import { openSqliteStore } from ${here("store.ts")};
    const store = await openSqliteStore({ dir: ${JSON.stringify(dir)}, clock: createRealClock({ unref: true }) });
    const stream = await store.streams.open(${JSON.stringify(id)});
    for (let batch = 0; ; batch += 1) {
      const records = Array.from({ length: 20 }, (_, no) => ({ no, text: String(batch) }));
      const remove = [{ queue: "q", batch: batch - 3 }];
      await stream.commit({ head: batch, remove, put: [{ queue: "q", batch, part: 0, at: 1, records }] });
      writeSync(1, "kept " + batch + "\\n");
    }
  `);
  await program.line("kept 50");
  await program.kill();
  const told = Number(program.lines.at(-1)?.slice("kept ".length));
  const stream = await (await open(dir)).streams.open(id);
  const head = Number(stream.kept?.head);
  expect(head).toBeGreaterThanOrEqual(told);
  const ends = { first: head - 2, last: head, count: 60, lastCount: 20, lastParts: 1 };
  expect(stream.kept?.queues).toEqual([{ queue: "q", ...ends }]);
});

it("changes that wait at the same moment share one commit, with each other and with those of other streams", async () => {
  const dir = temporaryFolder();
  const { streams } = await open(dir);
  const opened = await Promise.all(["a", "b", "c"].map((address) => streams.open({ runId: "r", address })));
  const other = openConnection({ file: join(dir, "tutti.db"), busyMs: 10 });
  onTestFinished(() => other.close());
  const commits = () =>
    Number(other.statement("SELECT COUNT(*) AS count FROM stream_parts").get()?.["count"]);
  const before = other.dataVersion();
  const giving = opened.flatMap((stream) => [
    stream.commit({ head: 0, put: [partOf("q")] }),
    stream.commit({ head: 1, put: [partOf("q", { part: 1 })] }),
  ]);
  // none of them is there before all are
  const seen = await Promise.all(giving.map((one) => one.then(commits)));
  expect(seen).toEqual([6, 6, 6, 6, 6, 6]);
  expect(other.dataVersion()).not.toBe(before);
});

it("a locked database refuses a change with STORE_LOCKED, and takes the next one when it is free", async () => {
  const dir = temporaryFolder();
  const { streams } = await open(dir);
  const stream = await streams.open(id);
  await stream.commit({ head: 0, put: [partOf("q")] });
  const other = openConnection({ file: join(dir, "tutti.db"), busyMs: 10 });
  onTestFinished(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  const change = { head: 1, remove: [{ queue: "q", batch: 0 }] };
  await expect(stream.commit(change)).rejects.toSatisfy(refused("STORE_LOCKED"));
  await expect(streams.open(id)).rejects.toSatisfy(refused("STORE_LOCKED"));
  other.exec("ROLLBACK");
  expect(await streams.look(id)).toMatchObject({ head: 0 });
  await stream.commit(change);
  expect((await streams.open(id)).kept).toEqual({ head: 1, queues: [], values: [] });
});

it("a database that was taken away refuses changes and gives no batches", async () => {
  const dir = join(temporaryFolder(), ".tutti");
  const { streams } = await open(dir);
  const stream = await streams.open(id);
  await stream.commit({ head: 0, put: [partOf("q")] });
  rmSync(dir, { recursive: true });
  await expect(stream.commit({ head: 1 })).rejects.toSatisfy(refused("STORE_DAMAGED"));
  await expect(stream.load("q", { from: 0, most: 1 })).rejects.toSatisfy(refused("STORE_DAMAGED"));
});
