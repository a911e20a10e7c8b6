import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readdir, realpath, rename, rm, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BigIntStats } from "node:fs";
import { isTuttiError } from "../errors.ts";
import { withLock } from "../files/file-lock.ts";
import type { Memory, MemorySummary, NewNotes, NotesAdded } from "../ports/memory.ts";
import { failed, tooFull, unusable } from "./errors.ts";
import { countNotes, readable, withNotes } from "./text.ts";

/** Longest file that is looked into. */
const mostBytes = 1024 * 1024;
/** How long another process may hold the lock. */
const lockMs = 10_000;
/** How often a file may change under our hands before we give up. */
const mostTries = 20;
const ending = ".md";

/** Memory in a folder: `<name>.md` each. A file is replaced whole, and never one that somebody changed since it was read. */
export function createMemoryFiles(folder: string): Memory {
  const pathOf = (name: string): string => join(folder, `${name}${ending}`);
  const underWay = new Set<Promise<unknown>>();
  return {
    list: () => listed(folder),
    async read(name, maxBytes = Number.POSITIVE_INFINITY) {
      await Promise.allSettled(underWay);
      const found = await contentOf(pathOf(name), `read the memory "${name}"`);
      return found && readable(found.text, maxBytes);
    },
    async add(name, notes) {
      const path = pathOf(name);
      const work = adding(`add to the memory "${name}"`, { name, folder, path, notes });
      underWay.add(work);
      return work.finally(() => underWay.delete(work));
    },
    async clear(name) {
      return locked(`clear the memory "${name}"`, { folder, path: pathOf(name) }, async () => {
        try {
          await unlink(pathOf(name));
          return true;
        } catch (error) {
          if (isMissing(error)) return false;
          throw error;
        }
      });
    },
  };
}

async function listed(folder: string): Promise<readonly MemorySummary[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw unusable("list the memories", { path: folder, cause: error });
  });
  const memories = names.filter((name) => name.endsWith(ending) && !name.startsWith(".")).toSorted();
  const found = await Promise.all(
    memories.map((file) => summaryOf(join(folder, file), file.slice(0, -ending.length))),
  );
  return found.filter((one) => one !== undefined);
}

async function summaryOf(path: string, name: string): Promise<MemorySummary | undefined> {
  const known = await stat(path).catch(() => undefined);
  if (!known) return undefined;
  const about = { name, bytes: known.size, changedAt: Math.round(known.mtimeMs) };
  try {
    const found = await contentOf(path, `read the memory "${name}"`);
    return found && { ...about, notes: countNotes(found.text) };
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    return { ...about, notes: 0, trouble: error.message };
  }
}

interface Content {
  readonly text: string;
  readonly was: BigIntStats;
}

/** The file's text and what the system says of it; undefined where there is none. */
async function contentOf(path: string, doing: string): Promise<Content | undefined> {
  try {
    // a pipe must not keep us waiting for somebody to write into it
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const was = await file.stat({ bigint: true });
      if (!was.isFile()) throw failed(`Cannot ${doing}: it is no file`, { fix: `move ${path} away` });
      if (was.size > mostBytes) throw tooLarge(doing, { path, bytes: Number(was.size) });
      return { text: await file.readFile("utf8"), was };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (isTuttiError(error)) throw error;
    throw unusable(doing, { path, cause: error });
  }
}

function tooLarge(doing: string, { path, bytes }: { readonly path: string; readonly bytes: number }): Error {
  const megabytes = Math.round(bytes / 100_000) / 10;
  return failed(`Cannot ${doing}: its file has ${megabytes} MB, and more than 1 MB is not looked into`, {
    fix: `shorten ${path}`,
  });
}

interface Place {
  readonly folder: string;
  readonly path: string;
}

/** Does something while no other process of tutti changes a memory of this folder. */
async function locked<T>(doing: string, { folder, path }: Place, work: () => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(lockMs);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await withLock(join(folder, ".lock"), signal, work);
  } catch (error) {
    if (isTuttiError(error)) throw error;
    if (signal.aborted && error === signal.reason)
      throw failed(`Cannot ${doing}: another process has been at it for ${lockMs / 1000} s`, {
        fix: "try again",
      });
    throw unusable(doing, { path, cause: error });
  }
}

interface Adding extends Place {
  readonly name: string;
  readonly notes: NewNotes;
}

function adding(doing: string, adding: Adding): Promise<NotesAdded> {
  return locked(doing, adding, async () => {
    await sweep(adding.folder);
    for (let tried = 1; tried <= mostTries; tried += 1) {
      const told = await tryToAdd(doing, adding);
      if (told) return told;
    }
    throw failed(`Cannot ${doing}: its file changes all the time`, { fix: `see who writes ${adding.path}` });
  });
}

/** Undefined: somebody changed the file meanwhile. */
async function tryToAdd(doing: string, { name, path, notes }: Adding): Promise<NotesAdded | undefined> {
  const found = await contentOf(path, doing);
  const made = withNotes(name, found?.text, notes);
  if (!made) throw tooFull(name, notes.maxBytes);
  const { text, ...told } = made;
  if (told.added === 0) return told;
  if (found && (found.was.mode & 0o222n) === 0n)
    throw failed(`Cannot ${doing}: its file is read-only`, { fix: `make ${path} writable` });
  // a link stays a link
  const target = found ? await realpath(path) : path;
  return (await replaced(target, { text, was: found?.was })) ? told : undefined;
}

/** Puts the text in place of the file unless that is another one than it was. */
async function replaced(
  target: string,
  { text, was }: { readonly text: string; readonly was: BigIntStats | undefined },
): Promise<boolean> {
  const made = join(dirname(target), `.${randomBytes(6).toString("hex")}${unfinished}`);
  try {
    const file = await open(made, "wx", was === undefined ? 0o600 : Number(was.mode & 0o777n));
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (!isSame(was, await statOf(target))) return false;
    await rename(made, target);
    return true;
  } finally {
    await rm(made, { force: true });
  }
}

const unfinished = ".tutti-new";

/** What a process that was killed left. */
async function sweep(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.endsWith(unfinished));
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
}

function isSame(a: BigIntStats | undefined, b: BigIntStats | undefined): boolean {
  if (!a || !b) return a === b;
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
