import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { copyFile, mkdir, rename, rm, rmdir, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { removeFolder } from "./copy-folder.ts";
import type { GitCall } from "./git.ts";
import { writeJson } from "./json-file.ts";
import { keepLeftCommits } from "./left-commits.ts";
import type { Repository } from "./repository.ts";
import { readTreeFile } from "./tree-file.ts";

export interface NewTree {
  readonly dir: string;
  /** Full name of the commit that its files are of. */
  readonly commit: string;
  /** The one that is checked out there for whoever uses git in it; default: the same. */
  readonly head?: string;
}

/**
 * Makes a linked working tree with the files of the commit, all of them: a sparse checkout of the user's is not followed. Its private
 * index is `<dir>.index`. What an earlier call left that was cut off goes first; a tree that is whole stays as it is, and
 * one whose link to the repository was lost is linked again, its files untouched. Gives where a repository was moved that lay in place
 * of the link.
 */
export async function makeTree(
  repository: Repository,
  tree: NewTree,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { dir } = tree;
  signal.throwIfAborted();
  if (existsSync(dir) && !existsSync(making(dir))) return mendLink(repository, tree);
  await mkdir(dirname(dir), { recursive: true, mode: 0o700 });
  await writeFile(making(dir), "");
  await removeFolder(dir);
  await forget(repository, dir);
  await rm(`${dir}.index`, { force: true });
  forgetReady(`${dir}.json`);
  const reason = reasonFor(dir);
  const place = [
    "--detach",
    "--no-checkout",
    "--lock",
    "--reason",
    reason,
    "--",
    dir,
    tree.head ?? tree.commit,
  ];
  await repository.git.run(["worktree", "add", ...place], { signal, config: unsparse });
  const admin = adminOf(repository, dir);
  if (admin === undefined) throw new Error(`git made no working tree at ${dir}`);
  await repository.git.run(["read-tree", "--reset", "-u", tree.commit], inTree(dir, { admin, signal }));
  await copyIndex(join(admin, "index"), `${dir}.index`);
  await rm(making(dir));
  return undefined;
}

/** What was copied and installed went with the tree before. */
function forgetReady(record: string): void {
  const known = readTreeFile(record);
  if (known?.ready === undefined) return;
  const { ready: _, ...rest } = known;
  writeJson(record, rest);
}

/**
 * Takes a tree away: its folder, its private index, and what the repository knows of it; refs and commits stay. Gives the refs of commits
 * that somebody made there and that were nowhere else.
 */
export async function dropTree(repository: Repository, dir: string): Promise<readonly string[]> {
  // From here on it is nobody's: whoever finds it half gone takes the rest away.
  if (existsSync(dir)) await writeFile(making(dir), "");
  await removeFolder(dir);
  const refs = await forget(repository, dir);
  // as git does it: a repository without working trees has no folder for them
  await rmdir(join(repository.commonDir, "worktrees")).catch(() => undefined);
  await rm(`${dir}.index`, { force: true });
  await rm(`${dir}.index.lock`, { force: true });
  await rm(making(dir), { force: true });
  return refs;
}

/** True when making or taking it away was cut off: no work can be in it. */
export function isHalf(dir: string): boolean {
  return existsSync(making(dir));
}

/** Where the repository keeps what it knows of the tree; undefined when one of both does not know the other. */
export function adminOf(repository: Repository, dir: string): string | undefined {
  const named = /^gitdir: (.+)\n?$/s.exec(textOf(join(dir, ".git")))?.[1]?.replace(/\n$/, "");
  if (named === undefined) return undefined;
  const admin = resolve(dir, named);
  const isOurs = sameFile(dirname(admin), join(repository.commonDir, "worktrees"));
  const back = resolve(admin, textOf(join(admin, "gitdir")).replace(/\n$/, ""));
  return isOurs && sameFile(dirname(back), dir) ? admin : undefined;
}

const unsparse = ["core.sparseCheckout=false"];

function making(dir: string): string {
  return `${dir}.making`;
}

/** Written beside a tree's lock before anything else of it, so that what a crash leaves is known. */
function reasonFor(dir: string): string {
  return `tutti works in ${dir}`;
}

function inTree(
  dir: string,
  { admin, signal }: { readonly admin: string; readonly signal: AbortSignal },
): GitCall {
  return { signal, cwd: dir, workTree: dir, env: { GIT_DIR: admin }, config: unsparse };
}

/** With its time: by that git knows which files may have changed since without a trace. */
async function copyIndex(from: string, to: string): Promise<void> {
  const { atime, mtime } = await stat(from);
  await copyFile(from, `${to}.new`);
  await utimes(`${to}.new`, atime, mtime);
  await rename(`${to}.new`, to);
}

/** Takes away what the repository knows of a tree at this folder; other people's trees are not looked at. */
async function forget(repository: Repository, dir: string): Promise<readonly string[]> {
  const refs: string[] = [];
  for (const admin of entries(repository).filter((each) => isEntryOf(each, dir) || isRest(each, dir))) {
    refs.push(...(await keepLeftCommits(repository, { admin, dir })));
    await rm(admin, { recursive: true, force: true });
  }
  return refs;
}

/** Folders below `treesDir` that the repository knows as trees of tutti's, and that are not there any more. */
export function goneTrees(repository: Repository, treesDir: string): readonly string[] {
  const before = reasonFor(join(treesDir, "x")).slice(0, -1);
  return entries(repository)
    .map((admin) => textOf(join(admin, "locked")).replace(/\n$/, ""))
    .filter((reason) => reason.startsWith(before))
    .map((reason) => reason.slice(reasonFor("").length))
    .filter((dir) => !existsSync(dir));
}

function entries({ commonDir }: Repository): readonly string[] {
  const folder = join(commonDir, "worktrees");
  return namesIn(folder).map((name) => join(folder, name));
}

/** Nothing of a folder that is not there, or that another takes away meanwhile. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (!isMeanwhile(error)) throw error;
    return [];
  }
}

/** Another has taken a folder away, or made it, since it was looked at. */
function isMeanwhile(error: unknown): boolean {
  return ["ENOENT", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "");
}

function isEntryOf(admin: string, dir: string): boolean {
  return (
    textOf(join(admin, "gitdir")) === `${join(realPlace(dir), ".git")}\n` ||
    textOf(join(admin, "locked")) === `${reasonFor(dir)}\n`
  );
}

const restMs = 60_000;

/** What git leaves that was killed before it had written whose tree it is. Nobody needs so long for that. */
function isRest(admin: string, dir: string): boolean {
  const state = statSync(admin, { throwIfNoEntry: false });
  if (!state?.isDirectory() || Date.now() - state.mtimeMs < restMs) return false;
  const isBegun = namesIn(admin).every((name) => name === "locked");
  return isBegun && `${reasonFor(dir)}\n`.startsWith(textOf(join(admin, "locked")));
}

/** Git names places without links, also a folder that is not there. */
function realPlace(dir: string): string {
  try {
    return join(realpathSync(dirname(dir)), basename(dir));
  } catch {
    return dir;
  }
}

/** The entry that the tree's link names by an old path, when the whole project was moved. */
function movedEntry({ commonDir }: Repository, dir: string): string | undefined {
  const name = basename(textOf(join(dir, ".git")).trimEnd());
  const admin = join(commonDir, "worktrees", name);
  const from = textOf(join(admin, "gitdir")).replace(/\n$/, "");
  return name !== "" && from !== "" && !existsSync(dirname(from)) ? admin : undefined;
}

/** After somebody deleted `.git` in the tree, cleaned up in the repository, or moved the whole project. */
async function mendLink(
  repository: Repository,
  { dir, commit, head = commit }: NewTree,
): Promise<string | undefined> {
  if (adminOf(repository, dir) !== undefined) return undefined;
  const known = entries(repository).find((admin) => isEntryOf(admin, dir)) ?? movedEntry(repository, dir);
  const admin = known ?? (await newEntry(repository, head));
  await writeFile(join(admin, "locked"), `${reasonFor(dir)}\n`);
  await writeFile(join(admin, "gitdir"), `${join(realPlace(dir), ".git")}\n`);
  const aside = await moveAside(dir);
  await writeFile(join(dir, ".git"), `gitdir: ${admin}\n`);
  if (!existsSync(join(admin, "index")) && existsSync(`${dir}.index`))
    await copyIndex(`${dir}.index`, join(admin, "index"));
  return aside;
}

/** A repository that somebody made at the top of the tree: it is theirs. */
async function moveAside(dir: string): Promise<string | undefined> {
  const found = lstatSync(join(dir, ".git"), { throwIfNoEntry: false });
  if (!found || found.isFile()) return undefined;
  for (let count = 1; ; count += 1) {
    const aside = `${dir}.repository${count}`;
    if (existsSync(aside)) continue;
    await rename(join(dir, ".git"), aside);
    return aside;
  }
}

/** As gitrepository-layout(5) has it: `git worktree add` makes one only together with an empty folder. */
async function newEntry({ commonDir }: Repository, commit: string): Promise<string> {
  const folder = join(commonDir, "worktrees");
  for (let count = 1; ; count += 1) {
    const admin = join(folder, `tutti${count}`);
    try {
      await mkdir(folder, { recursive: true });
      await mkdir(admin);
    } catch (error) {
      if (!isMeanwhile(error)) throw error;
      continue;
    }
    await writeFile(join(admin, "commondir"), "../..\n");
    await writeFile(join(admin, "HEAD"), `${commit}\n`);
    return admin;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function sameFile(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}
