import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { asStored } from "../../testing/core-run.ts";
import { refused } from "../../testing/run-store-harness.ts";
import {
  chanceOf,
  clock,
  damagedFolder,
  findingsOf,
  heldFolder,
  keptOf,
  logOfHeld,
  names,
  newTarget,
  original,
  pageBytes,
  pageOf,
  rootsOf,
  salvageOf,
  useOriginal,
} from "../../testing/salvage-bench.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { createFakeClock } from "../memory/fake-clock.ts";
import { openConnection } from "./connection.ts";
import { openPageFile } from "./page-file.ts";
import { sortOut } from "./salvage-logs.ts";
import { copyRows } from "./salvage-rows.ts";
import { assembleSqliteStore, openSqliteStore } from "./store.ts";

useOriginal();

describe("salvage of a damaged database", () => {
  it("needs neither the first page nor the root of any table", async () => {
    const roots = rootsOf(["appends", "appends_by_run"]);
    for (const lost of [[1], [1, ...roots]]) {
      const dir = damagedFolder((bytes) => {
        for (const no of lost) pageOf(bytes, no).fill(0xa5);
        return bytes;
      });
      await expect(openSqliteStore({ dir, clock })).rejects.toMatchObject({
        code: "STORE_DAMAGED",
        fix: expect.stringContaining("tutti audit --repair") as string,
      });
      const { salvage, store } = await salvageOf(dir);
      expect(salvage).toMatchObject({ cut: [], lost: [], nameless: 0, unreadable: 0 });
      expect((await keptOf(store)).size).toBe(names.length);
      // nothing tells any more which of them were deleted
      expect(salvage.forgotten).toBe(2 * names.length);
      expect(await store.cache.list()).toEqual([]);
      expect((await store.history.predict(["run-7"]))["run-7"] === undefined).toBe(false);
    }
  });

  it("reads what is only in the log, also where the database itself is gone", async () => {
    for (const isGone of [false, true]) {
      const { dir, log } = await heldFolder();
      const copy = temporaryFolder();
      cpSync(dir, copy, { recursive: true });
      await log.release();
      if (isGone) rmSync(join(copy, "tutti.db"));
      else writeFileSync(join(copy, "tutti.db"), Buffer.alloc(pageBytes, 1));
      // the holder lives: this is a copy of its database
      await expect(salvageOf(copy)).rejects.toSatisfy(refused("RUN_OWNED"));
      expect(existsSync(join(copy, "tutti.db"))).toBe(!isGone);
      const later = createFakeClock({ now: clock.now() + 60_000 });
      const store = await openSqliteStore({ dir: copy, clock: later, salvage: true });
      expect(store.audit.salvaged).toMatchObject({ runs: 1, cut: [], lost: [] });
      expect(await store.runs.read("held")).toHaveLength(logOfHeld.flat().length);
      await store.close();
    }
  });

  it("keeps a beginning of what is in a log that is damaged, too", async () => {
    const { dir, log } = await heldFolder();
    const parts = ["tutti.db", "tutti.db-wal"].map((name) => [name, readFileSync(join(dir, name))] as const);
    await log.release();
    const lengths = new Set<number>();
    for (let seed = 0; seed < 40; seed += 1) {
      const chance = chanceOf(seed);
      const copy = temporaryFolder();
      for (const [name, bytes] of parts) {
        const harmed = Buffer.from(bytes);
        if (name.endsWith("-wal")) harmed[chance(harmed.length)] = chance(256);
        writeFileSync(join(copy, name), harmed);
      }
      const pages = openPageFile(join(copy, "tutti.db"));
      const target = newTarget();
      const { runs } = sortOut(target, copyRows(pages, target));
      pages.close();
      const store = assembleSqliteStore(target, { dir, clock });
      const events = runs === 0 ? [] : await store.runs.read("held");
      const counts = logOfHeld.map((_, index) => logOfHeld.slice(0, index).flat().length);
      expect([...counts, logOfHeld.flat().length]).toContain(events.length);
      expect(isDeepStrictEqual(events, asStored(logOfHeld.flat().slice(0, events.length)))).toBe(true);
      lengths.add(events.length);
    }
    expect(lengths.size).toBeGreaterThan(2);
  });

  it("is refused while another has the database open, and leaves everything as it is", async () => {
    const dir = damagedFolder((bytes) => {
      pageOf(bytes, original.pages).fill(0);
      return bytes;
    });
    const other = openConnection({ file: join(dir, "tutti.db"), busyMs: 10 });
    other.statement("SELECT no FROM runs LIMIT 1").all();
    await expect(salvageOf(dir)).rejects.toSatisfy(refused("STORE_LOCKED"));
    expect(readdirSync(join(dir, "backup"))).toEqual([]);
    other.close();
    const { salvage } = await salvageOf(dir);
    expect(salvage.runs).toBeGreaterThan(0);
  });

  it("finishes the exchange that a kill interrupted", async () => {
    const dir = damagedFolder((bytes) => {
      bytes.write("tutti exchanged\0", 0, "latin1");
      return bytes;
    });
    // the log of the database before, which would damage this one
    const { dir: held, log } = await heldFolder();
    copyFileSync(join(held, "tutti.db-wal"), join(dir, "tutti.db-wal"));
    await log.release();
    await expect(openSqliteStore({ dir, clock })).rejects.toSatisfy(refused("STORE_DAMAGED"));
    const { salvage, store } = await salvageOf(dir);
    expect(salvage).toBeUndefined();
    expect((await keptOf(store)).size).toBe(names.length);
  });

  it("is refused for a file in which there is no run, which stays as it is", async () => {
    const dir = temporaryFolder();
    const file = join(dir, "tutti.db");
    for (const bytes of [Buffer.from("hello\n"), Buffer.alloc(100_000, 0x0d)]) {
      writeFileSync(file, bytes);
      await expect(salvageOf(dir)).rejects.toMatchObject({ code: "STORE_DAMAGED", message: /./ });
      expect(readFileSync(file).equals(bytes)).toBe(true);
    }
    rmSync(file);
    const other = openConnection({ file, busyMs: 10 });
    other.exec("PRAGMA journal_mode = DELETE; CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    other.close();
    const before = readFileSync(file);
    await expect(salvageOf(dir)).rejects.toSatisfy(refused("STORE_DAMAGED"));
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("gives a run whose row is lost the one that its first append tells of", async () => {
    const before = damagedFolder((bytes) => bytes);
    const rowsOfRuns = async (dir: string) => {
      const store = await openSqliteStore({ dir, clock });
      const rows = await store.runs.list();
      await store.close();
      return new Map(rows.map((row) => [row.runId, row]));
    };
    const expected = await rowsOfRuns(before);
    const dir = damagedFolder((bytes) => bytes);
    const connection = openConnection({ file: join(dir, "tutti.db"), busyMs: 10 });
    connection.exec(
      `UPDATE definitions SET digest = '${"0".repeat(64)}'
         WHERE no = (SELECT definition FROM runs WHERE run_id = 'run-13');
       DELETE FROM appends WHERE seq = 1 AND run = (SELECT no FROM runs WHERE run_id = 'run-3');
       DELETE FROM appends WHERE seq = 2 AND run = (SELECT no FROM runs WHERE run_id = 'run-5');
       DELETE FROM runs WHERE run_id IN ('run-1', 'run-2', 'run-3', 'run-5', 'run-13');
       UPDATE appends SET body = '[{' WHERE no = 1`,
    );
    connection.close();
    const { salvage, store } = await salvageOf(dir);
    expect(salvage).toMatchObject({
      runs: names.length - 3,
      cut: [{ runId: "run-5", kept: 1 }],
      lost: ["run-0", "run-13"],
      nameless: 1,
    });
    expect((await keptOf(store)).size).toBe(names.length - 3);
    expect(await findingsOf(store)).toEqual([]);
    await store.close();
    const rows = await rowsOfRuns(dir);
    for (const runId of ["run-1", "run-2"])
      expect(rows.get(runId)).toEqual({ ...expected.get(runId), createdAt: expect.any(Number) as number });
  });

  it("takes a row whose run was zeroed for no run's", async () => {
    const dir = damagedFolder((bytes) => bytes);
    const connection = openConnection({ file: join(dir, "tutti.db"), busyMs: 10 });
    connection.exec(
      "UPDATE appends SET run = 0 WHERE seq = 2 AND run = (SELECT no FROM runs WHERE run_id = 'run-5')",
    );
    connection.close();
    const { salvage, store } = await salvageOf(dir);
    expect(salvage).toMatchObject({ cut: [{ runId: "run-5", kept: 1 }], lost: [], nameless: 0 });
    await store.close();
  });

  it("cuts a log at a gap and at what cannot be read, and drops a run without a beginning or a workflow", async () => {
    const dir = damagedFolder((bytes) => bytes);
    const connection = openConnection({ file: join(dir, "tutti.db"), busyMs: 10 });
    const run = (runId: string) => `(SELECT no FROM runs WHERE run_id = '${runId}')`;
    connection.exec(
      `DELETE FROM appends WHERE run = ${run("run-2")} AND seq = 3;
       UPDATE appends SET body = '[{' WHERE run = ${run("run-5")} AND seq = 2;
       UPDATE appends SET body = '[1]' WHERE run = ${run("run-8")} AND seq = 2;
       DELETE FROM appends WHERE run = ${run("run-3")} AND seq = 1;
       UPDATE runs SET definition = 99 WHERE run_id = 'run-4';
       UPDATE messages SET body = x'00' WHERE run = ${run("run-6")}`,
    );
    connection.close();
    const { salvage, store } = await salvageOf(dir);
    expect(salvage).toMatchObject({
      runs: names.length - 2,
      cut: [
        { runId: "run-2", kept: 2, lost: 3 },
        { runId: "run-5", kept: 1, lost: 4 },
        { runId: "run-8", kept: 1, lost: 4 },
      ],
      lost: ["run-3", "run-4"],
      unreadable: 1,
      forgotten: 0,
    });
    expect((await keptOf(store)).size).toBe(names.length - 2);
    expect(await findingsOf(store)).toEqual([]);
    expect(await store.cache.list()).toHaveLength(names.length);
  });
});
