import { randomUUID } from "node:crypto";
import { mkdir, readdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { ContextFile } from "../core/context-record.ts";
import { messageOf, TuttiError } from "../errors.ts";

/** Nobody reads one that was put there longer ago. */
const keptMs = 7 * 24 * 3_600_000;

/**
 * Puts files where an agent finds them, below the folder it works in. Git ignores that folder by a rule that lies in itself: no
 * checkpoint has them, and nothing of the user's is touched. What has lain there for a week goes.
 */
export async function putContextFiles(
  files: readonly ContextFile[],
  { cwd, now }: { readonly cwd: string; readonly now: number },
): Promise<void> {
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    try {
      await prepare(folder, { cwd, now });
    } catch (error) {
      throw cannotPut(folder, messageOf(error));
    }
  }
  for (const { path, text } of files) {
    try {
      await put(join(cwd, path), text);
    } catch (error) {
      throw cannotPut(path, messageOf(error));
    }
  }
}

function cannotPut(path: string, why: string): TuttiError {
  return new TuttiError(
    "WORKSPACE_NOT_READY",
    `Cannot put what the agent is to read into "${path}": ${why}`,
    {
      fix: "let this user write there, or take `references` out of `context_window`",
    },
  );
}

async function prepare(
  folder: string,
  { cwd, now }: { readonly cwd: string; readonly now: number },
): Promise<void> {
  const place = join(cwd, folder);
  await mkdir(place, { recursive: true });
  const way = relative(await realpath(cwd), await realpath(place));
  if (way.startsWith("..") || way !== folder.split("/").join(sep))
    throw new Error("a symbolic link leads elsewhere");
  for (const name of await readdir(place)) {
    const file = join(place, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: now }));
    if (now - mtimeMs > keptMs) await rm(file, { force: true });
  }
  await put(join(place, ".gitignore"), "*\n");
}

/** Whole or not at all, also beside another process that does the same. */
async function put(file: string, text: string): Promise<void> {
  const beside = `${file}.${randomUUID()}~`;
  try {
    await writeFile(beside, text, { flag: "wx", mode: 0o600 });
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
