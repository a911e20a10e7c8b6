import { hash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DeadRecord } from "../sink.ts";
import { badPath, codeOf, unwritable } from "./failures.ts";
import { makeFolder } from "./make-folder.ts";
import { placeBelow } from "./place.ts";
import { syncFolder } from "./sync-folder.ts";

/** A file that is written as a whole, for one or more records of a batch. */
export interface WholeFile {
  readonly path: string;
  readonly text: string;
  readonly indexes: readonly number[];
}

interface PutOptions {
  /** Where their paths begin. */
  readonly cwd: string;
  /** They lie below it. */
  readonly root: string;
  /** Tells what is on its way from what others write. */
  readonly mark: string;
}

/** Files that are written at once. */
const atOnce = 8;

/**
 * Puts the files to their places, each whole; all are on the disk when it resolves. What cannot be at its place is told of the
 * records; it rejects when nothing can be written.
 */
export async function putFiles(
  files: readonly WholeFile[],
  options: PutOptions,
): Promise<readonly DeadRecord[]> {
  const { root } = options;
  const dead: DeadRecord[] = [];
  const folders = new Set<string>();
  if (files.length > 0) await makeNoted(root, folders).catch((error: unknown) => fail(root, error));
  for (let at = 0; at < files.length; at += atOnce) {
    const some = files.slice(at, at + atOnce);
    const found = await Promise.allSettled(some.map((file) => put(file, { ...options, folders })));
    for (const one of found) {
      if (one.status === "rejected") throw one.reason;
      dead.push(...one.value);
    }
  }
  for (const folder of folders) await syncFolder(folder);
  return dead;
}

interface Putting extends PutOptions {
  /** Folders in which names have changed. */
  readonly folders: Set<string>;
}

async function put(file: WholeFile, { cwd, root, mark, folders }: Putting): Promise<readonly DeadRecord[]> {
  const { path, text, indexes } = file;
  try {
    if (!text.isWellFormed()) throw badPath(path, "its text holds half a character");
    const place = await placeBelow({ cwd, root }, path);
    await makeNoted(dirname(place), folders);
    const name = `.tutti-${hash("sha256", `${mark}\0${place}`).slice(0, 16)}`;
    await replaceBy(join(dirname(place), name), { place, text });
    folders.add(dirname(place));
    return [];
  } catch (error) {
    if (!concernsRecord(error)) return fail(path, error);
    const { code, message } = unwritable(path, error);
    return indexes.map((index) => ({ index, code, reason: message }));
  }
}

function fail(path: string, error: unknown): never {
  throw unwritable(path, error);
}

const ofThePath = new Set(["BAD_VALUE", "EEXIST", "EISDIR", "ELOOP", "ENAMETOOLONG", "ENOTDIR", "ENOTEMPTY"]);

/** Another record has another path, and may find its place. */
function concernsRecord(error: unknown): boolean {
  return ofThePath.has(codeOf(error));
}

async function makeNoted(folder: string, folders: Set<string>): Promise<void> {
  const first = await makeFolder(folder);
  if (first === undefined) return;
  for (let at = folder; at.length >= first.length; at = dirname(at)) folders.add(dirname(at));
}

async function replaceBy(
  temporary: string,
  { place, text }: { readonly place: string; readonly text: string },
): Promise<void> {
  await rm(temporary, { force: true });
  try {
    await writeSynced(temporary, text);
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
