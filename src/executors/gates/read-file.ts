import { createHash } from "node:crypto";
import { constants, open, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { excerpt } from "../failed.ts";
import { messageOf } from "../../errors.ts";

export interface FileRead {
  readonly text: string;
  readonly bytes: number;
  /** `sha256:…` of the content, as artifacts are named. */
  readonly hash: string;
  readonly changedAtMs: number;
}

/** Largest file that a gate reads whole. */
const largestBytes = 128 * 1024 * 1024;

/**
 * A file of the working directory as text. Gives the reason, in words, when there is none, when it lies outside the
 * directory (also through a link), when it is no file, or too large.
 */
export async function readInside(
  cwd: string,
  path: string,
  { maxBytes = largestBytes }: { readonly maxBytes?: number } = {},
): Promise<FileRead | { readonly problem: string }> {
  const name = excerpt(path);
  try {
    const real = await realpath(join(cwd, path));
    if (isAbsolute(path) || !isInside(await realpath(cwd), real))
      return { problem: `"${name}" lies outside the working directory` };
    return await readWhole(real, { name, maxBytes });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const isAbsent = code === "ENOENT" || code === "ENOTDIR";
    return { problem: isAbsent ? `there is no file "${name}"` : `"${name}": ${messageOf(error)}` };
  }
}

async function readWhole(
  path: string,
  { name, maxBytes }: { readonly name: string; readonly maxBytes: number },
): Promise<FileRead | { readonly problem: string }> {
  // A pipe that nobody writes to would be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return { problem: `"${name}" is no file` };
    if (stat.size > maxBytes)
      return { problem: `"${name}" has ${stat.size} bytes, and at most ${maxBytes} are read` };
    const content = await file.readFile();
    const hash = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    return {
      text: content.toString("utf8"),
      bytes: content.byteLength,
      hash,
      changedAtMs: stat.mtimeMs,
    };
  } finally {
    await file.close();
  }
}

/** True for a folder itself and all that lies below it. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
