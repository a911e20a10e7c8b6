import { lstat, readlink, realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isInside } from "./read-file.ts";
import { fileSignature } from "../../files/changed-files.ts";
import type { GateContext } from "../../ports/gate-checker.ts";

export interface Change {
  /** Relative to the working directory; begins with `../` when it lies outside. */
  readonly path: string;
  readonly what: "created" | "changed" | "deleted";
}

/**
 * What all attempts of the step together changed, by content: what is again as it was before does not count. Undefined
 * when nobody knows all of it.
 */
export async function changesOf({
  subject,
  cwd,
  signal,
}: GateContext): Promise<readonly Change[] | undefined> {
  if (!subject.filesBefore) return undefined;
  const changes: Change[] = [];
  for (const [path, before] of Object.entries(subject.filesBefore)) {
    signal.throwIfAborted();
    const now = await fileSignature(join(cwd, path));
    if (now === before) continue;
    changes.push({ path, what: before === "" ? "created" : now === "" ? "deleted" : "changed" });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What to do where the changes are not known. */
export const changesUnknown = {
  what: "not every change of the step is known",
  fix: "an attempt was interrupted, is a run of its own, or its folder has too many files to compare: work in a git repository, look at what was done, and run the step again",
} as const;

/** True for a path outside the working directory, and for a link there that leads out of it. */
export async function leadsOut(cwd: string, path: string): Promise<boolean> {
  const root = await realpath(cwd);
  const place = resolve(root, path);
  if (!isInside(root, place)) return true;
  try {
    if (!(await lstat(place)).isSymbolicLink()) return false;
    const target = resolve(dirname(place), await readlink(place));
    return !isInside(root, await realpath(place).catch(() => target));
  } catch {
    return false;
  }
}
