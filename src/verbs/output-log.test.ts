import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { temporaryFolder } from "../testing/testbed.ts";
import { outputFile, OutputLog } from "./output-log.ts";

const runId = "r1";

function openLog(): { readonly dir: string; readonly log: OutputLog } {
  const dir = temporaryFolder();
  const onTrouble = (error: Error): void => {
    throw error;
  };
  return { dir, log: new OutputLog(dir, { runId, life: 1, keep: true, onTrouble }) };
}

it("keeps what each attempt printed in a file of its own, the error stream marked", async () => {
  const { dir, log } = openLog();
  log.write({ address: "a/b", attempt: 1, line: "out", stream: "stdout" });
  log.write({ address: "a/b", attempt: 1, line: "err", stream: "stderr" });
  log.write({ address: "a/b", attempt: 2, line: "again", stream: "stdout" });
  await log.close();
  expect(readFileSync(outputFile(dir, { runId, life: 1, address: "a/b", attempt: 1 }), "utf8")).toBe(
    "  out\n! err\n",
  );
  expect(readFileSync(outputFile(dir, { runId, life: 1, address: "a/b", attempt: 2 }), "utf8")).toBe(
    "  again\n",
  );
});

it("writes lines soon, though not one by one", async () => {
  const { dir, log } = openLog();
  const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}`);
  for (const line of lines) log.write({ address: "a", attempt: 1, line, stream: "stdout" });
  const file = outputFile(dir, { runId, life: 1, address: "a", attempt: 1 });
  const whole = lines.map((line) => `  ${line}\n`).join("");
  while (!existsSync(file) || readFileSync(file, "utf8") !== whole) await sleep(1);
  await log.close();
  expect(readFileSync(file, "utf8")).toBe(whole);
});

it("does not bring back a state folder that was removed, and says once that it is gone", async () => {
  const dir = join(temporaryFolder(), ".tutti");
  const told: unknown[] = [];
  const log = new OutputLog(dir, { runId, life: 1, keep: true, onTrouble: (error) => told.push(error) });
  for (const address of ["a", "b"]) log.write({ address, attempt: 1, line: "x", stream: "stdout" });
  await log.close();
  expect(existsSync(dir)).toBe(false);
  expect(told).toMatchObject([{ code: "STORE_DAMAGED", message: expect.stringContaining("was removed") }]);
});

it.skipIf(process.platform !== "linux")("holds no file open for steps that have ended", async () => {
  const { dir, log } = openLog();
  for (let step = 0; step < 200; step += 1) {
    const address = `s${step}`;
    log.write({ address, attempt: 1, line: "x", stream: "stdout" });
    log.write({ address, attempt: 2, line: "x", stream: "stdout" });
    log.end({ address, attempt: 2 });
  }
  const folder = `${dir}/output/${runId}`;
  while (readdirSync(folder).length < 400 || openFilesIn(dir) > 0) await sleep(1);
  expect(readdirSync(folder)).toHaveLength(400);
  await log.close();
});

function openFilesIn(dir: string): number {
  const targets = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return targets.filter((target) => target.startsWith(dir)).length;
}
