import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, sep } from "node:path";
import { TuttiError } from "../../errors.ts";
import { type IndexChange, indexChanges, isReadable, linkMode } from "./index-file.ts";
import type { GitCall } from "./git.ts";
import { linksIn } from "./inner.ts";
import { fileAt, type RawPath, shown, zeroInput, zeroList } from "./paths.ts";
import type { Repository } from "./repository.ts";
import { statsOf } from "./stats.ts";
import { withIndex } from "./temporary-index.ts";
import { callIn, type Tree } from "./tree.ts";

/**
 * Takes all that lies in the tree into its private index. Until `isStaged` it is known that what was staged is in no checkpoint. Resolves
 * with what git found other than it knew it before; undefined where that cannot be told.
 */
export async function stage(tree: Tree, signal: AbortSignal): Promise<readonly IndexChange[] | undefined> {
  unlock(tree);
  const { index } = tree.files;
  const before = indexBefore(tree);
  const wasThere = await seed(tree, signal);
  const isKnown = wasThere && tree.newest.commit !== "" && !existsSync(before) && isReadable(index);
  if (!isKnown) await tree.repository.git.run(["update-index", "--index-version", "2"], callIn(tree, signal));
  // that of a call that was cut off stays: what that took in by mistake is not known
  if (!existsSync(before)) linkSync(index, before);
  const left = await addAll(tree, { index }, signal);
  const changes = isKnown ? changesStaged(tree) : undefined;
  const came = changes ? newLinks(changes) : await linksSince(tree, [before, index], signal);
  await leaveOut(tree, { index, left, came }, signal);
  return changes && came.length > 0 ? changesStaged(tree) : changes;
}

function changesStaged(tree: Tree): readonly IndexChange[] | undefined {
  return indexChanges([indexBefore(tree), tree.files.index], { hashBytes: tree.newest.commit.length / 2 });
}

function newLinks(changes: readonly IndexChange[]): readonly RawPath[] {
  return changes.flatMap(({ path, oldMode, newMode }) =>
    newMode === linkMode && oldMode !== linkMode ? [path] : [],
  );
}

async function linksSince(
  tree: Tree,
  [before, index]: readonly [string, string],
  signal: AbortSignal,
): Promise<readonly RawPath[]> {
  const known = await linksIn(tree, before, signal);
  return [...(await linksIn(tree, index, signal))].filter((path) => !known.has(path));
}

/** What was staged is in a checkpoint with all that git does not see of it. */
export function isStaged(tree: Tree): void {
  rmSync(indexBefore(tree), { force: true });
}

/** The index may have other than the newest checkpoint has. */
export function isUnknown(tree: Tree): void {
  rmSync(indexBefore(tree), { force: true });
  linkSync(tree.files.index, indexBefore(tree));
}

/** The index with what it had before the tree was staged. */
export function indexOfNewest(tree: Tree): string {
  const before = indexBefore(tree);
  return existsSync(before) ? before : tree.files.index;
}

function indexBefore({ files }: Tree): string {
  return `${files.index}.before`;
}

/** A lock of the private index is of a program that was killed: nobody else works with it. */
export function unlock({ files }: Tree): void {
  rmSync(`${files.index}.lock`, { force: true });
}

/** Git takes what has changed since the index was written for changed: it must not look younger than it is. */
function copyIndex(from: string, to: string): void {
  const { atime, mtime } = lstatSync(from);
  copyFileSync(from, to);
  utimesSync(to, atime, mtime);
}

/** The private index; false when it is new. */
async function seed(tree: Tree, signal: AbortSignal): Promise<boolean> {
  const { index } = tree.files;
  if (existsSync(index)) return true;
  mkdirSync(dirname(index), { recursive: true, mode: 0o700 });
  const users = join(tree.repository.gitDir, "index");
  const next = `${index}.seed`;
  if (!tree.own && tree.repository.kind === "user" && existsSync(users)) {
    copyIndex(users, next);
    await clearFlags(tree, next, signal);
  } else {
    const from = tree.newest.commit === "" ? "--empty" : tree.newest.commit;
    await tree.repository.git.run(["read-tree", from], callIn(tree, signal, { index: next }));
  }
  renameSync(next, index);
  return false;
}

/** What the user told git not to look at is looked at: a checkpoint is the whole of a tree. What is not there stays in it. */
export async function clearFlags(tree: Tree, index: string, signal: AbortSignal): Promise<void> {
  const { git } = tree.repository;
  const call = callIn(tree, signal, { index });
  const { stdout } = await git.run(["ls-files", "-v", "-z"], call);
  const flagged = zeroList(stdout).filter((entry) => !entry.startsWith("H "));
  const assumed = flagged.filter((entry) => /^[a-z]/.test(entry)).map((entry) => entry.slice(2));
  const skipped = flagged
    .filter((entry) => /^s/i.test(entry))
    .map((entry) => entry.slice(2))
    .filter((path) => statsOf(fileAt(tree.root, path)));
  const clear = async (flag: string, paths: readonly RawPath[]): Promise<void> => {
    if (paths.length > 0)
      await git.run(["update-index", flag, "-z", "--stdin"], { ...call, input: zeroInput(paths) });
  };
  await clear("--no-assume-unchanged", assumed);
  await clear("--no-skip-worktree", skipped);
}

const noCommitYet = /'(.*)' does not have a commit checked out/s;

/** `git add --all`. Resolves with the repositories inside that git cannot take in, because they have no commit yet. */
async function addAll(
  tree: Tree,
  { index }: { readonly index: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  hide(tree);
  if (tree.repository.kind === "own") await checkSize(tree, signal);
  const call: GitCall = { ...callIn(tree, signal, { index }), ok: [0, 1, 128] };
  const isThere = (path: string): boolean => existsSync(join(tree.root, path, ".git"));
  let left = tree.notCovered.filter(isThere);
  for (;;) {
    const specs = left.map((path) => `:(top,exclude,literal)${path}\0`);
    const { exitCode, stderr } = await tree.repository.git.run(
      ["add", "--all", "--sparse", ...(left.length > 0 ? someOnly : [])],
      { ...call, input: [".\0", ...specs].join("") },
    );
    if (exitCode === 0) return left;
    const inner = noCommitYet.exec(stderr)?.[1]?.replace(/\/$/, "");
    if (inner === undefined || left.includes(inner)) throw cannotAdd(tree, stderr);
    left = [...left, inner];
  }
}

/** Git takes longer when it compares each path with what is said. */
const someOnly = ["--pathspec-from-file=-", "--pathspec-file-nul"];

interface LeftOut {
  readonly index: string;
  readonly left: readonly string[];
  /** Repositories inside that were not known: no submodules. */
  readonly came: readonly RawPath[];
}

/** These are named in the checkpoint: git would keep nothing of them but the name of a commit that is nowhere else. */
async function leaveOut(tree: Tree, { index, left, came }: LeftOut, signal: AbortSignal): Promise<void> {
  if (came.length > 0)
    await tree.repository.git.run(["update-index", "--force-remove", "-z", "--stdin"], {
      ...callIn(tree, signal, { index }),
      input: zeroInput(came),
    });
  tree.notCovered = [...left, ...came.map(shown)].sort();
}

/** Folders of tutti's are never part of a checkpoint. */
function hide({ root, own, apart }: Tree): void {
  if (own) return;
  for (const dir of apart) {
    if (dir.startsWith(`${root}${sep}`)) hideFolder(dir);
  }
}

/** Made, and left alone by git. */
export function hideFolder(dir: string): void {
  const rules = join(dir, ".gitignore");
  if (existsSync(rules)) return;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(rules, "*\n");
}

function cannotAdd(tree: Tree, stderr: string): TuttiError {
  const said = stderr.trim().split("\n").slice(-6).join("\n");
  return new TuttiError("WORKSPACE_UNFIT", `Cannot keep what lies in "${tree.root}": ${said}`, {
    fix: fixFor(said),
  });
}

function fixFor(said: string): string {
  // before all others: the name may have any of their words in it
  if (/^error: invalid path '/m.test(said))
    return "rename or delete the file: git keeps none of that name, because it means another one on some systems";
  return /filter/.test(said)
    ? "install the program of the filter that .gitattributes names (for LFS: git lfs install)"
    : "let this user read the file, or name it in .gitignore";
}

const maxFiles = 50_000;
const maxBytes = 2 ** 30;

/** A folder in no repository may hold anything: what is too much is refused before it is copied. */
async function checkSize({ repository, root, files }: Tree, signal: AbortSignal): Promise<void> {
  const { stdout } = await repository.git.run(
    ["ls-files", "-z", "--others", "--modified", "--exclude-standard"],
    {
      signal,
      workTree: root,
      index: files.index,
    },
  );
  const paths = zeroList(stdout);
  let bytes = 0;
  if (paths.length <= maxFiles) for (const path of paths) bytes += statsOf(fileAt(root, path))?.size ?? 0;
  if (paths.length <= maxFiles && bytes <= maxBytes) return;
  const what = paths.length > maxFiles ? `${paths.length} files` : `${Math.round(bytes / 2 ** 20)} MiB`;
  throw new TuttiError(
    "WORKSPACE_UNFIT",
    `Cannot keep what lies in "${root}": ${what} are more than a checkpoint without a repository may hold`,
    { fix: "name in .gitignore what needs no checkpoint; or make it a repository: git init" },
  );
}

/** Name of the content that is staged. */
export function stagedTree({ repository }: Pick<Tree, "repository">, call: GitCall): Promise<string> {
  return repository.git.line(["write-tree"], call);
}

/** The content as it is now, without a change to anything. */
export function contentNow(tree: Tree, signal: AbortSignal): Promise<string> {
  return withIndex(tree, async (index) => {
    if (existsSync(tree.files.index)) copyIndex(tree.files.index, index);
    else await seed({ ...tree, files: { ...tree.files, index } }, signal);
    const before = indexBefore(tree);
    const known = await linksIn(tree, existsSync(before) ? before : index, signal);
    const left = await addAll(tree, { index }, signal);
    const came = [...(await linksIn(tree, index, signal))].filter((path) => !known.has(path));
    await leaveOut(tree, { index, left, came }, signal);
    return stagedTree(tree, callIn(tree, signal, { index }));
  });
}

/** All files that git knows of in the tree. */
export async function allFiles({ git }: Repository, call: GitCall): Promise<ReadonlySet<RawPath>> {
  return new Set(zeroList((await git.run(["ls-files", "-z"], call)).stdout));
}
