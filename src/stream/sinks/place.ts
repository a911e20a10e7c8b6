import { lstat, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { badPath, codeOf, unwritable } from "./failures.ts";

/**
 * Where a file lies that may be written, symbolic links resolved; what is not there yet is as it is named. A path that is not
 * absolute must stay below `root`. Rejects with a SinkFailure.
 */
export async function placeOf(root: string, path: string): Promise<string> {
  try {
    return await (isAbsolute(path) ? resolved(path) : placeBelow(root, path));
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** The same of a path that must stay below `root` in any case. Rejects with BAD_VALUE where it leads out of it, else with what the system says. */
export async function placeBelow(root: string, path: string): Promise<string> {
  const realRoot = await realpath(root);
  const place = await resolved(resolve(realRoot, path));
  if (!isBelow(realRoot, place)) throw badPath(path, `it lies outside ${root}`);
  return place;
}

async function resolved(path: string): Promise<string> {
  if (path.includes("\0")) throw badPath(path, "it holds a NUL character");
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  if (await isLink(path)) throw badPath(path, "it is a symbolic link to what is not there");
  const above = dirname(path);
  return above === path ? path : join(await resolved(above), relative(above, path));
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch {
    return false;
  }
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
