import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { createDraft } from "./draft.ts";
import { fileError, noFiles, notAFile } from "./file-error.ts";
import { isSameFile, markToJson, openFileText, parseMark } from "./file-text.ts";
import type { FileMark, FileText } from "./file-text.ts";
import { openFollowing } from "./follow.ts";
import type { SourceOptions } from "./options.ts";
import { expandPaths, isAfter } from "./paths.ts";
import type { FoundPath } from "./paths.ts";
import { readPosition } from "./position.ts";
import { TuttiError } from "../../errors.ts";
import { isObject, type JsonObject } from "../../expression/json.ts";
import type { Source } from "../../language/pipeline.ts";
import type { SourceReader } from "../source.ts";

export type RecordsSource = Extract<Source, { readonly kind: "records" }>;

/** Most bytes that are read at once. */
const chunkBytes = 65_536;

/**
 * Records of files, one file after another. A file counts as the one that was read before when it begins in the same way and holds
 * all that was read of it, whatever its place on the disk. In a continuous pipeline the files are followed.
 */
export async function openRecords(source: RecordsSource, options: SourceOptions): Promise<SourceReader> {
  const parse = (position: JsonObject): readonly FileMark[] | undefined =>
    position["followed"] === options.continuous ? parseMarks(position) : undefined;
  const marks = readPosition(options.position, { kind: "records", parse });
  const memory = new Uint8Array(chunkBytes);
  const { format } = source;
  const text = { cwd: options.host.cwd, format, maxBytes: options.flow.recordBytes, memory };
  if (options.continuous) return openFollowing(source.paths, { marks, text, host: options.host });
  const files = await filesToRead(source.paths, { cwd: options.host.cwd, mark: marks?.[0] });
  return readOneByOne(files, (file) =>
    openFileText(file, { ...text, ...(file.from ? { from: file.from } : {}) }),
  );
}

function parseMarks({ files }: JsonObject): readonly FileMark[] | undefined {
  if (!Array.isArray(files)) return undefined;
  const marks = files.map((value) => (isObject(value) ? parseMark(value) : undefined));
  return marks.every((mark) => mark !== undefined) ? marks : undefined;
}

interface FileToRead extends FoundPath {
  readonly size: number;
  /** What was read of it before. */
  readonly from?: FileMark;
}

async function filesToRead(
  paths: readonly string[],
  { cwd, mark }: { readonly cwd: string; readonly mark: FileMark | undefined },
): Promise<readonly FileToRead[]> {
  const found = await expandPaths(paths, cwd);
  if (found.length === 0 && !mark) throw noFiles(paths);
  const later = mark ? found.filter((file) => isAfter(file, mark)) : found;
  const files: readonly FileToRead[] = await Promise.all(
    [...(mark ? [mark] : []), ...later].map(async ({ pattern, path }) => {
      const size = await sizeOf(resolve(cwd, path), path);
      return { pattern, path, size };
    }),
  );
  if (!mark) return files;
  if (!(await isSameFile(resolve(cwd, mark.path), mark))) throw changed(mark.path);
  return files.map((file, index) => (index === 0 ? { ...file, from: mark } : file));
}

async function sizeOf(absolute: string, path: string): Promise<number> {
  const found = await stat(absolute).catch((error: unknown) => {
    throw fileError(path, error);
  });
  if (!found.isFile()) throw notAFile(path, found.isDirectory());
  return found.size;
}

function changed(path: string): TuttiError {
  return new TuttiError(
    "SOURCE_UNREADABLE",
    `Cannot go on with "${path}": what was read of it has changed since`,
    {
      fix: "put the file back as it was, or start a new run",
    },
  );
}

function readOneByOne(
  files: readonly FileToRead[],
  open: (file: FileToRead) => Promise<FileText>,
): SourceReader {
  let at = 0;
  let text: FileText | undefined;
  let last: FileMark | undefined;

  /** The file that is read now; the one before is over. */
  async function current(): Promise<FileText | undefined> {
    const file = files[at];
    return file && (text ??= await open(file));
  }

  async function next(file: FileText): Promise<void> {
    last = file.mark;
    text = undefined;
    at += 1;
    await file.close();
  }

  function lag(): { readonly bytes: number } {
    const ahead = files.slice(text ? at + 1 : at).reduce((sum, { size }) => sum + size, 0);
    return { bytes: ahead + (text?.left ?? 0) };
  }

  return {
    async read(most, signal) {
      signal.throwIfAborted();
      const draft = createDraft(most);
      for (let file = await current(); file && draft.count === 0; file = await current()) {
        signal.throwIfAborted();
        if (await file.fill(draft)) break;
        file.finish(draft);
        await next(file);
      }
      const mark = text?.mark ?? last;
      const position = { kind: "records", followed: false, files: mark ? [markToJson(mark)] : [] };
      return draft.done({ position, ended: at === files.length, lag: lag() });
    },
    async close() {
      await text?.close();
      text = undefined;
    },
  };
}
