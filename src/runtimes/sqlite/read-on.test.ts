import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { isTuttiError } from "../../errors.ts";
import { event, newRun } from "../../testing/run-store-harness.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { createFakeClock } from "../memory/fake-clock.ts";
import { openConnection } from "./connection.ts";
import { openSqliteStore } from "./store.ts";

async function createBench() {
  const dir = temporaryFolder();
  const store = await openSqliteStore({ dir, clock: createFakeClock() });
  onTestFinished(() => store.close());
  const connection = openConnection({ file: join(dir, "tutti.db"), busyMs: 100 });
  onTestFinished(() => connection.close());
  return { store, sql: (text: string) => connection.exec(text) };
}

it("a reader that goes on does not read again what it has read", async () => {
  const { store, sql } = await createBench();
  const log = await store.runs.create(newRun("a"), [event(0), event(1)]);
  expect(await store.runs.read("a")).toHaveLength(2);
  // whoever looks at the first append again stumbles over it
  sql("UPDATE appends SET body = '[{' WHERE seq = 1");
  await log.append([event(2)]);
  expect(await store.runs.read("a", { after: 2 })).toEqual([event(2)]);
  expect(await store.runs.read("a", { after: 3 })).toEqual([]);
  await expect(store.runs.read("a")).rejects.toSatisfy((error) => isTuttiError(error, "STORE_DAMAGED"));
});

it("a reader that goes on is told when appends it has read are gone", async () => {
  const { store, sql } = await createBench();
  const log = await store.runs.create(newRun("a"), [event(0)]);
  await log.append([event(1)]);
  expect(await store.runs.read("a")).toHaveLength(2);
  sql("DELETE FROM appends WHERE seq = 2");
  await expect(store.runs.read("a", { after: 2 })).rejects.toSatisfy((error) =>
    isTuttiError(error, "STORE_DAMAGED"),
  );
});

it("more runs than are remembered can be followed", async () => {
  const { store } = await createBench();
  const ids = Array.from({ length: 120 }, (_, at) => `run${at}`);
  for (const id of ids) await store.runs.create(newRun(id), [event(0), event(1)]);
  for (const id of [...ids, ...ids]) expect(await store.runs.read(id, { after: 1 })).toEqual([event(1)]);
});
