import { constants, type Dirent } from "node:fs";
import { chmod, copyFile, lstat, mkdir, readdir, readlink, rm, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";

const atOnce = 64;

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** What becomes of a link; default: the same link. */
  readonly copyLink?: (from: string, to: string) => Promise<void>;
}

/**
 * Copies a folder as it is, modes and times too. The files are never those of the folder itself under another name (no hard
 * links), but share its blocks on disk where the file system can do that. What is neither file, folder nor link is left out. `to` must
 * not be there.
 */
export async function copyFolder(from: string, to: string, options: CopyOptions): Promise<void> {
  const { signal, copyLink = sameLink } = options;
  await mkdir(to, { recursive: true });
  const entries = await readdir(from, { withFileTypes: true });
  for (let at = 0; at < entries.length; at += atOnce) {
    signal.throwIfAborted();
    const some = entries.slice(at, at + atOnce);
    await Promise.all(some.map((entry) => copyEntry(entry, { from, to, copyLink })));
  }
  for (const { name } of entries.filter((entry) => entry.isDirectory()))
    await copyFolder(join(from, name), join(to, name), options);
  await takeModeAndTimes(from, to);
}

async function copyEntry(
  entry: Dirent,
  folder: { readonly from: string; readonly to: string } & Required<Pick<CopyOptions, "copyLink">>,
): Promise<void> {
  const [from, to] = [join(folder.from, entry.name), join(folder.to, entry.name)];
  if (entry.isSymbolicLink()) await folder.copyLink(from, to);
  else if (entry.isFile()) await copyOne(from, to);
}

async function sameLink(from: string, to: string): Promise<void> {
  await symlink(await readlink(from), to);
}

/** Copies one file, mode and time too; what is there is replaced. */
export async function copyOne(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await takeModeAndTimes(from, to);
}

async function takeModeAndTimes(from: string, to: string): Promise<void> {
  const { atimeMs, mtimeMs, mode } = await lstat(from);
  await chmod(to, mode & 0o7777);
  await utimes(to, atimeMs / 1000, mtimeMs / 1000);
}

/** Takes a folder away with all that is in it, also where it may not be written. A link is taken away itself. */
export async function removeFolder(dir: string): Promise<void> {
  const retry = { recursive: true, force: true, maxRetries: 3 };
  try {
    await rm(dir, retry);
  } catch (error) {
    if (!isDenied(error)) throw error;
    await makeWritable(dir);
    await rm(dir, retry);
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM");
}

/** Some package managers keep folders that nobody may write, not even to take something out. */
async function makeWritable(dir: string): Promise<void> {
  if (!(await lstat(dir)).isDirectory()) return;
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true }))
    if (entry.isDirectory()) await makeWritable(join(dir, entry.name));
}
