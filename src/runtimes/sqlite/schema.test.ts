import { join } from "node:path";
import { expect, it } from "vitest";
import { newTarget } from "../../testing/salvage-bench.ts";
import { letterOf, partOf } from "../../testing/stream-store-harness.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { createFakeClock } from "../memory/fake-clock.ts";
import { openConnection } from "./connection.ts";
import { openPageFile } from "./page-file.ts";
import { copyRows } from "./salvage-rows.ts";
import { openSqliteStore } from "./store.ts";

const noon = Date.UTC(2026, 10, 21, 12);

it("brings a database of an older tutti to this one, whose rows can then be salvaged, too", async () => {
  const dir = temporaryFolder();
  const file = join(dir, "tutti.db");
  const clock = createFakeClock({ now: noon });
  await (await openSqliteStore({ dir, clock })).close();
  const old = openConnection({ file, busyMs: 10 });
  old.exec(
    `ALTER TABLE history DROP COLUMN tokens;
     ALTER TABLE spending DROP COLUMN holder;
     DROP TABLE streams;
     DROP TABLE stream_parts;
     DROP TABLE stream_letters;
     DROP TABLE stream_values;
     PRAGMA user_version = 5;
     INSERT INTO history (key, ok, at, duration_ms, cost_usd) VALUES ('k', 1, 1, 7, 0.5);
     INSERT INTO spending
       (day, rehearsal, at, run_id, effect, what, agent, predicted_usd, state, cost_usd, tokens)
       VALUES ('2026-11-21', 0, ${noon}, 'r', 'e', '/task', 'a', 0.75, 'held', NULL, 0)`,
  );
  old.close();
  const store = await openSqliteStore({ dir, clock });
  expect(await store.history.predict(["k"])).toMatchObject({
    k: { durationMs: 7, costUsd: 0.5, tokens: null },
  });
  expect(await store.days.entries("2026-11-21")).toMatchObject([{ predictedUsd: 0.75, state: "lost" }]);
  const stream = await store.streams.open({ runId: "r", address: "flow" });
  await stream.commit({ head: 1, put: [partOf("q")], dead: [letterOf(1)] });
  await store.close();
  const pages = openPageFile(file);
  const target = newTarget();
  copyRows(pages, target);
  pages.close();
  for (const table of ["history", "spending"])
    expect(target.statement(`SELECT * FROM ${table}`).all()).toHaveLength(1);
});
