import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import { unlessMissing } from "./artifacts.ts";

/** A new folder for what a repair is about to change, named after the time. */
export async function newBackupFolder(dir: string, clock: Clock): Promise<string> {
  const stamp = new Date(clock.now()).toISOString().replaceAll(":", "-");
  let folder = join(dir, "backup", stamp);
  for (let copy = 2; await unlessMissing(stat(folder)); copy += 1)
    folder = join(dir, "backup", `${stamp}-${copy}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}
