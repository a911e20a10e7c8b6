import { constants, type BigIntStats } from "node:fs";
import * as disk from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { badPath, changed, codeOf, unwritable } from "./failures.ts";
import { identityOf, markAt, tailBytes, tailOf, type FileMark } from "./file-mark.ts";
import { makeFolder } from "./make-folder.ts";
import { syncFolder } from "./sync-folder.ts";

/**
 * A file that grows by whole writes, each once, whatever happens in between.
 *
 * - `append` resolves when the bytes are on the disk, and then `mark` is behind them; whoever keeps the mark and opens the
 *   file at it again goes on there. What was written but not marked is found again when the same bytes are appended once
 *   more: nothing is taken away from who reads the file meanwhile;
 * - bytes behind the mark that are not those which are appended are moved to a file beside it, `<name>.cut`;
 * - it rejects with SINK_CHANGED when somebody else wrote, cut, moved or removed the file, and leaves it as it is; with
 *   STORE_FULL when the disk is full, and takes back what it wrote of these bytes;
 * - without a mark the file begins: with `append` behind what is there, else what is there is moved to `<name>.before` (or `.before-2`, …:
 *   what lies there stays) when the first bytes come, or when it is finished without any. A file that is opened and never finished is as it was.
 */
export interface OutputFile {
  readonly mark: FileMark;
  append(bytes: Uint8Array): Promise<void>;
  /** Nothing more comes: the file is there, and nothing lies behind the mark. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

export type FileSystem = Pick<typeof disk, "access" | "lstat" | "mkdir" | "open" | "rename" | "stat">;

export interface OutputFileOptions {
  readonly mark: FileMark | undefined;
  readonly append: boolean;
  /** Told what was moved away. */
  readonly print: (line: string) => void;
  readonly fs?: FileSystem;
}

export async function openOutputFile(path: string, options: OutputFileOptions): Promise<OutputFile> {
  const place: Place = { path, fs: options.fs ?? disk, print: options.print };
  try {
    const mark = options.mark ?? (await firstMark(place, options.append));
    return new GrowingFile(place, { mark, opened: mark.length > 0 ? await openAt(place, mark) : undefined });
  } catch (error) {
    throw unwritable(path, error);
  }
}

interface Place {
  readonly path: string;
  readonly fs: FileSystem;
  readonly print: (line: string) => void;
}

interface Opened {
  readonly handle: FileHandle;
  readonly ino: bigint;
  /** The last bytes before the mark. */
  tail: Uint8Array;
  /** Bytes behind the mark that an earlier process left. */
  behind: number;
}

class GrowingFile implements OutputFile {
  readonly #place: Place;
  #mark: FileMark;
  #opened: Opened | undefined;
  #changed: Error | undefined;

  constructor(
    place: Place,
    { mark, opened }: { readonly mark: FileMark; readonly opened: Opened | undefined },
  ) {
    this.#place = place;
    this.#mark = mark;
    this.#opened = opened;
  }

  get mark(): FileMark {
    return this.#mark;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#guarded(async (opened) => {
      const { length, unended } = this.#mark;
      const wanted = unended ? Buffer.concat([newline, bytes]) : bytes;
      const done = (await findAgain(opened, { bytes: wanted, length })) ?? (await this.#moveRest(opened));
      await this.#write(opened, wanted.subarray(done));
      const tail = Buffer.concat([opened.tail, wanted.subarray(-tailBytes)]).subarray(-tailBytes);
      const mark = markAt(length + wanted.length, tail);
      const { size } = await opened.handle.stat();
      if (size !== mark.length + opened.behind) throw notAlone(this.#place.path);
      opened.tail = tail;
      this.#mark = mark;
    });
  }

  async finish(): Promise<void> {
    await this.#guarded(async (opened) => {
      if (opened.behind > 0) await this.#moveRest(opened);
    });
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.handle.close();
  }

  /** After a failure the file is opened again: what it then holds is looked at anew. */
  async #guarded(work: (opened: Opened) => Promise<void>): Promise<void> {
    if (this.#changed) throw this.#changed;
    try {
      this.#opened ??= await openAt(this.#place, this.#mark);
      await this.#look(this.#opened);
      await work(this.#opened);
    } catch (error) {
      await this.close().catch(() => undefined);
      const failure = unwritable(this.#place.path, error);
      if (failure.code === "SINK_CHANGED") this.#changed = failure;
      throw failure;
    }
  }

  /** Bytes that are written to a file which others have moved away would be lost. */
  async #look({ ino, behind }: Opened): Promise<void> {
    const { path, fs } = this.#place;
    const found = await look(fs, path);
    if (found?.ino !== ino) throw gone(path);
    const { length } = this.#mark;
    if (Number(found.size) < length + behind) throw shorter(path, length + behind);
    if (Number(found.size) > length + behind) throw notAlone(path);
  }

  async #write({ handle, behind }: Opened, bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;)
        at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
      await handle.datasync();
    } catch (error) {
      // what is left there nevertheless is found at the next opening
      if (behind === 0) await handle.truncate(this.#mark.length).catch(() => undefined);
      throw error;
    }
  }

  /** Cuts the file at the mark. */
  async #moveRest(opened: Opened): Promise<0> {
    const { path, fs, print } = this.#place;
    const { length } = this.#mark;
    const count = opened.behind;
    await copyRest(opened.handle, { fs, from: length, to: `${path}.cut` });
    await opened.handle.truncate(length);
    await opened.handle.datasync();
    opened.behind = 0;
    print(`${path}: ${count} bytes behind what the pipeline had written are in ${basename(path)}.cut now`);
    return 0;
  }
}

const newline = Buffer.from("\n");

/** The folder is there and may be written: found out before anything is paid for what will be written. */
async function prepare({ path, fs }: Place): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder, fs);
  await fs.access(folder, constants.W_OK | constants.X_OK);
}

async function firstMark(place: Place, append: boolean): Promise<FileMark> {
  const { path, fs } = place;
  const found = await look(fs, path);
  if (!append || found === undefined) await prepare(place);
  if (found === undefined || found.size === 0n) return markAt(0, Buffer.of());
  if (!append) return { ...markAt(0, Buffer.of()), replaces: identityOf(found) };
  const handle = await fs.open(path, "r+");
  try {
    const length = Number(found.size);
    const tail = await tailBefore(handle, length);
    return { ...markAt(length, tail), ...(tail.at(-1) === newline[0] ? {} : { unended: true }) };
  } finally {
    await handle.close();
  }
}

/** The file at its place; undefined where there is none. Throws where something is that cannot grow. */
async function look(fs: FileSystem, path: string): Promise<BigIntStats | undefined> {
  try {
    const found = await fs.stat(path, { bigint: true });
    if (!found.isFile()) throw badPath(path, "it is no regular file");
    return found;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function openAt(place: Place, mark: FileMark): Promise<Opened> {
  const { path, fs } = place;
  if (mark.replaces !== undefined) await moveBefore(place, mark.replaces);
  const isNew = (await look(fs, path)) === undefined;
  if (isNew && mark.length > 0) throw gone(path);
  const handle = await fs.open(path, "a+");
  try {
    if (isNew) await syncFolder(dirname(path), fs);
    const { size, ino } = await handle.stat({ bigint: true });
    const behind = Number(size) - mark.length;
    if (behind < 0) throw shorter(path, mark.length);
    const tail = await tailBefore(handle, mark.length);
    if (tailOf(tail) !== mark.tail) throw other(path);
    return { handle, ino, tail, behind };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** What is there now only when it still is what was there at the beginning: anything else was written since then. */
async function moveBefore({ path, fs, print }: Place, replaces: string): Promise<void> {
  const found = await look(fs, path);
  if (found === undefined || identityOf(found) !== replaces) return;
  const aside = await freeName(`${path}.before`, fs);
  await fs.rename(path, aside);
  await syncFolder(dirname(path), fs);
  print(`${path}: what was there is in ${basename(aside)} now`);
}

async function freeName(name: string, fs: FileSystem): Promise<string> {
  let free = name;
  for (let no = 2; await isTaken(free, fs); no += 1) free = `${name}-${no}`;
  return free;
}

async function isTaken(path: string, { lstat }: FileSystem): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/**
 * How many of the bytes are there already, left by an earlier process; undefined: what is there is something else.
 */
async function findAgain(
  opened: Opened,
  { bytes, length }: { readonly bytes: Uint8Array; readonly length: number },
): Promise<number | undefined> {
  const count = Math.min(opened.behind, bytes.length);
  const found = await readAt(opened.handle, length, count);
  if (!found.equals(bytes.subarray(0, count))) return undefined;
  opened.behind -= count;
  return count;
}

function tailBefore(handle: FileHandle, length: number): Promise<Buffer> {
  const count = Math.min(length, tailBytes);
  return readAt(handle, length - count, count);
}

async function readAt(handle: FileHandle, position: number, count: number): Promise<Buffer> {
  const bytes = Buffer.alloc(count);
  let done = 0;
  while (done < count) {
    const { bytesRead } = await handle.read(bytes, done, count - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

const chunkBytes = 65_536;

async function copyRest(
  handle: FileHandle,
  { fs, from, to }: { readonly fs: FileSystem; readonly from: number; readonly to: string },
): Promise<void> {
  const aside = await fs.open(to, "a");
  try {
    let at = from;
    for (
      let chunk = await readAt(handle, at, chunkBytes);
      chunk.length > 0;
      chunk = await readAt(handle, at, chunkBytes)
    ) {
      await aside.appendFile(chunk);
      at += chunk.length;
    }
    await aside.sync();
  } finally {
    await aside.close();
  }
  await syncFolder(dirname(to), fs);
}

function gone(path: string): Error {
  return changed(path, "the file that the pipeline wrote is not there any more", putBack(path));
}

/** Another run that wrote there moved away what it found. */
function putBack(path: string): string {
  const name = basename(path);
  return `put it back as it was (a run that wrote there since then has moved it to ${name}.before or ${name}.cut) and resume this run, or start it anew`;
}

function shorter(path: string, length: number): Error {
  return changed(path, `it has fewer than the ${length} bytes that the pipeline wrote`, putBack(path));
}

function other(path: string): Error {
  return changed(path, "it holds something else than what the pipeline wrote", putBack(path));
}

function notAlone(path: string): Error {
  return changed(
    path,
    "somebody else writes it as well",
    "let nobody else write it, and resume the run: what is not the pipeline's goes into a file beside it",
  );
}
