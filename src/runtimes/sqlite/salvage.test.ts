import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import {
  clock,
  damages,
  expectTold,
  findingsOf,
  harm,
  keptOf,
  newTarget,
  original,
  salvageOf,
  useOriginal,
} from "../../testing/salvage-bench.ts";
import { openConnection } from "./connection.ts";
import { openPageFile } from "./page-file.ts";
import { sortOut } from "./salvage-logs.ts";
import { copyRows, savedTables } from "./salvage-rows.ts";
import { assembleSqliteStore } from "./store.ts";

useOriginal();

describe("the page reader", () => {
  it("finds every row of a database that is whole, as SQLite does", () => {
    const file = join(original.dir, "tutti.db");
    const pages = openPageFile(file);
    const connection = openConnection({ file, busyMs: 10 });
    const target = newTarget();
    copyRows(pages, target);
    const tables = connection.statement("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    for (const { name } of tables) {
      if (String(name).startsWith("sqlite_")) continue;
      expect(savedTables).toContain(name);
      const text = `SELECT rowid AS place, * FROM ${name} ORDER BY place`;
      expect(isDeepStrictEqual(target.statement(text).all(), connection.statement(text).all())).toBe(true);
    }
    connection.close();
    pages.close();
  });
});

describe("salvage of a damaged database", () => {
  it.for(Object.keys(damages))(
    "after %s on random pages keeps what was not touched, and the beginning of the rest",
    { timeout: 120_000 },
    async (name) => {
      for (let seed = 0; seed < 50; seed += 1) {
        const { dir, touched } = harm(name, { seed });
        const pages = openPageFile(join(dir, "tutti.db"));
        const target = newTarget();
        const copied = copyRows(pages, target);
        const salvage = sortOut(target, copied);
        const store = assembleSqliteStore(target, { dir, clock });
        expectTold(await keptOf(store), {
          salvage: { ...salvage, forgotten: copied.forgotten, unreadable: copied.unreadable },
          touched,
        });
        expect(await findingsOf(store)).toEqual([]);
        pages.close();
        rmSync(dir, { recursive: true });
      }
    },
  );

  it.for(Object.keys(damages))("after %s puts the new database in place of the old", async (name) => {
    for (let seed = 100; seed < 103; seed += 1) {
      // a page of appends for certain, so that there is something to salvage
      const { dir, touched, before } = harm(name, { seed, also: original.pages });
      const { salvage, store } = await salvageOf(dir);
      const kept = await keptOf(store);
      expectTold(kept, { salvage, touched });
      expect(readFileSync(join(salvage.backup, "tutti.db.damaged")).equals(before)).toBe(true);
      expect(await findingsOf(store)).toEqual([]);
      for (const runId of kept.keys()) await (await store.runs.open(runId)).release();
      await store.close();
      expect((await salvageOf(dir)).salvage).toBeUndefined();
      expect(readdirSync(dir).filter((file) => file.startsWith("tutti.db.new"))).toEqual([]);
    }
  });
});
