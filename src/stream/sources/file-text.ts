import type { FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import type { Draft } from "./draft.ts";
import { fileError } from "./file-error.ts";
import { fitsStamp, isWhole, noStamp, openFile, parseStamp, stampOf, stampToJson } from "./file.ts";
import type { Stamp } from "./file.ts";
import type { FoundPath } from "./paths.ts";
import { isCount, parsePlace } from "./position.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { RecordFormat } from "../../language/pipeline.ts";
import { createDecoder, firstPlace } from "../records/decode.ts";
import type { DecoderPlace, RecordDecoder } from "../records/decode.ts";

/** How far a file was read. */
export interface FileMark extends FoundPath {
  readonly ino: string;
  readonly stamp: Stamp;
  readonly place: DecoderPlace;
}

export interface FileTextOptions {
  readonly cwd: string;
  readonly format: RecordFormat;
  readonly maxBytes: number;
  /** Memory into which is read; of one reader, which reads one file at a time. */
  readonly memory: Uint8Array;
  /** Where the file lies now, when that is not its path: it was renamed. */
  readonly at?: string;
  /** What was read of it before; the caller has seen that it is still that file. */
  readonly from?: FileMark;
  /** It is shorter than what was read of it, or begins in another way: it is read from its beginning. Absent: nobody looks. */
  readonly onRewritten?: () => void;
}

export async function openFileText(found: FoundPath, options: FileTextOptions): Promise<FileText> {
  const { handle, ino, size } = await openFile(options.at ?? resolve(options.cwd, found.path), found.path);
  return new FileText({ ...options, found, handle, ino, size });
}

interface Opened extends FileTextOptions {
  readonly found: FoundPath;
  readonly handle: FileHandle;
  readonly ino: string;
  readonly size: number;
}

/** Records of one file. */
export class FileText {
  readonly ino: string;
  readonly #opened: Opened;
  #decoder: RecordDecoder;
  #stamp: Stamp;
  #size: number;
  /** Bytes that the decoder has. */
  #read: number;

  constructor(opened: Opened) {
    const { ino, size, from } = opened;
    this.ino = ino;
    this.#opened = opened;
    this.#size = size;
    this.#stamp = from?.stamp ?? noStamp;
    this.#decoder = decoderOf(opened, from?.place);
    this.#read = this.#decoder.place.offset;
  }

  get mark(): FileMark {
    return { ...this.#opened.found, ino: this.ino, stamp: this.#stamp, place: this.#decoder.place };
  }

  /** Bytes that were not given yet, when it was last looked at. */
  get left(): number {
    return Math.max(0, this.#size - this.#decoder.place.offset);
  }

  /** Adds records, as soon as some are there; false: it has no more bytes now. */
  async fill(draft: Draft): Promise<boolean> {
    const { path } = this.#opened.found;
    for (;;) {
      while (!draft.isFull) {
        const record = this.#decoder.next();
        if (record === undefined) break;
        draft.add(record, path);
      }
      if (draft.count > 0) return true;
      if (!(await this.#readChunk())) return false;
    }
  }

  /** Adds what has no line break behind it; nothing more is read. */
  finish(draft: Draft): void {
    const record = this.#decoder.last();
    if (record) draft.add(record, this.#opened.found.path);
  }

  close(): Promise<void> {
    return this.#opened.handle.close();
  }

  async #readChunk(): Promise<boolean> {
    const { handle, memory, found, onRewritten } = this.#opened;
    if (onRewritten) await this.#lookAgain(onRewritten);
    const bytesRead = await readAt(handle, { memory, at: this.#read, path: found.path });
    if (bytesRead === 0) return false;
    this.#read += bytesRead;
    this.#size = Math.max(this.#size, this.#read);
    if (!isWhole(this.#stamp)) this.#stamp = await stampOf(handle, this.#read);
    this.#decoder.feed(memory.slice(0, bytesRead));
    return true;
  }

  async #lookAgain(onRewritten: () => void): Promise<void> {
    const { handle } = this.#opened;
    this.#size = Number((await handle.stat({ bigint: true })).size);
    if (this.#size >= this.#read && (await fitsStamp(handle, this.#stamp))) return;
    this.#stamp = noStamp;
    this.#read = 0;
    this.#decoder = decoderOf(this.#opened);
    onRewritten();
  }
}

function decoderOf(
  { format, maxBytes, found }: Pick<Opened, "format" | "maxBytes" | "found">,
  from: DecoderPlace = firstPlace,
): RecordDecoder {
  return createDecoder(format, { maxBytes, from, name: found.path });
}

async function readAt(
  handle: FileHandle,
  { memory, at, path }: { readonly memory: Uint8Array; readonly at: number; readonly path: string },
): Promise<number> {
  try {
    return (await handle.read(memory, 0, memory.length, at)).bytesRead;
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Whether the file at this place is the one that was read, and holds what was read of it. */
export async function isSameFile(absolute: string, mark: FileMark): Promise<boolean> {
  const { handle, size } = await openFile(absolute, mark.path);
  try {
    return size >= mark.place.offset && (await fitsStamp(handle, mark.stamp));
  } finally {
    await handle.close();
  }
}

export function markToJson({ pattern, path, ino, stamp, place }: FileMark): JsonObject {
  return { pattern, path, ino, stamp: stampToJson(stamp), ...place };
}

export function parseMark(value: JsonObject): FileMark | undefined {
  const { pattern, path, ino } = value;
  const stamp = parseStamp(value["stamp"]);
  const place = parsePlace(value);
  if (!isCount(pattern) || typeof path !== "string" || typeof ino !== "string") return undefined;
  return stamp && place && { pattern, path, ino, stamp, place };
}
