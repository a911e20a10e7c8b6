import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";

const pollMs = 50;
/** SQLite's number for "somebody else holds it". */
const busy = 5;

/**
 * Holds the lock of this file until the returned function is called: `exclusive` alone, `shared` beside others that only read.
 * It holds between processes and inside one, and the system takes it from a process that was killed: no lock is ever left behind,
 * which no file with a process id in it can promise. (An empty database of SQLite is nothing but its locks.)
 */
export async function lockFile(
  file: string,
  { kind, signal }: { readonly kind: "exclusive" | "shared"; readonly signal: AbortSignal },
): Promise<() => void> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  for (;;) {
    signal.throwIfAborted();
    const release = tryLock(file, kind);
    if (release) return release;
    await wait(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** The lock, or nothing when somebody else holds it. */
export function tryLock(file: string, kind: "exclusive" | "shared"): (() => void) | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    if (kind === "exclusive") database.exec("BEGIN EXCLUSIVE");
    else database.exec("BEGIN; SELECT count(*) FROM sqlite_master");
    return () => database.close();
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && Number(error.errcode) % 256 === busy)
      return undefined;
    throw error;
  }
}

/** Does the work while it holds the lock alone. */
export async function withLock<T>(file: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const release = await lockFile(file, { kind: "exclusive", signal });
  try {
    return await work();
  } finally {
    release();
  }
}
