import { hash } from "node:crypto";
import type { BigIntStats } from "node:fs";

/** How far a file was written. */
export interface FileMark {
  /** What lies behind so many bytes has not been written yet, as far as anybody knows. */
  readonly length: number;
  /** Tells the last bytes before that apart from others. */
  readonly tail: string;
  /** Nothing was written yet, and the file of this identity is to be moved away before. */
  readonly replaces?: string;
  /** What was there before has no line break at its end. */
  readonly unended?: true;
}

/** So many bytes before its end tell a file from another. */
export const tailBytes = 1024;

export function markAt(length: number, tail: Uint8Array): FileMark {
  return { length, tail: tailOf(tail) };
}

export function tailOf(bytes: Uint8Array): string {
  return hash("sha256", bytes).slice(0, 32);
}

/** Another one for another file, and for the same when it was written meanwhile. */
export function identityOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}:${size}:${mtimeNs}`;
}
