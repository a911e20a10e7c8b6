import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startProgram } from "../testing/testbed.ts";
import { lockFile, tryLock, withLock } from "./file-lock.ts";

const signal = new AbortController().signal;

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), "tutti-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "deep", "a.lock");
}

it("one holds it alone, and the next gets it when it is given back", async () => {
  const file = place();
  const release = await lockFile(file, { kind: "exclusive", signal });
  expect(tryLock(file, "exclusive")).toBeUndefined();
  expect(tryLock(file, "shared")).toBeUndefined();
  const next = lockFile(file, { kind: "exclusive", signal });
  release();
  (await next)();
});

it("many share it, and none of them holds it alone", async () => {
  const file = place();
  const first = await lockFile(file, { kind: "shared", signal });
  const second = await lockFile(file, { kind: "shared", signal });
  expect(tryLock(file, "exclusive")).toBeUndefined();
  first();
  second();
  tryLock(file, "exclusive")?.();
  expect.assertions(1);
});

it("does a work at a time, and gives the lock back when one fails", async () => {
  const file = place();
  let within = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    within += 1;
    most = Math.max(most, within);
    await new Promise(setImmediate);
    within -= 1;
    throw new RangeError("failed");
  };
  const all = await Promise.allSettled([1, 2, 3].map(() => withLock(file, signal, work)));
  expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(most).toBe(1);
});

it("who waits stops when it is told to", async () => {
  const file = place();
  const release = await lockFile(file, { kind: "exclusive", signal });
  const stop = new AbortController();
  const waiting = lockFile(file, { kind: "exclusive", signal: stop.signal });
  stop.abort(new RangeError("enough"));
  await expect(waiting).rejects.toThrow("enough");
  release();
});

it("another process is kept out, and a killed one leaves nothing behind", async () => {
  const file = place();
  const other = startProgram(`
    import { lockFile } from ${JSON.stringify(new URL("file-lock.ts", import.meta.url).href)};
    await lockFile(${JSON.stringify(file)}, { kind: "exclusive", signal: new AbortController().signal });
    console.log("holds");
    setInterval(() => {}, 1000);
  `);
  await other.line("holds");
  expect(tryLock(file, "shared")).toBeUndefined();
  await other.kill();
  (await lockFile(file, { kind: "exclusive", signal }))();
});
