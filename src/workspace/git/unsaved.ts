import { copyFileSync, existsSync, lstatSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { readKept } from "./checkpoint.ts";
import { fromProject, shown, zeroList } from "./paths.ts";
import { refsOf } from "./refs.ts";
import { readRef } from "./repository.ts";
import { look } from "./save.ts";
import { withIndex } from "./temporary-index.ts";
import { callIn, type Tree } from "./tree.ts";

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
      if (!(await isElsewhere(tree, path, signal))) open.push(fromProject(path, tree.repository.prefix));
    }
    const others = files.filter((file) => !open.includes(file));
    return [...others, ...open.map((path) => `${path}/`)].sort();
  });
}

/** Repositories in the tree of which a checkpoint has at most the name of a commit. */
async function innerRepositories(tree: Tree, signal: AbortSignal): Promise<readonly string[]> {
  const { stdout } = await tree.repository.git.run(["ls-files", "--stage", "-z"], callIn(tree, signal));
  const links = zeroList(stdout)
    .filter((entry) => entry.startsWith("160000 "))
    .map((entry) => entry.slice(entry.indexOf("\t") + 1));
  const all = new Set([...links, ...tree.notCovered]);
  return [...all].filter((path) => existsSync(join(tree.root, shown(path), ".git")));
}

/** Clean, and its commit is known to a remote: it can be cloned again. */
async function isElsewhere(tree: Tree, path: string, signal: AbortSignal): Promise<boolean> {
  const cwd = join(tree.root, shown(path));
  const gitDir = join(cwd, ".git");
  const call = { signal, cwd, workTree: cwd, env: { GIT_DIR: gitDir } };
  const { git } = tree.repository;
  const status = await git.run(["status", "--porcelain", "-z"], { ...call, ok: [0, 128] });
  if (status.exitCode !== 0 || status.stdout.length > 0) return false;
  const args = ["rev-list", "--max-count=1", "--all", "HEAD", "--not", "--remotes"];
  const own = await git.run(args, { ...call, ok: [0, 128] });
  return own.exitCode === 0 && own.stdout.length === 0;
}
