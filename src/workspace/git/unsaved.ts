import { copyFileSync, existsSync, lstatSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { readKept } from "./checkpoint.ts";
import { callInside, linksIn } from "./inner.ts";
import { fromProject, rawOf, shown } from "./paths.ts";
import { refsOf } from "./refs.ts";
import { readRef } from "./repository.ts";
import { look } from "./save.ts";
import { withIndex } from "./temporary-index.ts";
import type { Tree } from "./tree.ts";

/**
 * Files of the tree that are in no checkpoint, as people are told of them; nothing is changed for it. Repositories inside count
 * as a whole, with `/` at the end, while they hold something that is in no commit of a remote.
 */
export async function unsavedIn(known: Tree, signal: AbortSignal): Promise<readonly string[]> {
  const newest = await readRef(known.repository, refsOf(known.place).newest, signal);
  if (newest === undefined) return ["./"];
  const kept = await readKept(known.repository, newest, signal);
  return withIndex(known, async (index) => {
    const { index: own } = known.files;
    if (existsSync(own)) {
      const { atime, mtime } = lstatSync(own);
      copyFileSync(own, index);
      utimesSync(index, atime, mtime);
    }
    const tree: Tree = { ...known, newest: kept, files: { ...known.files, index } };
    const { files } = await look(tree, signal);
    const open: string[] = [];
    for (const path of await innerRepositories(tree, signal)) {
      if (!(await isElsewhere(tree, path, signal)))
        open.push(fromProject(rawOf(path), tree.repository.prefix));
    }
    const others = files.filter((file) => !open.includes(file));
    return [...others, ...open.map((path) => `${path}/`)].sort();
  });
}

/** Repositories in the tree of which a checkpoint has at most the name of a commit. */
async function innerRepositories(tree: Tree, signal: AbortSignal): Promise<readonly string[]> {
  const links = await linksIn(tree, tree.files.index, signal);
  const all = new Set([...[...links].map(shown), ...tree.notCovered]);
  return [...all].filter((path) => existsSync(join(tree.root, path, ".git")));
}

/** Clean, and its commit is known to a remote: it can be cloned again. */
async function isElsewhere(tree: Tree, path: string, signal: AbortSignal): Promise<boolean> {
  const call = callInside(tree, path, signal);
  const { git } = tree.repository;
  const status = await git.run(["status", "--porcelain", "-z"], call);
  if (status.exitCode !== 0 || status.stdout.length > 0) return false;
  const own = await git.run(["rev-list", "--max-count=1", "--all", "HEAD", "--not", "--remotes"], call);
  return own.exitCode === 0 && own.stdout.length === 0;
}
