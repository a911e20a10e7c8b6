import * as disk from "node:fs/promises";
import { dirname } from "node:path";
import { badPath, codeOf } from "./failures.ts";

type FileSystem = Pick<typeof disk, "mkdir" | "stat">;

/**
 * Makes a folder and those above it; resolves with the topmost that it made, undefined: all were there. Rejects with BAD_VALUE
 * where there can be none, else with what the system says.
 */
// `recursive` of Node never comes back where a folder that is there takes no new one and says ENOENT, as in /proc
export async function makeFolder(folder: string, fs: FileSystem = disk): Promise<string | undefined> {
  if (await isMade(folder, fs)) return folder;
  if (await isFolder(folder, fs)) return undefined;
  const above = dirname(folder);
  const first = above === folder ? undefined : await makeFolder(above, fs);
  if (await isMade(folder, fs)) return first ?? folder;
  if (await isFolder(folder, fs)) return first;
  throw badPath(folder, "no folder can be made there", "name a file elsewhere");
}

/** False: it is there already, or that in which it would lie is not. */
async function isMade(folder: string, { mkdir, stat }: FileSystem): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || (await isFolder(folder, { mkdir, stat }))) return false;
    throw error;
  }
}

async function isFolder(folder: string, { stat }: FileSystem): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory();
  } catch {
    return false;
  }
}
