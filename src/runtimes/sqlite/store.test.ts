import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isTuttiError, type ErrorCode } from "../../errors.ts";
import { event, newRun, output } from "../../testing/run-store-harness.ts";
import { temporaryFolder, tinyDisk } from "../../testing/testbed.ts";
import { createFakeClock } from "../memory/fake-clock.ts";
import { openConnection } from "./connection.ts";
import { identify } from "./process-identity.ts";
import { openSqliteStore, type SqliteStore } from "./store.ts";

const clock = createFakeClock();

async function open(dir: string): Promise<SqliteStore> {
  const store = await openSqliteStore({ dir, clock });
  onTestFinished(() => store.close());
  return store;
}

function refused(code: ErrorCode): (error: unknown) => boolean {
  return (error) => isTuttiError(error, code);
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("the store's folder", () => {
  it("is private, and ignored by git", async () => {
    const dir = join(temporaryFolder(), "deep", ".tutti");
    const store = await open(dir);
    const log = await store.runs.create(newRun("a"), [event(0)]);
    await log.append([output(1, "x".repeat(20_000))]);
    expect(modeOf(dir)).toBe("700");
    expect(readFileSync(join(dir, ".gitignore"), "utf8")).toBe("*\n");
    for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
      const path = join(dir, name);
      expect(modeOf(path), name).toBe(statSync(path).isDirectory() ? "700" : "600");
    }
    expect(readdirSync(dir)).toContain("tutti.db-wal");
  });

  it("closes twice without harm, and refuses to write afterwards", async () => {
    const store = await open(temporaryFolder());
    const log = await store.runs.create(newRun("a"), [event(0)]);
    await store.close();
    await store.runs.close();
    await expect(log.append([event(1)])).rejects.toSatisfy(refused("INTERNAL"));
  });

  it("says what is the case when it cannot be made", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    await expect(openSqliteStore({ dir: file, clock })).rejects.toSatisfy(refused("FILE_UNREADABLE"));
  });
});

describe("a database that cannot be used", () => {
  it.each([1, 99])("of format %s, never released or newer, is refused with STORE_VERSION", async (format) => {
    const dir = temporaryFolder();
    await (await open(dir)).close();
    const connection = openConnection({ file: join(dir, "tutti.db"), busyMs: 10 });
    connection.exec(`PRAGMA user_version = ${format}`);
    connection.close();
    await expect(openSqliteStore({ dir, clock })).rejects.toSatisfy(refused("STORE_VERSION"));
  });

  it("of another program is refused and stays as it is", async () => {
    const dir = temporaryFolder();
    const file = join(dir, "tutti.db");
    const connection = openConnection({ file, busyMs: 10 });
    connection.exec("PRAGMA journal_mode = DELETE; CREATE TABLE theirs (x)");
    connection.close();
    const before = readFileSync(file);
    await expect(openSqliteStore({ dir, clock })).rejects.toSatisfy(refused("STORE_DAMAGED"));
    expect(readFileSync(file)).toEqual(before);
  });

  it("overwritten with garbage is refused with STORE_DAMAGED, and nothing is deleted", async () => {
    const dir = await folderAfterKill();
    const file = join(dir, "tutti.db");
    writeFileSync(file, "garbage ".repeat(3000));
    const before = [readFileSync(file), readFileSync(`${file}-wal`)];
    await expect(openSqliteStore({ dir, clock })).rejects.toSatisfy(refused("STORE_DAMAGED"));
    expect([readFileSync(file), readFileSync(`${file}-wal`)]).toEqual(before);
  });

  it("that is a folder or a pipe is refused with STORE_DAMAGED and what to do with it", async () => {
    const makers = [
      { kind: "a folder", make: (file: string) => mkdirSync(file) },
      { kind: "a device, pipe or socket", make: (file: string) => execFileSync("mkfifo", [file]) },
    ];
    for (const { kind, make } of makers) {
      const dir = temporaryFolder();
      const file = join(dir, "tutti.db");
      make(file);
      const failure: unknown = await openSqliteStore({ dir, clock }).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: "STORE_DAMAGED",
        message: `Cannot use the database "${file}": it is ${kind}, no file`,
      });
      expect(failure).toHaveProperty("fix", expect.stringContaining(`move ${file}*`));
    }
  });

  it("that is a link to itself is refused with FILE_UNREADABLE", async () => {
    const dir = temporaryFolder();
    symlinkSync("tutti.db", join(dir, "tutti.db"));
    await expect(openSqliteStore({ dir, clock })).rejects.toSatisfy(refused("FILE_UNREADABLE"));
  });

  it("overwritten says what to do with the file, and where its last copy is", async () => {
    const dir = await folderAfterKill();
    const file = join(dir, "tutti.db");
    writeFileSync(file, "garbage");
    const fixOf = () => openSqliteStore({ dir, clock }).then(String, (error: { fix?: string }) => error.fix);
    expect(await fixOf()).toContain(`move ${file}* into a folder of their own, then copy a copy of your own`);
    for (const stamp of ["2026-01-01", "2026-02-01", "2026-03-01"])
      mkdirSync(join(dir, "backup", stamp), { recursive: true });
    for (const stamp of ["2026-01-01", "2026-02-01"])
      writeFileSync(join(dir, "backup", stamp, "tutti.db"), "");
    expect(await fixOf()).toContain(`copy ${join(dir, "backup", "2026-02-01", "tutti.db")} there`);
  });

  it("emptied or gone is refused while its log is there, and the log is kept", async () => {
    for (const harm of [(file: string) => truncateSync(file, 0), (file: string) => rmSync(file)]) {
      const dir = await folderAfterKill();
      const file = join(dir, "tutti.db");
      const log = readFileSync(`${file}-wal`);
      harm(file);
      await expect(openSqliteStore({ dir, clock })).rejects.toSatisfy(refused("STORE_DAMAGED"));
      expect(readFileSync(`${file}-wal`)).toEqual(log);
    }
  });

  it("damaged in the middle gives what can be read and STORE_DAMAGED for the rest", async () => {
    const dir = temporaryFolder();
    const store = await openSqliteStore({ dir, clock });
    for (const id of ["a", "b"]) {
      const log = await store.runs.create(newRun(id), [event(0)]);
      for (let i = 1; i < 400; i += 1) void log.append([output(i, `${i} `.repeat(40))]);
    }
    await store.close();
    const file = join(dir, "tutti.db");
    const bytes = readFileSync(file);
    bytes.fill(0x55, Math.floor(bytes.length * 0.75));
    writeFileSync(file, bytes);
    const again = await open(dir);
    const results = await Promise.allSettled(["a", "b"].map((id) => again.runs.read(id)));
    expect(
      results.some((one) => one.status === "rejected" && isTuttiError(one.reason, "STORE_DAMAGED")),
    ).toBe(true);
  });

  it("held by another program is refused with STORE_LOCKED", async () => {
    const dir = temporaryFolder();
    await (await open(dir)).close();
    const other = openConnection({ file: join(dir, "tutti.db"), busyMs: 10 });
    onTestFinished(() => other.close());
    const store = await openSqliteStore({ dir, clock, lockWaitMs: 50 });
    other.exec("BEGIN IMMEDIATE");
    await expect(store.runs.create(newRun("a"), [event(0)])).rejects.toSatisfy(refused("STORE_LOCKED"));
    other.exec("ROLLBACK; PRAGMA locking_mode = EXCLUSIVE");
    await store.close();
    other.exec("BEGIN EXCLUSIVE; CREATE TABLE x (y)");
    await expect(openSqliteStore({ dir, clock, lockWaitMs: 50 })).rejects.toSatisfy(refused("STORE_LOCKED"));
  });
});

describe("a database that is taken away while it is open", () => {
  const harms: Readonly<Record<string, (dir: string) => void>> = {
    "with its folder": (dir) => rmSync(dir, { recursive: true }),
    "by itself": (dir) => rmSync(join(dir, "tutti.db")),
    "and replaced by a copy": (dir) => {
      copyFileSync(join(dir, "tutti.db"), join(dir, "copy"));
      renameSync(join(dir, "copy"), join(dir, "tutti.db"));
    },
  };

  it.for(Object.entries(harms))("%s: no append, large value or message is taken", async ([, harm]) => {
    const dir = join(temporaryFolder(), ".tutti");
    const store = await open(dir);
    const log = await store.runs.create(newRun("a"), [event(0)]);
    harm(dir);
    const before = existsSync(dir);
    await expect(log.append([event(1)])).rejects.toThrow("it was removed or replaced while runs were going");
    await expect(log.append([event(1)], { status: "completed" })).rejects.toSatisfy(refused("STORE_DAMAGED"));
    await expect(log.append([output(1, "x".repeat(20_000))])).rejects.toSatisfy(refused("STORE_DAMAGED"));
    await expect(log.inbox()).rejects.toSatisfy(refused("STORE_DAMAGED"));
    expect(existsSync(dir)).toBe(before);
  });

  it("is noticed by a run that does one step after another", async () => {
    const dir = join(temporaryFolder(), ".tutti");
    const store = await open(dir);
    const log = await store.runs.create(newRun("a"), [event(0)]);
    const appendOn = async (): Promise<never> => {
      for (let at = 1; ; at += 1) await log.append([event(at)], { alone: true });
    };
    const appending = appendOn();
    rmSync(dir, { recursive: true });
    await expect(appending).rejects.toSatisfy(refused("STORE_DAMAGED"));
  });

  it("is noticed with the next renewal of the leases, though nothing is appended", async () => {
    const dir = join(temporaryFolder(), ".tutti");
    const store = await openSqliteStore({ dir, clock, leaseTtlMs: 60 });
    onTestFinished(() => store.close());
    const log = await store.runs.create(newRun("a"), [event(0)]);
    const noticed = new Promise<void>((resolve) => log.changed(resolve));
    rmSync(dir, { recursive: true });
    await noticed;
    await expect(log.inbox()).rejects.toSatisfy(refused("STORE_DAMAGED"));
  });
});

describe("a lost artifact", () => {
  it("is named in the place of the value for a reader, and stops a driver", async () => {
    const dir = temporaryFolder();
    const store = await open(dir);
    const log = await store.runs.create(newRun("a"), [event(0)]);
    await log.append([output(1, "x".repeat(20_000)), event(2)]);
    await log.release();
    rmSync(join(dir, "artifacts"), { recursive: true });
    const [first, second, third] = await store.runs.read("a");
    expect([first, third]).toEqual([event(0), event(2)]);
    expect(JSON.stringify(second)).toMatch(/\[lost: sha256:[0-9a-f]{64}, 20000 bytes\]/);
    await expect(store.runs.open("a")).rejects.toSatisfy(refused("ARTIFACT_MISSING"));
    expect((await store.runs.list())[0]?.owner).toBeUndefined();
    const held = await store.runs.open("a", { withLost: true });
    expect(held.events[1]).toEqual(second);
    expect(held.lost).toEqual([/\[lost: [^\]]*\]/.exec(JSON.stringify(second))?.[0]]);
  });
});

describe("the write-ahead log", () => {
  it("with a torn tail loses only what was not whole", async () => {
    const dir = await folderAfterKill();
    const log = join(dir, "tutti.db-wal");
    const bytes = readFileSync(log);
    for (const cut of [1, 24, 4096, 5000]) {
      const copy = temporaryFolder();
      copyFileSync(join(dir, "tutti.db"), join(copy, "tutti.db"));
      writeFileSync(join(copy, "tutti.db-wal"), bytes.subarray(0, bytes.length - cut));
      const store = await open(copy);
      const events = await store.runs.read("a");
      expect(events.length).toBeGreaterThan(0);
      expect(events).toEqual(Array.from({ length: events.length }, (_, i) => event(Math.floor(i / 2))));
      expect(events.length % 2).toBe(0);
    }
  });
});

describe("a full disk", () => {
  it("refuses with STORE_FULL, keeps what was stored, and goes on when there is space", async (context) => {
    const disk = tinyDisk(2);
    if (!disk) return context.skip("no disk of its own can be mounted here");
    const ballast = join(disk.folder, "ballast");
    writeFileSync(ballast, Buffer.alloc(600_000));
    const store = await open(join(disk.folder, ".tutti"));
    const log = await store.runs.create(newRun("a"), [event(0)]);
    let stored = 1;
    const noise = (seed: number) => Buffer.alloc(3000, `${Math.sin(seed)}`).toString("base64");
    const fill = async (): Promise<void> => {
      for (; ; stored += 1) await log.append([output(stored, noise(stored))]);
    };
    await expect(fill()).rejects.toSatisfy(refused("STORE_FULL"));
    await expect(log.append([output(0, "y".repeat(1_000_000))])).rejects.toSatisfy(refused("STORE_FULL"));
    expect(await store.runs.read("a")).toHaveLength(stored);
    rmSync(ballast);
    await log.append([event(7)]);
    expect(await store.runs.read("a")).toHaveLength(stored + 1);
  });
});

/** A folder as `kill -9` leaves it: with a write-ahead log that was not yet moved into the database. */
async function folderAfterKill(): Promise<string> {
  const dir = temporaryFolder();
  const killed = temporaryFolder();
  const store = await openSqliteStore({ dir, clock, identity: { ...identify(), started: "before" } });
  const log = await store.runs.create(newRun("a"), [event(0), event(0)]);
  for (let i = 1; i < 20; i += 1) await log.append([event(i), event(i)]);
  for (const name of ["tutti.db", "tutti.db-wal"]) copyFileSync(join(dir, name), join(killed, name));
  await store.close();
  expect(existsSync(join(killed, "tutti.db-wal"))).toBe(true);
  return killed;
}
