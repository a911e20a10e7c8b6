import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isTuttiError, TuttiError } from "../../errors.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { openConnection, type Connection } from "./connection.ts";
import { createWriter, Refused, type InOrder, type Lane, type Writer } from "./writer.ts";

interface Bench {
  readonly writer: Writer;
  readonly connection: Connection;
  readonly file: string;
  /** How many transactions were begun so far. */
  readonly commits: () => number;
  readonly rows: () => readonly unknown[];
  readonly insert: (id: number, order?: InOrder) => Promise<unknown>;
}

function createBench(lockWaitMs = 5000): Bench {
  const file = join(temporaryFolder(), "test.db");
  const inner = openConnection({ file, busyMs: 10 });
  onTestFinished(() => inner.close());
  inner.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
  let commits = 0;
  const connection: Connection = {
    ...inner,
    transaction: (work) => {
      commits += 1;
      return inner.transaction(work);
    },
  };
  const writer = createWriter(connection, { lockWaitMs });
  const statement = connection.statement("INSERT INTO t VALUES (?)");
  return {
    writer,
    connection,
    file,
    commits: () => commits,
    rows: () =>
      inner
        .statement("SELECT id FROM t ORDER BY rowid")
        .all()
        .map((row) => row["id"]),
    insert: (id, order) => writer.write(() => statement.run(id), order ? { order } : {}),
  };
}

const refusal = new TuttiError("LEASE_LOST", "Cannot", { fix: "no" });

describe("the group writer", () => {
  it("stores all that waits at the same moment with one commit, in order", async () => {
    const { insert, commits, rows } = createBench();
    await Promise.all(Array.from({ length: 500 }, (_, i) => insert(i)));
    expect(commits()).toBe(1);
    expect(rows()).toEqual(Array.from({ length: 500 }, (_, i) => i));
  });

  it("commits a crowd in groups of bounded size", async () => {
    const { insert, commits } = createBench();
    await Promise.all(Array.from({ length: 2000 }, (_, i) => insert(i)));
    expect(commits()).toBe(4);
  });

  it("commits a lonely job in the next turn of the event loop, with no timer", async () => {
    const { insert, rows } = createBench();
    let timers = 0;
    const timer = setTimeout(() => (timers += 1), 0);
    const done = insert(1);
    expect(rows()).toEqual([]);
    await done;
    clearTimeout(timer);
    expect(rows()).toEqual([1]);
    expect(timers).toBeLessThanOrEqual(1);
  });

  it("rejects only the job that refuses", async () => {
    const { writer, insert, commits, rows } = createBench();
    const refuse = (): never => {
      throw new Refused(refusal);
    };
    const results = await Promise.allSettled([insert(1), writer.write(refuse), insert(2)]);
    expect(results[1]).toEqual({ status: "rejected", reason: refusal });
    expect(rows()).toEqual([1, 2]);
    expect(commits()).toBe(1);
  });

  it("rejects only the culprit when a job breaks the transaction", async () => {
    const { insert, rows } = createBench();
    const results = await Promise.allSettled([insert(1), insert(1), insert(2)]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(rows()).toEqual([1, 2]);
  });

  it("fails what waits in a lane behind a failure for the same reason, and nothing that comes later", async () => {
    const { writer, insert, rows } = createBench();
    const lane: Lane = { generation: 0, brokenBy: undefined };
    const order = (): InOrder => ({ lane, generation: lane.generation });
    const refuse = (): never => {
      throw new Refused(refusal);
    };
    const results = await Promise.allSettled([
      insert(1, order()),
      writer.write(refuse, { order: order() }),
      insert(2, order()),
      insert(3),
      insert(4, order()),
    ]);
    expect(results.map((one) => (one.status === "rejected" ? one.reason : "ok"))).toEqual([
      "ok",
      refusal,
      refusal,
      "ok",
      refusal,
    ]);
    await insert(5, order());
    expect(rows()).toEqual([1, 3, 5]);
  });

  it("leaves the thread free while another program holds the lock, then goes on in order", async () => {
    const { insert, rows, file } = createBench();
    const other = openConnection({ file, busyMs: 10 });
    onTestFinished(() => other.close());
    other.exec("BEGIN IMMEDIATE");
    let turns = 0;
    const turning = setInterval(() => {
      turns += 1;
      if (turns === 5) other.exec("COMMIT");
    }, 5);
    await Promise.all([insert(1), insert(2), insert(3)]);
    clearInterval(turning);
    expect(turns).toBeGreaterThanOrEqual(5);
    expect(rows()).toEqual([1, 2, 3]);
  });

  it("says STORE_LOCKED when the lock is held for too long, and works again afterwards", async () => {
    const { insert, rows, file } = createBench(60);
    const other = openConnection({ file, busyMs: 10 });
    onTestFinished(() => other.close());
    other.exec("BEGIN IMMEDIATE");
    for (const one of await Promise.allSettled([insert(1), insert(2)])) {
      expect(one.status === "rejected" && isTuttiError(one.reason, "STORE_LOCKED")).toBe(true);
    }
    other.exec("COMMIT");
    await insert(3);
    expect(rows()).toEqual([3]);
  });

  it("decides all that was given before it closes, and refuses the rest", async () => {
    const { writer, insert, rows } = createBench();
    const done = insert(1);
    await writer.close();
    await done;
    await expect(insert(2)).rejects.toSatisfy((error) => isTuttiError(error, "INTERNAL"));
    expect(rows()).toEqual([1]);
    await writer.close();
  });
});
