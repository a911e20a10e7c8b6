import { createHash, hash, randomUUID, type Hash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, type FileHandle } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { ArtifactRef, ArtifactStore } from "../../ports/artifact-store.ts";
import { abortable } from "../abortable.ts";
import { artifactMissingError, removedError, storeFullError } from "../store-errors.ts";

/**
 * Artifacts as files `ab/cdef…` below `dir`, each written beside the others, fsynced, and only then given its name.
 * A file therefore is whole or not there, also after `kill -9` and loss of power.
 */
export function createArtifactStore({ dir }: { readonly dir: string }): ArtifactStore {
  return {
    put: (content, signal) =>
      content instanceof Uint8Array ? putBytes(dir, content, signal) : putStream(dir, content, signal),
    get: (id, signal) => getBytes(dir, id, signal),
    verify: (id) => verify(dir, id),
    list: () => list(dir),
    remove: async (id) => {
      const path = artifactPath(dir, id);
      if (path) await rm(path, { force: true });
    },
  };
}

/** Where half-written files are; their names begin with the process id of their writer. */
export const tempFolder = "tmp";

/** The file of an artifact; undefined for what is no id. */
export function artifactPath(dir: string, id: string): string | undefined {
  const digits = /^sha256:([0-9a-f]{64})$/.exec(id)?.[1];
  return digits && join(dir, digits.slice(0, 2), digits.slice(2));
}

async function putBytes(dir: string, bytes: Uint8Array, signal?: AbortSignal): Promise<ArtifactRef> {
  signal?.throwIfAborted();
  const id = `sha256:${hash("sha256", bytes)}`;
  if ((await verify(dir, id)) === "ok" && (await touch(dir, id))) return { id, bytes: bytes.length };
  return putStream(dir, oneChunk(bytes), signal);
}

/** A file that is used again counts as new, so that an audit does not take it for an orphan. False when it is gone. */
async function touch(dir: string, id: string): Promise<boolean> {
  const now = new Date();
  return (await unlessMissing(utimes(artifactPath(dir, id) ?? dir, now, now).then(() => true))) === true;
}

async function* oneChunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

async function putStream(
  dir: string,
  chunks: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<ArtifactRef> {
  const temp = join(dir, tempFolder, `${process.pid}-${randomUUID()}`);
  try {
    const file = await openNew(dir, temp);
    const ref = await closeAfter(file, () => writeAll(file, chunks, signal));
    await giveName(dir, temp, ref.id);
    return ref;
  } catch (error) {
    await rm(temp, { force: true });
    throw isFull(error) ? storeFullError(dir, error) : error;
  }
}

async function openNew(dir: string, temp: string): Promise<FileHandle> {
  // one by one: a state folder that was removed while runs are going must not come back as an empty one
  for (const folder of [dir, join(dir, tempFolder)]) await makeFolder(folder);
  return open(temp, "wx", 0o600);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw codeOf(error) === "ENOENT" ? removedError(folder, error) : error;
  }
}

async function writeAll(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<ArtifactRef> {
  const sum: Hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of abortable(chunks, signal)) {
    sum.update(chunk);
    bytes += chunk.length;
    await file.writeFile(chunk);
  }
  await file.sync();
  return { id: `sha256:${sum.digest("hex")}`, bytes };
}

async function giveName(dir: string, temp: string, id: string): Promise<void> {
  const path = artifactPath(dir, id) ?? temp;
  const folder = join(path, "..");
  const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined;
  await rename(temp, path);
  await syncFolder(folder);
  if (isNew) await syncFolder(dir);
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await closeAfter(handle, () => handle.sync());
}

/** Does the work, and closes the file however it ends. */
export async function closeAfter<T>(file: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await file.close();
  }
}

async function getBytes(dir: string, id: string, signal?: AbortSignal): Promise<Uint8Array> {
  const path = artifactPath(dir, id);
  const bytes = path && (await unlessMissing(readWhole(path, signal)));
  if (!bytes) throw artifactMissingError(id, "it is not in the store");
  if (`sha256:${hash("sha256", bytes)}` !== id) throw artifactMissingError(id, "its bytes have changed");
  return bytes;
}

async function readWhole(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    return await readFile(path, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

async function verify(dir: string, id: string): Promise<"ok" | "missing" | "damaged"> {
  const path = artifactPath(dir, id);
  if (!path) return "missing";
  const digest = await unlessMissing(hashFile(path));
  if (digest === undefined) return "missing";
  return `sha256:${digest}` === id ? "ok" : "damaged";
}

async function hashFile(path: string): Promise<string> {
  const sum = createHash("sha256");
  for await (const chunk of createReadStream(path)) sum.update(chunk as Uint8Array);
  return sum.digest("hex");
}

async function* list(dir: string): AsyncIterable<ArtifactRef> {
  for (const folder of await namesIn(dir)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    for (const name of await namesIn(join(dir, folder))) {
      const found = await unlessMissing(stat(join(dir, folder, name)));
      if (found && /^[0-9a-f]{62}$/.test(name)) yield { id: `sha256:${folder}${name}`, bytes: found.size };
    }
  }
}

/** Sorted names; none when the folder does not exist. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return (await unlessMissing(readdir(folder)))?.toSorted() ?? [];
}

export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** True for what the system throws when there is no space left. */
export function isFull(error: unknown): boolean {
  return codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT";
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
