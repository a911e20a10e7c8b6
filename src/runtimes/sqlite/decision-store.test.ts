import { expect, it, onTestFinished } from "vitest";
import { createFakeClock } from "../memory/fake-clock.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { keptEnds } from "../decision-sums.ts";
import { openConnection } from "./connection.ts";
import { openSqliteStore } from "./store.ts";

it("keeps not many more ends than count, however many come", async () => {
  const dir = temporaryFolder();
  const store = await openSqliteStore({ dir, clock: createFakeClock() });
  onTestFinished(() => store.close());
  const decision = { key: "k", workflow: "w", place: "p", ways: ["a", "b"], idle: [] };
  const end = { runId: "r", decision, way: "a", good: true, costUsd: null, durationMs: 1 };
  for (let batch = 0; batch < 52; batch += 1) {
    const ends = Array.from({ length: 400 }, (_, index) => batch * 400 + index);
    await store.decisions.record(ends.map((at) => ({ ...end, address: `l#${at}/p`, at })));
  }
  const [known] = await store.decisions.list();
  expect(known).toMatchObject({ at: 20_799, taken: { a: { good: keptEnds } } });
  const connection = openConnection({ file: `${dir}/tutti.db`, busyMs: 100 });
  const row = connection.statement("SELECT count(*) AS kept FROM decisions").get();
  connection.close();
  expect(Number(row?.["kept"])).toBeLessThan(1200);
});
