import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Git } from "./git.ts";
import { bytesOf, type RawPath, zeroList } from "./paths.ts";

/** What lies at a path of a tree. */
export interface TreeEntry {
  readonly mode: string;
  readonly id: string;
  readonly path: RawPath;
}

/** Does something with a folder that is gone afterwards. */
export async function withTemporary<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "tutti-"));
  try {
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Everything of a tree, without folders. */
export async function entriesOf(git: Git, tree: string, signal: AbortSignal): Promise<readonly TreeEntry[]> {
  const { stdout } = await git.run(["ls-tree", "-r", "-z", tree], { signal });
  return zeroList(stdout).map((line) => {
    const tab = line.indexOf("\t");
    const [mode = "", , id = ""] = line.slice(0, tab).split(" ");
    return { mode, id, path: line.slice(tab + 1) };
  });
}

/** A tree like `tree` without the paths of `remove` and with the entries of `add`. */
export async function editTree(
  git: Git,
  edit: { readonly tree: string; readonly remove: Iterable<RawPath>; readonly add: Iterable<TreeEntry> },
  signal: AbortSignal,
): Promise<string> {
  const none = "0".repeat(edit.tree.length);
  const lines = [
    ...[...edit.remove].map((path) => `0 ${none}\t${path}\0`),
    ...[...edit.add].map(({ mode, id, path }) => `${mode} ${id}\t${path}\0`),
  ];
  if (lines.length === 0) return edit.tree;
  return withTemporary(async (dir) => {
    const call = { signal, index: join(dir, "index") };
    await git.run(["read-tree", edit.tree], call);
    await git.run(["update-index", "-z", "--index-info"], { ...call, input: bytesOf(lines.join("")) });
    return git.line(["write-tree"], call);
  });
}

/** The tree without anything in it, also where names of objects are longer. */
export function emptyTree(git: Git, signal: AbortSignal): Promise<string> {
  return git.line(["hash-object", "-t", "tree", "-w", "--stdin"], { signal, input: "" });
}
