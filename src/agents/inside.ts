import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { TuttiError } from "../errors.ts";

/**
 * The absolute path of a file that may be written below `root`, whether it exists or not. Rejects with BAD_VALUE for
 * a path that leads out of it, by `..`, by being absolute or by a symbolic link on the way.
 */
export async function pathInside(root: string, path: string): Promise<string> {
  const realRoot = await realpath(root);
  const target = resolve(realRoot, path);
  if (isAbsolute(path) || !isBelow(realRoot, target)) throw leavesRoot(path);
  const parent = await realParent(dirname(target));
  if (parent !== realRoot && !isBelow(realRoot, parent)) throw leavesRoot(path);
  return target;
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The folder with every symbolic link resolved; what does not exist yet is kept as it is named. */
async function realParent(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    const above = dirname(folder);
    return above === folder ? folder : join(await realParent(above), relative(above, folder));
  }
}

function leavesRoot(path: string): TuttiError {
  return new TuttiError("BAD_VALUE", `Cannot write "${path}": it lies outside the folder of the step`, {
    fix: "name a path below the folder, without `..` and not through a symbolic link",
  });
}
