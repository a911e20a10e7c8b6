import { closeSync, openSync, readFileSync, readSync } from "node:fs";
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
  const before = cursorOf(readFileSync(from), hashBytes);
  const after = cursorOf(readFileSync(to), hashBytes);
  return before && after ? [...changesOf(before, after)] : undefined;
}

function* changesOf(before: Cursor, after: Cursor): Generator<IndexChange> {
  while (before.left > 0 || after.left > 0) {
    const isSame = isSameEntry(before, after);
    const order = isSame ? 0 : compareNames(before, after);
    if (!isSame) yield changeOf(order <= 0 ? before : undefined, order >= 0 ? after : undefined);
    if (order <= 0) next(before);
    if (order >= 0) next(after);
  }
}

function changeOf(before: Cursor | undefined, after: Cursor | undefined): IndexChange {
  const [oldMode, oldId] = contentAt(before);
  const [newMode, newId] = contentAt(after);
  const path = nameAt(after) ?? nameAt(before) ?? "";
  return { path, oldMode, newMode, oldId, newId, isContent: oldMode !== newMode || oldId !== newId };
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
    if (cursor.bytes.readUInt32BE(cursor.at + modeAt) === linkMode) links.push(nameAt(cursor) ?? "");
  return links;
}

const linkMode = 0o160000;

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

function isSameEntry(one: Cursor, other: Cursor): boolean {
  if (one.left === 0 || other.left === 0) return false;
  return one.bytes.compare(other.bytes, other.at, other.nameEnd, one.at, one.nameEnd) === 0;
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
