import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Json } from "../expression/json.ts";

/** Writes JSON so that a reader sees the old file or the new one; the file is 0600, new folders are 0700. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, `${JSON.stringify(value)}\n`, { mode: 0o600, flush: true });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The JSON in a file; undefined when there is none or it is damaged. */
export async function readJson(file: string): Promise<Json | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Json;
  } catch {
    return undefined;
  }
}
