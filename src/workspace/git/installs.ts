import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { InstallSetup } from "../../language/workspace.ts";
import { copyFolder, removeFolder } from "./copy-folder.ts";
import { goesThroughLink, isInside } from "./copies.ts";
import { lockFile, tryLock } from "../../files/file-lock.ts";
import { messageOf } from "../../errors.ts";

/** So many are kept, those used last. */
const maxStored = 8;
const unusedMs = 30 * 24 * 60 * 60 * 1000;

export interface Installation {
  readonly setup: InstallSetup;
  /** The project's folder in the tree. */
  readonly cwd: string;
  readonly stateDir: string;
  readonly print: (line: string) => void;
  /** What it depends on besides. */
  readonly surroundings: () => Promise<readonly string[]>;
  /** Runs the line in the tree; rejects when it does not end well. */
  readonly run: () => Promise<void>;
  /** Of the folders those that git neither tracks nor would: only they can come from elsewhere. */
  readonly ownFolders: (folders: readonly string[]) => Promise<readonly string[]>;
  /** What is other in the tree than in its commit, what git ignores excepted. */
  readonly changes: () => Promise<readonly string[]>;
}

/**
 * Installs in the tree what the project needs: from what an earlier tree has installed with the same key, else by running the line, and
 * keeps that for the next. Two trees that need the same at once install once. What is kept is whole or not there.
 */
export async function install(installation: Installation, signal: AbortSignal): Promise<void> {
  const { setup } = installation;
  const keep = setup.key.length === 0 ? [] : await keepable(installation);
  if (keep.length === 0) return installation.run();
  const stored = await storeOf(installation);
  for (;;) {
    if (await takeStored(installation, { stored, keep, signal })) return;
    const release = await lockOf(stored, { kind: "exclusive", signal, print: installation.print });
    try {
      // Whoever had the lock until now may have installed the same.
      if (existsSync(stored.dir)) continue;
      await installation.run();
      await store(installation, { stored, keep, signal });
    } finally {
      release();
    }
    await trimInstalls(installation.stateDir, { now: Date.now() });
    return;
  }
}

/** Takes away what nobody used for long, and what is too much; gives how many that were. */
export async function trimInstalls(stateDir: string, { now }: { readonly now: number }): Promise<number> {
  const folder = installsIn(stateDir);
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith(lockPrefix));
  const found = await Promise.all(
    names.map(async (name) => ({
      name,
      usedAt: (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0,
    })),
  );
  const whole = found.filter(({ name }) => !isPart(name)).sort((one, other) => other.usedAt - one.usedAt);
  const old = whole.filter(({ usedAt }, place) => place >= maxStored || now - usedAt >= unusedMs);
  let gone = 0;
  for (const { name } of [...found.filter((each) => isPart(each.name)), ...old]) {
    const release = tryLock(join(folder, lockName(name)), "exclusive");
    if (!release) continue;
    try {
      await discard(join(folder, name));
      if (!isPart(name)) gone += 1;
    } finally {
      release();
    }
  }
  return gone;
}

/** What a call that was cut off was writing, or taking away. */
function isPart(name: string): boolean {
  return name.includes(".");
}

interface Store {
  readonly dir: string;
  readonly lock: string;
}

const lockPrefix = "lock-";

function installsIn(stateDir: string): string {
  return join(stateDir, "cache", "installs");
}

/** Few files for all that will ever be installed: a lock that somebody may wait for is never deleted. */
function lockName(name: string): string {
  return `${lockPrefix}${name.charAt(0)}`;
}

async function storeOf(installation: Installation): Promise<Store> {
  const { setup, cwd, stateDir } = installation;
  const parts: (string | Uint8Array)[] = ["1", setup.line, process.platform, process.arch];
  for (const name of setup.key) {
    const content = await readFile(resolve(cwd, name)).catch(() => undefined);
    parts.push(name, content === undefined ? "absent" : "there", content ?? "");
  }
  parts.push(...setup.keep, ...(await installation.surroundings()));
  const name = keyOf(parts);
  const folder = installsIn(stateDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return { dir: join(folder, name), lock: join(folder, lockName(name)) };
}

/** The same for the same parts, and for no others. */
function keyOf(parts: readonly (string | Uint8Array)[]): string {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(`${Buffer.byteLength(part)}:`).update(part);
  return sum.digest("hex");
}

/** The folders that can be kept, with a word about every other. */
async function keepable({ setup, cwd, print, ownFolders }: Installation): Promise<readonly string[]> {
  const inside: string[] = [];
  for (const name of setup.keep) {
    const isBelow = resolve(cwd, name) !== cwd && isInside(resolve(cwd, name), cwd);
    if (isBelow && !(await goesThroughLink(cwd, name))) inside.push(name);
  }
  const own = await ownFolders(inside);
  for (const name of setup.keep.filter((each) => !own.includes(each)))
    print(`${name} is not kept for other trees: it is not a folder of the project that git ignores`);
  // One alone would leave a tree with half of what the line installs.
  return own.length === setup.keep.length ? own : [];
}

async function lockOf(
  { lock }: Store,
  {
    kind,
    signal,
    print,
  }: Pick<Installation, "print"> & { kind: "exclusive" | "shared"; signal: AbortSignal },
): Promise<() => void> {
  const now = tryLock(lock, kind);
  if (now) return now;
  print("waits: another tree installs the same");
  return lockFile(lock, { kind, signal });
}

interface Keeping {
  readonly stored: Store;
  readonly keep: readonly string[];
  readonly signal: AbortSignal;
}

async function takeStored({ cwd, print }: Installation, { stored, keep, signal }: Keeping): Promise<boolean> {
  const release = await lockOf(stored, { kind: "shared", signal, print });
  try {
    if (!existsSync(stored.dir)) return false;
    const now = new Date();
    await utimes(stored.dir, now, now);
    for (const [at, name] of keep.entries()) {
      const to = resolve(cwd, name);
      await removeFolder(to);
      if (existsSync(join(stored.dir, String(at))))
        await copyFolder(join(stored.dir, String(at)), to, { signal });
    }
    print(`installed: ${keep.join(", ")} from an earlier tree with the same key`);
    return true;
  } finally {
    release();
  }
}

/** An install that cannot be kept has still been made. */
async function store(installation: Installation, { stored, keep, signal }: Keeping): Promise<void> {
  const { cwd, print, changes } = installation;
  const part = `${stored.dir}.part`;
  try {
    const why = await unkept(cwd, { keep, changed: await changes() });
    if (why !== undefined) return print(`not kept for other trees: ${why}`);
    await discard(part);
    await mkdir(part, { recursive: true, mode: 0o700 });
    for (const [at, name] of keep.entries()) {
      const from = resolve(cwd, name);
      if (existsSync(from)) await copyFolder(from, join(part, String(at)), { signal });
    }
    await rename(part, stored.dir);
  } catch (error) {
    await discard(part).catch(() => undefined);
    signal.throwIfAborted();
    print(`not kept for other trees: ${messageOf(error)}`);
  }
}

/** Why what was installed would not be the same in another tree. */
async function unkept(
  cwd: string,
  { keep, changed }: { readonly keep: readonly string[]; readonly changed: readonly string[] },
): Promise<string | undefined> {
  if (changed.length > 0) return `the install changed ${changed[0]}, which git does not ignore`;
  const kinds = await Promise.all(keep.map((name) => lstat(resolve(cwd, name)).catch(() => undefined)));
  if (kinds.every((kind) => kind === undefined)) return `${keep.join(", ")} is not there after the install`;
  const odd = keep.find((_, at) => kinds[at] !== undefined && !kinds[at].isDirectory());
  if (odd !== undefined) return `${odd} is no folder`;
  const fixed = keep.find((name) => existsSync(join(resolve(cwd, name), "pyvenv.cfg")));
  return fixed === undefined
    ? undefined
    : `${fixed} is a virtual environment of Python, which holds its own path`;
}

/** A folder without its name is gone for everybody at once. */
async function discard(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  const gone = dir.endsWith(".gone") ? dir : `${dir}.gone`;
  if (gone !== dir) {
    await removeFolder(gone);
    await rename(dir, gone);
  }
  await removeFolder(gone);
  await rm(gone, { recursive: true, force: true });
}
