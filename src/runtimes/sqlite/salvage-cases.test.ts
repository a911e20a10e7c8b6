import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refused } from "../../testing/run-store-harness.ts";
import {
  clock,
  damagedFolder,
  findingsOf,
  heldFolder,
  keptOf,
  logOfHeld,
  names,
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
import { openSqliteStore } from "./store.ts";

useOriginal();

describe("salvage of a damaged database", () => {
  it("needs neither the first page nor the root of any table", async () => {
    for (const lost of [[1], [1, ...rootsOf(["appends", "results", "history", "messages"])]]) {
      const dir = damagedFolder((bytes) => {
        for (const no of lost) pageOf(bytes, no).fill(0xa5);
        return bytes;
      });
      await expect(openSqliteStore({ dir, clock })).rejects.toMatchObject({
        code: "STORE_DAMAGED",
        fix: expect.stringContaining("tutti audit --repair") as string,
      });
      const { salvage, store } = await salvageOf(dir);
      expect(salvage).toMatchObject({ cut: [], lost: [], nameless: 0, forgot: true });
      expect((await keptOf(store)).size).toBe(names.length);
      expect(await store.cache.list()).toEqual([]);
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
      forgot: false,
    });
    expect((await keptOf(store)).size).toBe(names.length - 2);
    expect(await findingsOf(store)).toEqual([]);
    expect(await store.cache.list()).toHaveLength(names.length);
  });
});
