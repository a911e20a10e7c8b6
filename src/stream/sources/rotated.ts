import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isSameFile } from "./file-text.ts";
import type { FileMark } from "./file-text.ts";
import { inoOf } from "./ino.ts";
import { isTuttiError } from "../../errors.ts";

/** Where a file that was read before lies now, and from where it is read on; undefined: it is gone. */
export async function findAgain(
  mark: FileMark,
  cwd: string,
): Promise<{ readonly at: string; readonly from: FileMark } | undefined> {
  const absolute = resolve(cwd, mark.path);
  const ino = await inoOf(absolute);
  // the same file, cut or written anew: its beginning is what is new
  if (ino === mark.ino) return (await isSame(absolute, mark)) ? { at: absolute, from: mark } : undefined;
  const moved = await movedTo(mark, dirname(absolute));
  if (moved !== undefined) return { at: moved, from: mark };
  // a copy, as after a move to another disk
  return mark.stamp.bytes > 0 && (await isSame(absolute, mark)) ? { at: absolute, from: mark } : undefined;
}

/** Rotation renames within the folder. */
async function movedTo(mark: FileMark, folder: string): Promise<string | undefined> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if ((await inoOf(path).catch(() => undefined)) === mark.ino && (await isSame(path, mark))) return path;
  }
  return undefined;
}

async function isSame(absolute: string, mark: FileMark): Promise<boolean> {
  try {
    return await isSameFile(absolute, mark);
  } catch (error) {
    if (isTuttiError(error)) return false;
    throw error;
  }
}
