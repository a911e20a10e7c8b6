import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { RawPath } from "./paths.ts";

/** What was written anew between two states of an index. */
export interface IndexDifference {
  /** Files that are there, and that git found other than it knew them, if only by their times. */
  readonly touched: ReadonlySet<RawPath>;
  readonly gone: ReadonlySet<RawPath>;
}

/**
 * Compares two states of one index by the entries themselves (gitformat-index): that tells more than git does, which says nothing of
 * a file whose bytes mean the same to it. Undefined for a version of the format that is not read here.
 */
export function indexDifference(
  [from, to]: readonly [string, string],
  { hashBytes }: { readonly hashBytes: number },
): IndexDifference | undefined {
  const before = cursorOf(readFileSync(from), hashBytes);
  const after = cursorOf(readFileSync(to), hashBytes);
  if (!before || !after) return undefined;
  const touched = new Set<RawPath>();
  const gone = new Set<RawPath>();
  while (before.left > 0 || after.left > 0) {
    const order = compareNames(before, after);
    if (order < 0) gone.add(nameAt(before));
    else if (order > 0 || !isSameEntry(before, after)) touched.add(nameAt(after));
    if (order <= 0) next(before);
    if (order >= 0) next(after);
  }
  return { touched, gone };
}

/** A format that `indexDifference` reads. */
export function isReadable(file: string): boolean {
  const header = Buffer.alloc(headerBytes);
  const opened = openSync(file, "r");
  try {
    readSync(opened, header);
  } finally {
    closeSync(opened);
  }
  return hasFormat(header);
}

function hasFormat(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, 4) === "DIRC" && [2, 3].includes(bytes.readUInt32BE(4));
}

interface Cursor {
  readonly bytes: Buffer;
  /** So long is an entry before its flags. */
  readonly fixed: number;
  left: number;
  at: number;
  nameAt: number;
  nameEnd: number;
}

const headerBytes = 12;
/** Times, device, inode, mode, owner, size. */
const statBytes = 40;
const extended = 0x40;

function cursorOf(bytes: Buffer, hashBytes: number): Cursor | undefined {
  if (bytes.length < headerBytes || !hasFormat(bytes)) return undefined;
  const left = bytes.readUInt32BE(8);
  const cursor = { bytes, fixed: statBytes + hashBytes, left, at: headerBytes, nameAt: 0, nameEnd: 0 };
  findName(cursor);
  return cursor;
}

function findName(cursor: Cursor): void {
  if (cursor.left === 0) return;
  const flags = cursor.at + cursor.fixed;
  cursor.nameAt = flags + ((cursor.bytes[flags] ?? 0) & extended ? 4 : 2);
  cursor.nameEnd = cursor.bytes.indexOf(0, cursor.nameAt);
}

/** Entries end with one to eight zeros, at a multiple of eight. */
function next(cursor: Cursor): void {
  cursor.at += (cursor.nameEnd - cursor.at + 8) & ~7;
  cursor.left -= 1;
  findName(cursor);
}

function compareNames(one: Cursor, other: Cursor): number {
  if (one.left === 0) return 1;
  if (other.left === 0) return -1;
  return one.bytes.compare(other.bytes, other.nameAt, other.nameEnd, one.nameAt, one.nameEnd);
}

function isSameEntry(one: Cursor, other: Cursor): boolean {
  const [a, b] = [one.at + one.fixed, other.at + other.fixed];
  return one.bytes.compare(other.bytes, other.at, b, one.at, a) === 0;
}

function nameAt({ bytes, nameAt: from, nameEnd }: Cursor): RawPath {
  return bytes.toString("latin1", from, nameEnd);
}
