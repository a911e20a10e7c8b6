import type { Change } from "./changes.ts";
import { type Folders, foldersAfter, foldersOf } from "./folders.ts";
import { indexEntries } from "./index-file.ts";
import { type GitObject, keepObject, keepsObjects, nameOf } from "./objects.ts";
import { indexOfNewest } from "./stage.ts";
import type { Tree } from "./tree.ts";

/**
 * The content of the newest checkpoint, folder by folder; undefined where what changed since is better committed by git. The tree must have
 * been staged since: its index had then what the checkpoint has, which is looked after.
 */
export async function foldersNow(tree: Tree, signal: AbortSignal): Promise<Folders | undefined> {
  const { newest } = tree;
  if (tree.folders?.name === newest.tree) return tree.folders;
  if (!(await keepsObjects(tree, signal))) return undefined;
  const hashBytes = newest.commit.length / 2;
  const entries = indexEntries(indexOfNewest(tree), { hashBytes });
  const folders = entries && foldersOf(entries, hashBytes);
  return folders?.name === newest.tree ? folders : undefined;
}

export interface ChangesToCommit {
  readonly folders: Folders;
  /** Their contents must be in the repository. */
  readonly changes: readonly Change[];
  readonly message: string;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** Commits changes of the newest checkpoint; nothing leads to it yet. */
export function commitChanges(
  { repository, newest }: Pick<Tree, "repository" | "newest">,
  { folders, changes, message, at }: ChangesToCommit,
): { readonly commit: string; readonly folders: Folders } {
  const hashBytes = newest.commit.length / 2;
  const after = foldersAfter(folders, changes, hashBytes);
  for (const { name, object } of after.objects) keepObject(repository, { name, object });
  const who = `tutti <tutti@localhost> ${at} +0000`;
  const head = [`tree ${after.folders.name}`, `parent ${newest.commit}`, `author ${who}`, `committer ${who}`];
  const text = `${head.join("\n")}\n\n${message}`;
  const object: GitObject = { kind: "commit", body: Buffer.from(text, "utf8").toString("latin1") };
  const commit = nameOf(object, hashBytes);
  keepObject(repository, { name: commit, object });
  return { commit, folders: after.folders };
}
