import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** What the file holds; undefined when it is not there, or was cut off. Its shape is for the caller to doubt. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/** Writes the file whole or not at all. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}.new`;
  writeFileSync(next, `${JSON.stringify(value, undefined, 1)}\n`, { mode: 0o600 });
  renameSync(next, file);
}
