import { lstat, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { badPath, codeOf, unwritable } from "./failures.ts";

/**
 * Where a file lies that may be written, symbolic links resolved; what is not there yet is as it is named. A path that is not
 * absolute begins in `cwd` and must stay below it; none may lead into what is git's or tutti's own. Rejects with a SinkFailure.
 */
export async function placeOf(cwd: string, path: string): Promise<string> {
  try {
    const place = await freePlace(cwd, path);
    if (!isAbsolute(path)) requireBelow(await resolved(cwd), { place, path });
    return place;
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** The same of a folder, which may be `cwd` itself. */
export async function folderOf(cwd: string, path: string): Promise<string> {
  const isWhole = resolve(cwd, path) === resolve(cwd);
  return isWhole ? resolve(cwd) : placeOf(cwd, path);
}

interface Below {
  /** Where the path begins. */
  readonly cwd: string;
  /** What it must stay below. */
  readonly root: string;
}

/** The same of a file that must stay below `root` in any case. Rejects with BAD_VALUE where it may not be, else with what the system says. */
export async function placeBelow({ cwd, root }: Below, path: string): Promise<string> {
  const place = await freePlace(cwd, path);
  requireBelow(await resolved(root), { place, path });
  return place;
}

/** Throws where a path ends in a folder, whatever is there. */
export function requireName(path: string): void {
  if (/(?:^|\/)\.{0,2}$/.test(path)) throw badPath(path, "it ends without the name of a file");
}

async function freePlace(cwd: string, path: string): Promise<string> {
  const named = resolve(cwd, path);
  requireFree(path, wayTo(resolve(cwd), named));
  const place = await resolved(named);
  requireFree(path, wayTo(await resolved(cwd), place));
  return place;
}

/** A project may lie in such a folder itself: only what is below it counts. */
function wayTo(cwd: string, place: string): string {
  return isBelow(cwd, place) ? relative(cwd, place) : place;
}

const owners: ReadonlyMap<string, string> = new Map([
  [".git", "git"],
  [".tutti", "tutti"],
]);

function requireFree(path: string, way: string): void {
  // many disks take large letters for small ones
  const name = way.split(sep).find((part) => owners.has(part.toLowerCase()));
  if (name === undefined) return;
  const owner = owners.get(name.toLowerCase()) ?? "";
  throw badPath(path, `what lies in "${name}" is ${owner}'s own`, "name a file elsewhere");
}

function requireBelow(
  root: string,
  { place, path }: { readonly place: string; readonly path: string },
): void {
  if (!isBelow(root, place)) throw badPath(path, `it lies outside ${root}`);
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
