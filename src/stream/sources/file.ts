import { hash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { fileError, notAFile } from "./file-error.ts";
import type { Json, JsonObject } from "../../expression/json.ts";
import { isObject } from "../../expression/json.ts";
import { isCount } from "./position.ts";

/** So many bytes at the beginning tell one file from another. */
const stampBytes = 1024;

/** The first bytes of a file, as far as they were there: those of a file that grows stay the same. */
export interface Stamp {
  readonly bytes: number;
  readonly hash: string;
}

export const noStamp: Stamp = { bytes: 0, hash: "" };

/** Opens a file for reading; FILE_NOT_FOUND or FILE_UNREADABLE, also for what is no regular file. */
export async function openFile(
  absolute: string,
  path: string,
): Promise<{ readonly handle: FileHandle; readonly ino: string; readonly size: number }> {
  let handle: FileHandle;
  try {
    // without waiting for somebody to write into a pipe
    handle = await open(absolute, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw fileError(path, error);
  }
  const stats = await handle.stat({ bigint: true });
  if (!stats.isFile()) {
    await handle.close();
    throw notAFile(path, stats.isDirectory());
  }
  return { handle, ino: String(stats.ino), size: Number(stats.size) };
}

/** The stamp of a file of which so many bytes are known to be there. */
export async function stampOf(handle: FileHandle, size: number): Promise<Stamp> {
  const bytes = Buffer.alloc(Math.min(size, stampBytes));
  let read = 0;
  while (read < bytes.length) {
    const { bytesRead } = await handle.read(bytes, read, bytes.length - read, read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return { bytes: read, hash: hash("sha256", bytes.subarray(0, read)).slice(0, 32) };
}

/** Longer stamps tell no more. */
export function isWhole({ bytes }: Stamp): boolean {
  return bytes === stampBytes;
}

/** Whether the file begins as it did when the stamp was made. */
export async function fitsStamp(handle: FileHandle, stamp: Stamp): Promise<boolean> {
  if (stamp.bytes === 0) return true;
  const now = await stampOf(handle, stamp.bytes);
  return now.bytes === stamp.bytes && now.hash === stamp.hash;
}

export function stampToJson({ bytes, hash: text }: Stamp): JsonObject {
  return { bytes, hash: text };
}

export function parseStamp(value: Json | undefined): Stamp | undefined {
  if (!isObject(value)) return undefined;
  const { bytes, hash: text } = value;
  return isCount(bytes) && typeof text === "string" ? { bytes, hash: text } : undefined;
}
