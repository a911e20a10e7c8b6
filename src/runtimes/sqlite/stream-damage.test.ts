import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { chanceOf, damages, findingsOf, newTarget, pageOf } from "../../testing/salvage-bench.ts";
import { CoreRun, workflowOf } from "../../testing/core-run.ts";
import { refused } from "../../testing/run-store-harness.ts";
import { letterOf, partOf, recordsOf } from "../../testing/stream-store-harness.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { createFakeClock } from "../memory/fake-clock.ts";
import { openConnection } from "./connection.ts";
import { openPageFile } from "./page-file.ts";
import { sortOut } from "./salvage-logs.ts";
import { copyRows } from "./salvage-rows.ts";
import { assembleSqliteStore, openSqliteStore, type SqliteStore } from "./store.ts";

const clock = createFakeClock();
const id = { runId: "r", address: "flow" };

/** A run with a pipeline: batches that wait and some that were removed, dead letters and values. */
async function createStore() {
  const dir = temporaryFolder();
  const store = await openSqliteStore({ dir, clock });
  onTestFinished(() => store.close());
  const run = new CoreRun(workflowOf({ name: "flow", chain: { steps: [{ name: "a", function: "f" }] } }));
  const created = run.events.map((event) => ({ ...event, ...("runId" in event ? { runId: "r" } : {}) }));
  const log = await store.runs.create(
    { runId: "r", name: "flow", createdAt: 1, origin: "f.yaml", source: "s" },
    created,
  );
  await log.release();
  const stream = await store.streams.open(id);
  for (let batch = 0; batch < 40; batch += 1)
    await stream.commit({
      head: { batch },
      ...(batch > 19 ? { remove: [{ queue: "q", batch: batch - 20 }] } : {}),
      put: [partOf("q", { batch, records: longRecords(batch) })],
      dead: [letterOf(batch)],
      values: [{ stage: "sum", key: `k${batch}`, value: batch }],
    });
  const sql = (text: string): void => {
    const connection = openConnection({ file: join(dir, "tutti.db"), busyMs: 100 });
    connection.exec(text);
    connection.close();
  };
  return { dir, store, sql };
}

function longRecords(batch: number) {
  return recordsOf(batch * 50, 50).map(({ no }) => ({
    no,
    text: JSON.stringify({ no, text: "x".repeat(no % 200) }),
  }));
}

it("a stream of which records, letters or values are gone is refused, and the audit names it", async () => {
  for (const [harm, what] of [
    ["DELETE FROM stream_parts WHERE batch = 30", "950 of 1000 records are there"],
    ["DELETE FROM stream_letters WHERE letter = 3", "39 of 40 dead letters are there"],
    ["DELETE FROM stream_values WHERE key = 'k3'", "39 of 40 values are there"],
  ] as const) {
    const { store, sql } = await createStore();
    expect(await findingsOf(store)).toEqual([]);
    sql(harm);
    const failure: unknown = await store.streams.open(id).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "STORE_DAMAGED",
      message: expect.stringContaining(what) as string,
    });
    expect(await findingsOf(store)).toEqual([expect.stringContaining(what)]);
  }
});

it("what is not as it was written is refused where it is read, and the audit names it", async () => {
  const { store, sql } = await createStore();
  const stream = await store.streams.open(id);
  sql(
    `UPDATE stream_parts SET body = replace(body, 'x', 'y') WHERE batch = 30;
     UPDATE stream_parts SET nos = '1+49' WHERE batch = 31;
     UPDATE stream_letters SET body = replace(body, 'no', 'on') WHERE letter = 3`,
  );
  for (const from of [30, 31])
    await expect(stream.load("q", { from, most: 1 })).rejects.toSatisfy(refused("STORE_DAMAGED"));
  expect(await stream.load("q", { from: 32, most: 1 })).toMatchObject([{ records: longRecords(32) }]);
  await expect(store.streams.dead(id, { after: 2, most: 1 })).rejects.toSatisfy(refused("STORE_DAMAGED"));
  expect(await store.streams.dead(id, { after: 3, most: 1 })).toMatchObject([{ letter: 4 }]);
  expect(await findingsOf(store)).toHaveLength(3);
  sql("UPDATE stream_values SET value = '7' WHERE key = 'k3'");
  await expect(store.streams.open(id)).rejects.toSatisfy(refused("STORE_DAMAGED"));
  sql("UPDATE streams SET head = '{}'");
  await expect(store.streams.look(id)).rejects.toSatisfy(refused("STORE_DAMAGED"));
  expect(await findingsOf(store)).toHaveLength(5);
});

it("the audit removes what belongs to no run", async () => {
  const { store, sql } = await createStore();
  const lost = await store.streams.open({ runId: "gone for ever", address: "flow" });
  await lost.commit({ head: 1, put: [partOf("q")], dead: [letterOf(1)] });
  sql("INSERT INTO stream_values (stream, stage, key, value, crc) VALUES (99, 's', 'k', '1', 0)");
  const found = [];
  for await (const finding of store.audit.inspect()) found.push(finding);
  const subjects = ["streams gone for ever", "stream_parts 2", "stream_letters 2", "stream_values 99"];
  expect(found.map(({ kind, subject }) => [kind, subject])).toEqual(
    subjects.map((subject) => ["row-without-run", subject]),
  );
  for (const finding of found) expect((await store.audit.repair(finding)).changed).toBe(true);
  expect(await findingsOf(store)).toEqual([]);
  expect((await store.streams.open(id)).kept?.queues).toMatchObject([{ count: 1000 }]);
});

it.for(Object.keys(damages))(
  "salvage after %s keeps what can be read, and tells what is lost",
  async (name) => {
    const { dir, store } = await createStore();
    await store.close();
    const whole = readFileSync(join(dir, "tutti.db"));
    const pages = whole.length / 4096;
    for (let seed = 0; seed < 20; seed += 1) {
      const chance = chanceOf(seed);
      const bytes = Buffer.from(whole);
      // not the first page, without which nobody knows what was deleted
      damages[name]?.(pageOf(bytes, 2 + chance(pages - 1)), chance);
      const { salvaged, lost } = await salvageOf(bytes);
      const [kept] = await salvaged.streams.streams("r");
      if (!kept) continue;
      const stream = await salvaged.streams.open(id);
      const loaded = await stream.load("q", { from: 0, most: 99 });
      for (const { batch, records } of loaded) expect(records).toEqual(longRecords(batch));
      expect(loaded.every(({ batch }) => batch >= 20)).toBe(true);
      const letters = await salvaged.streams.dead(id, { after: 0, most: 99 });
      const there = loaded.length * 50 + letters.length + (stream.kept?.values.length ?? 0);
      expect(there + lost).toBe(1000 + 80);
      await stream.commit({ head: 1, put: [partOf("q", { batch: 99 })], dead: [letterOf(99)] });
      expect((await salvaged.streams.dead(id, { after: 40, most: 1 }))[0]?.letter).toBe(41);
    }
  },
);

/** What is made of a database with these bytes. */
async function salvageOf(bytes: Buffer): Promise<{ readonly salvaged: SqliteStore; readonly lost: number }> {
  const dir = temporaryFolder();
  const file = join(dir, "tutti.db");
  writeFileSync(file, bytes);
  const pages = openPageFile(file);
  const target = newTarget();
  const { records } = sortOut(target, copyRows(pages, target));
  pages.close();
  rmSync(file);
  const salvaged = assembleSqliteStore(target, { dir, clock });
  expect(await findingsOf(salvaged)).toEqual([]);
  return { salvaged, lost: records };
}

it("salvage of a pipeline whose own row cannot be read loses it, and tells how much that was", async () => {
  const { dir, store, sql } = await createStore();
  sql("UPDATE streams SET crc = crc + 1");
  await store.close();
  const { salvaged, lost } = await salvageOf(readFileSync(join(dir, "tutti.db")));
  expect(await salvaged.streams.streams("r")).toEqual([]);
  expect(lost).toBe(1000 + 80);
});

it("salvage without the list of free pages keeps a pipeline of which just as much is there as it says", async () => {
  const whole = await createStore();
  await whole.store.close();
  const { dir, store, sql } = await createStore();
  // what is deleted in one piece leaves its pages as they were
  sql("DELETE FROM stream_letters WHERE letter > 3; UPDATE streams SET dead = 3");
  await store.close();
  const salvaged = await Promise.all(
    [whole.dir, dir].map(async (folder) => {
      const bytes = readFileSync(join(folder, "tutti.db"));
      pageOf(bytes, 1).fill(0xa5);
      writeFileSync(join(folder, "tutti.db"), bytes);
      const again = await openSqliteStore({ dir: folder, clock, salvage: true });
      onTestFinished(() => again.close());
      expect(await findingsOf(again)).toEqual([]);
      return again;
    }),
  );
  const [kept, given] = salvaged;
  expect((await kept?.streams.open(id))?.kept).toMatchObject({
    queues: [{ first: 20, last: 39, count: 1000 }],
  });
  expect(kept?.audit.salvaged).toMatchObject({ forgotten: 0, records: 0 });
  expect(await given?.streams.streams("r")).toEqual([]);
  expect(given?.audit.salvaged).toMatchObject({ records: 0, unreadable: 0 });
  expect(given?.audit.salvaged?.forgotten).toBeGreaterThan(60);
});
