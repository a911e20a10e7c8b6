import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { absentMode, type Change } from "./changes.ts";
import type { RawPath } from "./paths.ts";

/** An entry that is other in a later state of an index, if only by the times that git knows of the file. */
export type IndexChange = Change & { readonly isContent: boolean };

/**
 * Compares two states of one index by the entries themselves (gitformat-index): that tells more than git does, which says nothing of
 * a file whose bytes mean the same to it. Undefined for a version of the format that is not read here.
 */
export function indexChanges(
  [from, to]: readonly [string, string],
  { hashBytes }: { readonly hashBytes: number },
): readonly IndexChange[] | undefined {
  const before = cursorOf(readAgain("before", from), hashBytes);
  const after = cursorOf(readAgain("after", to), hashBytes);
  return before && after ? [...changesOf(before, after)] : undefined;
}

function* changesOf(before: Cursor, after: Cursor): Generator<IndexChange> {
  skipSame(before, after);
  while (before.left > 0 || after.left > 0) {
    const order = compareNames(before, after);
    yield changeOf(order <= 0 ? before : undefined, order >= 0 ? after : undefined);
    if (order <= 0) next(before);
    if (order >= 0) next(after);
    skipSame(before, after);
  }
}

/** Goes on to the first entries that are not the same. */
function skipSame(one: Cursor, other: Cursor): void {
  if (one.left === 0 || other.left === 0) return;
  const [from, left] = [one.at, one.left];
  const end = from + sameBytes(one, other);
  while (one.left > 0 && one.nameEnd < end) next(one);
  other.at += one.at - from;
  other.left -= left - one.left;
  findName(other);
}

/** How many bytes from here on are the same; to compare much at once is fast. */
function sameBytes(one: Cursor, other: Cursor): number {
  const most = Math.min(one.bytes.length - one.at, other.bytes.length - other.at);
  const isSame = (from: number, to: number): boolean =>
    one.bytes.compare(other.bytes, other.at + from, other.at + to, one.at + from, one.at + to) === 0;
  let [known, step] = [0, 256];
  while (known + step <= most && isSame(known, known + step)) {
    known += step;
    step *= 2;
  }
  for (step = Math.min(step, most - known); step > 0; step = Math.floor(step / 2))
    while (known + step <= most && isSame(known, known + step)) known += step;
  return known;
}

function changeOf(before: Cursor | undefined, after: Cursor | undefined): IndexChange {
  const [oldMode, oldId] = contentAt(before);
  const [newMode, newId] = contentAt(after);
  const path = nameAt(after) ?? nameAt(before) ?? "";
  return { path, oldMode, newMode, oldId, newId, isContent: oldMode !== newMode || oldId !== newId };
}

export interface IndexEntry {
  readonly path: RawPath;
  readonly mode: string;
  readonly id: string;
}

/** What is in it, in its order. Undefined for a version of the format that is not read here. */
export function indexEntries(
  file: string,
  { hashBytes }: { readonly hashBytes: number },
): Iterable<IndexEntry> | undefined {
  const cursor = cursorOf(readFileSync(file), hashBytes);
  return cursor && entriesAt(cursor);
}

function* entriesAt(cursor: Cursor): Generator<IndexEntry> {
  for (; cursor.left > 0; next(cursor)) {
    const [mode, id] = contentAt(cursor);
    yield { path: nameAt(cursor) ?? "", mode, id };
  }
}

/** Paths of the entries that are commits of other repositories. Undefined for a version of the format that is not read here. */
export function linksOf(
  file: string,
  { hashBytes }: { readonly hashBytes: number },
): readonly RawPath[] | undefined {
  const cursor = cursorOf(readFileSync(file), hashBytes);
  if (!cursor) return undefined;
  const links: RawPath[] = [];
  for (; cursor.left > 0; next(cursor))
    if (cursor.bytes.readUInt32BE(cursor.at + modeAt) === linkBits) links.push(nameAt(cursor) ?? "");
  return links;
}

/** Of an entry that is a commit of another repository. */
export const linkMode = "160000";
const linkBits = Number.parseInt(linkMode, 8);

/** A format that `indexChanges` reads. */
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

/**
 * Memory that is used again for each comparison: what lies outside of the heap is freed late, and the larger a process is the longer it
 * takes to start another.
 */
const memory = { before: Buffer.alloc(0), after: Buffer.alloc(0) };

function readAgain(which: keyof typeof memory, file: string): Buffer {
  const opened = openSync(file, "r");
  try {
    const { size } = fstatSync(opened);
    if (memory[which].length < size) memory[which] = Buffer.allocUnsafeSlow(Math.ceil(size * 1.2));
    return memory[which].subarray(0, readSync(opened, memory[which], 0, size, 0));
  } finally {
    closeSync(opened);
  }
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
const modeAt = 24;
const extended = 0x40;
/** Names of this length and more are counted by their end. */
const longName = 0xfff;

function cursorOf(bytes: Buffer, hashBytes: number): Cursor | undefined {
  if (bytes.length < headerBytes || !hasFormat(bytes)) return undefined;
  const left = bytes.readUInt32BE(8);
  const cursor = { bytes, fixed: statBytes + hashBytes, left, at: headerBytes, nameAt: 0, nameEnd: 0 };
  findName(cursor);
  return cursor;
}

function findName(cursor: Cursor): void {
  if (cursor.left === 0) return;
  const { bytes } = cursor;
  const flags = cursor.at + cursor.fixed;
  const [high = 0, low = 0] = [bytes[flags], bytes[flags + 1]];
  const length = ((high << 8) | low) & longName;
  cursor.nameAt = flags + (high & extended ? 4 : 2);
  cursor.nameEnd = length < longName ? cursor.nameAt + length : bytes.indexOf(0, cursor.nameAt + length);
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

function contentAt(cursor: Cursor | undefined): readonly [string, string] {
  if (!cursor) return [absentMode, ""];
  const { bytes, at, fixed } = cursor;
  const mode = bytes.readUInt32BE(at + modeAt).toString(8);
  return [mode, bytes.toString("hex", at + statBytes, at + fixed)];
}

function nameAt(cursor: Cursor | undefined): RawPath | undefined {
  return cursor?.bytes.toString("latin1", cursor.nameAt, cursor.nameEnd);
}
