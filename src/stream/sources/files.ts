import { isUtf8 } from "node:buffer";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { createDraft, recordOf } from "./draft.ts";
import type { Found } from "./draft.ts";
import { fileError, noFiles, notAFile } from "./file-error.ts";
import { openFile } from "./file.ts";
import { openNewFiles } from "./new-files.ts";
import type { SourceOptions } from "./options.ts";
import { expandPaths, isAfter } from "./paths.ts";
import type { FoundPath } from "./paths.ts";
import { isCount, readPosition } from "./position.ts";
import { messageOf } from "../../errors.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { Source } from "../../language/pipeline.ts";
import type { SourceReader } from "../source.ts";

type FilesSource = Extract<Source, { readonly kind: "files" }>;

/**
 * A record for each file: its path, its size, and its text where that is asked for. A file that is there no more when its turn
 * comes is a bad record. In a continuous pipeline new and changed files are records as they come.
 */
export async function openFiles(source: FilesSource, options: SourceOptions): Promise<SourceReader> {
  const { cwd } = options.host;
  const toRecord = (path: string): Promise<Found> =>
    fileRecord(path, { cwd, withText: source.content === true, maxBytes: options.flow.recordBytes });
  if (options.continuous) return openNewFiles(source.paths, { ...options, toRecord });
  const from = readPosition(options.position, { kind: "files", parse: parseFound });
  const found = await expandPaths(source.paths, cwd);
  if (found.length === 0 && !from) throw noFiles(source.paths);
  const files = from ? found.filter((file) => isAfter(file, from)) : found;
  for (const { path } of files) if (source.paths.includes(path)) await checkFile(resolve(cwd, path), path);
  return readInOrder(files, { from, toRecord });
}

function parseFound({ pattern, path }: JsonObject): FoundPath | undefined {
  return isCount(pattern) && typeof path === "string" ? { pattern, path } : undefined;
}

async function checkFile(absolute: string, path: string): Promise<void> {
  const found = await stat(absolute).catch((error: unknown) => {
    throw fileError(path, error);
  });
  if (!found.isFile()) throw notAFile(path, found.isDirectory());
}

function readInOrder(
  files: readonly FoundPath[],
  {
    from,
    toRecord,
  }: { readonly from: FoundPath | undefined; readonly toRecord: (path: string) => Promise<Found> },
): SourceReader {
  let at = 0;
  let last = from;
  return {
    async read(most, signal) {
      const draft = createDraft(most);
      for (let file = files[at]; file && !draft.isFull; file = files[at]) {
        if (draft.count === 0) signal.throwIfAborted();
        draft.add(await toRecord(file.path), file.path);
        last = file;
        at += 1;
      }
      const position = { kind: "files", ...(last ?? { pattern: 0, path: "" }) };
      const left = files.length - at;
      return draft.done({ position, ended: left === 0, lag: { records: left } });
    },
    close: async () => {},
  };
}

interface RecordOptions {
  readonly cwd: string;
  readonly withText: boolean;
  readonly maxBytes: number;
}

async function fileRecord(path: string, { cwd, withText, maxBytes }: RecordOptions): Promise<Found> {
  try {
    const { handle, size } = await openFile(resolve(cwd, path), path);
    try {
      if (!withText) return { text: JSON.stringify({ path, bytes: size }) };
      if (size > maxBytes)
        return bad("RECORD_TOO_LONG", { reason: `the file has ${size} bytes, more than ${maxBytes}`, path });
      const bytes = await handle.readFile();
      if (!isUtf8(bytes)) return bad("RECORD_ENCODING", { reason: "it is not text in UTF-8", path });
      return recordOf(JSON.stringify({ path, bytes: bytes.length, text: bytes.toString() }), { maxBytes });
    } finally {
      await handle.close();
    }
  } catch (error) {
    return bad("RECORD_UNREADABLE", { reason: messageOf(error), path });
  }
}

type Code = NonNullable<Found["bad"]>["code"];

function bad(code: Code, { reason, path }: { readonly reason: string; readonly path: string }): Found {
  return { bad: { code, reason, text: JSON.stringify({ path }) } };
}
