import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isTuttiError } from "../../errors.ts";
import type { StoreFinding } from "../../ports/store-audit.ts";
import { event, newRun, output, pause } from "../../testing/run-store-harness.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { createFakeClock } from "../memory/fake-clock.ts";
import { artifactPath } from "./artifacts.ts";
import { openConnection } from "./connection.ts";
import { openSqliteStore, type SqliteStore } from "./store.ts";

const long = "x".repeat(20_000);
const hourAgo = new Date(Date.now() - 2 * 3_600_000);

interface Bench {
  readonly dir: string;
  readonly store: SqliteStore;
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly sql: (text: string) => void;
  readonly inspect: () => Promise<readonly StoreFinding[]>;
  readonly kinds: () => Promise<readonly string[]>;
}

/** A store with two runs, one of them with a large value and an artifact. */
async function createBench(): Promise<Bench> {
  const dir = temporaryFolder();
  const clock = createFakeClock();
  const store = await openSqliteStore({ dir, clock });
  onTestFinished(() => store.close());
  const connection = openConnection({ file: join(dir, "tutti.db"), busyMs: 100 });
  onTestFinished(() => connection.close());
  const { id } = await store.artifacts.put(Buffer.from("spilled"));
  for (const runId of ["a", "b"]) {
    const log = await store.runs.create({ ...newRun(runId), source: long }, [event(0)]);
    await log.append([output(1, `${runId}${long}`)]);
    const outcome = { ok: true, artifacts: { stdout: id } };
    await log.append([{ type: "attempt.ended", at: 2, address: "s", attempt: 1, outcome }]);
    await log.release();
  }
  await store.runs.post("a", pause(1));
  const inspect = async (): Promise<readonly StoreFinding[]> => {
    const found: StoreFinding[] = [];
    for await (const finding of store.audit.inspect()) found.push(finding);
    return found;
  };
  return {
    dir,
    store,
    clock,
    sql: (text) => connection.exec(text),
    inspect,
    kinds: async () => (await inspect()).map(({ kind }) => kind),
  };
}

async function only(bench: Bench): Promise<StoreFinding> {
  const findings = await bench.inspect();
  expect(findings).toHaveLength(1);
  const [finding] = findings;
  if (!finding) throw new Error("no finding");
  return finding;
}

/** Repairs it, and shows that this is needed once. */
async function repairs(bench: Bench): Promise<string> {
  const finding = await only(bench);
  const { changed, backup } = await bench.store.audit.repair(finding);
  expect(changed).toBe(true);
  expect(await bench.inspect()).toEqual([]);
  expect(await bench.store.audit.repair(finding)).toEqual({ changed: false, backup });
  return backup;
}

describe("the audit", () => {
  it("finds nothing in a store without faults, whatever its age", async () => {
    const bench = await createBench();
    for (const name of readdirSync(join(bench.dir, "artifacts"), { recursive: true, encoding: "utf8" })) {
      utimesSync(join(bench.dir, "artifacts", name), hourAgo, hourAgo);
    }
    expect(await bench.inspect()).toEqual([]);
    expect(existsSync(join(bench.dir, "backup"))).toBe(false);
  });

  it("stops when it is told to", async () => {
    const { store } = await createBench();
    const reason = new Error("enough");
    const findings = store.audit.inspect(AbortSignal.abort(reason))[Symbol.asyncIterator]();
    await expect(findings.next()).rejects.toBe(reason);
  });

  it("finds an append that is gone, which nobody can read past or repair", async () => {
    const bench = await createBench();
    bench.sql("DELETE FROM appends WHERE run = 1 AND seq = 2");
    expect(await only(bench)).toMatchObject({
      kind: "sequence-gap",
      severity: "error",
      runId: "a",
      subject: "3",
    });
    await expect(bench.store.audit.repair(await only(bench))).rejects.toSatisfy((error) =>
      isTuttiError(error, "UNSUPPORTED"),
    );
    await expect(bench.store.runs.read("a")).rejects.toSatisfy((error) =>
      isTuttiError(error, "STORE_DAMAGED"),
    );
    expect(await bench.store.runs.read("b")).toHaveLength(3);
  });

  it("finds bodies that cannot be decoded", async () => {
    const bench = await createBench();
    bench.sql("UPDATE appends SET body = '[{' WHERE run = 1 AND seq = 1; UPDATE messages SET body = x'00'");
    expect(await bench.kinds()).toEqual(["body-undecodable", "body-undecodable"]);
    await expect(bench.store.runs.read("a")).rejects.toSatisfy((error) =>
      isTuttiError(error, "STORE_DAMAGED"),
    );
  });

  it("finds missing and damaged artifacts, and names the run", async () => {
    const bench = await createBench();
    const ids: string[] = [];
    for await (const { id } of bench.store.artifacts.list()) ids.push(id);
    expect(ids).toHaveLength(3);
    const [first = "", second = ""] = ids.map((id) => artifactPath(join(bench.dir, "artifacts"), id) ?? "");
    rmSync(first);
    writeFileSync(second, "other");
    const findings = await bench.inspect();
    expect(findings.map(({ kind }) => kind).toSorted()).toEqual(["artifact-damaged", "artifact-missing"]);
    for (const { runId, repairable, fix } of findings) {
      expect(runId).toMatch(/^[ab]$/);
      expect(fix).toMatch(
        /^put the file back from a copy of the folder, or (start the run anew|make it anew: )/,
      );
      expect(repairable).toBe(false);
    }
  });

  it("finds an old artifact that nothing names and moves it away; a fresh one may still be named", async () => {
    const bench = await createBench();
    const { id } = await bench.store.artifacts.put(Buffer.from("orphan"));
    expect(await bench.inspect()).toEqual([]);
    const path = artifactPath(join(bench.dir, "artifacts"), id) ?? "";
    utimesSync(path, hourAgo, hourAgo);
    const backup = await repairs(bench);
    expect(readdirSync(backup).toSorted()).toEqual([id.replace(":", "-"), "tutti.db"]);
  });

  it("leaves an orphan alone that was put again after it was found", async () => {
    const bench = await createBench();
    const { id } = await bench.store.artifacts.put(Buffer.from("orphan"));
    utimesSync(artifactPath(join(bench.dir, "artifacts"), id) ?? "", hourAgo, hourAgo);
    const finding = await only(bench);
    await bench.store.artifacts.put(Buffer.from("orphan"));
    expect((await bench.store.audit.repair(finding)).changed).toBe(false);
    expect(await bench.store.artifacts.verify(id)).toBe("ok");
  });

  it("calls nothing an orphan while a log cannot be read", async () => {
    const bench = await createBench();
    const { id } = await bench.store.artifacts.put(Buffer.from("orphan"));
    utimesSync(artifactPath(join(bench.dir, "artifacts"), id) ?? "", hourAgo, hourAgo);
    bench.sql("UPDATE appends SET body = '[{' WHERE run = 1 AND seq = 3");
    expect(await bench.kinds()).toEqual(["body-undecodable"]);
  });

  it("finds rows of no run and removes them, after a copy of the database", async () => {
    const bench = await createBench();
    bench.sql("INSERT INTO appends (run, seq, at, body) VALUES (99, 1, 1, '[]')");
    const backup = await repairs(bench);
    const copy = openConnection({ file: join(backup, "tutti.db"), busyMs: 10 });
    onTestFinished(() => copy.close());
    expect(copy.statement("SELECT run FROM appends WHERE run = 99").all()).toHaveLength(1);
    expect(statSync(join(backup, "tutti.db")).mode & 0o777).toBe(0o600);
  });

  it("finds the lease of a dead holder and gives it back, but not that of a living one", async () => {
    const bench = await createBench();
    const log = await bench.store.runs.open("a");
    expect(await bench.inspect()).toEqual([]);
    bench.clock.advance(20_000);
    expect(await only(bench)).toMatchObject({ kind: "lease-stale", runId: "a" });
    await repairs(bench);
    await expect(log.append([event(9)])).rejects.toSatisfy((error) => isTuttiError(error, "LEASE_LOST"));
  });

  it("finds no fault in the lease of a run that ended right before its process was killed", async () => {
    const bench = await createBench();
    const log = await bench.store.runs.open("a");
    await log.append([event(3)], { status: "completed" });
    bench.clock.advance(20_000);
    expect(await bench.inspect()).toEqual([]);
  });

  it("finds the half-written file of a writer that is gone and moves it away", async () => {
    const bench = await createBench();
    const folder = join(bench.dir, "artifacts", "tmp");
    mkdirSync(folder, { recursive: true });
    for (const name of [`${process.pid}-mine`, "999999999-old", "999999999-fresh"]) {
      writeFileSync(join(folder, name), "half");
      if (!name.endsWith("fresh")) utimesSync(join(folder, name), hourAgo, hourAgo);
    }
    expect((await only(bench)).subject).toBe(join("artifacts", "tmp", "999999999-old"));
    await repairs(bench);
    expect(new Set(readdirSync(folder))).toEqual(new Set(["999999999-fresh", `${process.pid}-mine`]));
  });
});
