import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * The pages of a database as they are after its write-ahead log, read without SQLite, which refuses a whole table when
 * one page above it is damaged (formats: https://sqlite.org/fileformat2.html).
 *
 * - pages count from 1; `read` gives undefined for one that is not there, or only in part;
 * - of the log counts what SQLite would count: whole transactions, up to the first frame whose checksum is wrong;
 * - `free` are the pages that the database has given up, which still hold what was deleted; undefined when their list
 *   cannot be read.
 */
export interface PageFile {
  readonly count: number;
  readonly pageBytes: number;
  readonly free: ReadonlySet<number> | undefined;
  read(no: number): Buffer | undefined;
  close(): void;
}

export const databaseMagic = "SQLite format 3\0";
/** What tutti makes: SQLite's default. */
const usualPageBytes = 4096;

export function openPageFile(file: string): PageFile {
  const database = openSync(file, "r");
  const log = existsSync(`${file}-wal`) ? openSync(`${file}-wal`, "r") : undefined;
  const header = readAt(database, { at: 0, bytes: 100 });
  const pageBytes = pageBytesOf(header) ?? usualPageBytes;
  const frames = log === undefined ? new Map<number, number>() : framesOf(log, pageBytes);
  const count = Math.max(Math.floor(fstatSync(database).size / pageBytes), ...pageNumbers(frames));
  const read = (no: number): Buffer | undefined => {
    const frame = frames.get(no);
    if (frame !== undefined && log !== undefined) return readAt(log, { at: frame, bytes: pageBytes });
    if (!Number.isSafeInteger(no) || no < 1 || no > count) return undefined;
    return readAt(database, { at: (no - 1) * pageBytes, bytes: pageBytes });
  };
  return {
    count,
    pageBytes,
    free: freePages(read, count),
    read,
    close: () => {
      closeSync(database);
      if (log !== undefined) closeSync(log);
    },
  };
}

/** The highest alone, because a log may have more pages than a call takes arguments. */
function pageNumbers(frames: ReadonlyMap<number, number>): readonly number[] {
  let highest = 0;
  for (const no of frames.keys()) highest = Math.max(highest, no);
  return [highest];
}

function readAt(
  fd: number,
  { at, bytes }: { readonly at: number; readonly bytes: number },
): Buffer | undefined {
  const buffer = Buffer.alloc(bytes);
  return readSync(fd, buffer, 0, bytes, at) === bytes ? buffer : undefined;
}

function hasMagic(header: Buffer | undefined): header is Buffer {
  return header?.toString("latin1", 0, databaseMagic.length) === databaseMagic;
}

function pageBytesOf(header: Buffer | undefined): number | undefined {
  if (!hasMagic(header)) return undefined;
  const value = header.readUInt16BE(16);
  const bytes = value === 1 ? 65_536 : value;
  const isPowerOfTwo = bytes >= 512 && (bytes & (bytes - 1)) === 0;
  return isPowerOfTwo ? bytes : undefined;
}

/** Trunk pages, each with the number of the next one, how many leaves it has, and those. */
function freePages(read: PageFile["read"], count: number): ReadonlySet<number> | undefined {
  const header = read(1);
  if (!hasMagic(header)) return undefined;
  const free = new Set<number>();
  for (let no = header.readUInt32BE(32); no !== 0;) {
    const trunk = free.has(no) ? undefined : read(no);
    if (!trunk) return undefined;
    free.add(no);
    const leaves = trunk.readUInt32BE(4);
    if (leaves > trunk.length / 4 - 2) return undefined;
    for (let index = 0; index < leaves; index += 1) free.add(trunk.readUInt32BE(8 + 4 * index));
    no = trunk.readUInt32BE(0);
  }
  const isWhole = free.size === header.readUInt32BE(36) && [...free].every((no) => no > 1 && no <= count);
  return isWhole ? free : undefined;
}

const logMagic = 0x377f0682;
const logHeaderBytes = 32;
const frameHeaderBytes = 24;

/** Where in the log the newest version of each page lies. */
function framesOf(log: number, pageBytes: number): ReadonlyMap<number, number> {
  const frames = new Map<number, number>();
  const pending = new Map<number, number>();
  for (const { no, at, isLast } of soundFrames(log, pageBytes)) {
    pending.set(no, at);
    if (!isLast) continue;
    for (const [changed, place] of pending) frames.set(changed, place);
    pending.clear();
  }
  return frames;
}

interface Frame {
  readonly no: number;
  /** Where its page begins. */
  readonly at: number;
  /** It ends a transaction. */
  readonly isLast: boolean;
}

function* soundFrames(log: number, pageBytes: number): Iterable<Frame> {
  const header = readAt(log, { at: 0, bytes: logHeaderBytes });
  const sum = header && sumOf(header, pageBytes);
  if (!header || !sum) return;
  for (let at = logHeaderBytes; ; at += frameHeaderBytes + pageBytes) {
    const frame = readAt(log, { at, bytes: frameHeaderBytes + pageBytes });
    // one from before the log was begun again has other salts
    if (!frame || !frame.subarray(8, 16).equals(header.subarray(16, 24))) return;
    if (!sum.add(frame.subarray(0, 8)).add(frame.subarray(frameHeaderBytes)).equals(frame, 16)) return;
    yield { no: frame.readUInt32BE(0), at: at + frameHeaderBytes, isLast: frame.readUInt32BE(4) !== 0 };
  }
}

/** The checksum as it begins; undefined for what is no log of such pages. */
function sumOf(header: Buffer, pageBytes: number): Sum | undefined {
  const magic = header.readUInt32BE(0);
  if ((magic & ~1) !== logMagic || header.readUInt32BE(8) !== pageBytes) return undefined;
  const sum = createSum((magic & 1) === 1).add(header.subarray(0, 24));
  return sum.equals(header, 24) ? sum : undefined;
}

interface Sum {
  add(bytes: Buffer): Sum;
  /** True when the two words stand there. */
  equals(bytes: Buffer, at: number): boolean;
}

/** The checksum that goes on from frame to frame, over pairs of words in the byte order that the log names. */
function createSum(isBig: boolean): Sum {
  let first = 0;
  let second = 0;
  const sum: Sum = {
    add: (bytes) => {
      for (let at = 0; at + 8 <= bytes.length; at += 8) {
        first = (first + wordAt(bytes, at) + second) >>> 0;
        second = (second + wordAt(bytes, at + 4) + first) >>> 0;
      }
      return sum;
    },
    equals: (bytes, at) => bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second,
  };
  const wordAt = (bytes: Buffer, at: number): number =>
    isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  return sum;
}
