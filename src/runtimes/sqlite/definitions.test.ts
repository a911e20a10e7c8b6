import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { create } from "../../core/advance.ts";
import type { Event } from "../../core/events.ts";
import { refused } from "../../testing/run-store-harness.ts";
import { workflowOf } from "../../testing/core-run.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { createFakeClock } from "../memory/fake-clock.ts";
import { openConnection } from "./connection.ts";
import { openSqliteStore } from "./store.ts";

const workflow = workflowOf({ name: "x", chain: { steps: [{ name: "a", function: "f" }] } });

function beginning(runId: string): readonly Event[] {
  const input = { type: "create", at: 1, runId, seed: "s", workflow, inputs: {}, overrides: {} } as const;
  return create({ ...input, plan: { expectedMs: {} } }).events;
}

async function createBench() {
  const dir = temporaryFolder();
  const store = await openSqliteStore({ dir, clock: createFakeClock() });
  onTestFinished(() => store.close());
  const connection = openConnection({ file: join(dir, "tutti.db"), busyMs: 100 });
  onTestFinished(() => connection.close());
  for (const [runId, source] of [
    ["a", "text"],
    ["b", "text"],
    ["c", "other text"],
  ] as const) {
    const log = await store.runs.create(
      { runId, name: "x", createdAt: 1, origin: "x.yaml", source },
      beginning(runId),
    );
    await log.release();
  }
  const count = (text: string) => connection.statement(text).all().length;
  return { store, count, sql: (text: string) => connection.exec(text) };
}

it("runs of the same text and workflow keep them once, and each reads as it was written", async () => {
  const { store, count } = await createBench();
  expect(count("SELECT 1 FROM definitions")).toBe(2);
  expect(count("SELECT 1 FROM appends WHERE body LIKE '%workflow%'")).toBe(0);
  for (const runId of ["a", "b", "c"]) expect(await store.runs.read(runId)).toEqual(beginning(runId));
  const sources = (await store.runs.list()).map(({ runId, source }) => [runId, source] as const);
  expect(new Map(sources)).toEqual(
    new Map([
      ["a", "text"],
      ["b", "text"],
      ["c", "other text"],
    ]),
  );
});

it("a definition that is gone or damaged is found, and nobody goes on without it", async () => {
  const { store, sql } = await createBench();
  sql("DELETE FROM definitions WHERE no = 1; UPDATE definitions SET workflow = '{'");
  for (const runId of ["a", "b", "c"]) {
    await expect(store.runs.read(runId)).rejects.toSatisfy(refused("STORE_DAMAGED"));
    await expect(store.runs.open(runId)).rejects.toSatisfy(refused("STORE_DAMAGED"));
  }
  const found: string[] = [];
  for await (const { kind, runId } of store.audit.inspect()) found.push(`${kind} ${runId}`);
  expect(found.toSorted()).toEqual(["body-undecodable a", "body-undecodable b", "body-undecodable c"]);
  expect((await store.runs.list()).map(({ source }) => source).toSorted()).toEqual([
    "[lost]",
    "[lost]",
    "other text",
  ]);
});
