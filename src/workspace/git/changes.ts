import type { GitCall } from "./git.ts";
import { type RawPath, zeroList } from "./paths.ts";
import type { Repository } from "./repository.ts";

/** A path that is not the same in two trees. A mode of `000000` says that it is not there. */
export interface Change {
  readonly path: RawPath;
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldId: string;
  readonly newId: string;
}

export const absentMode = "000000";

/** What differs between two commits or trees; renames are a path that goes and one that comes. */
export async function changesBetween(
  { git }: Repository,
  [from, to]: readonly [string, string],
  signal: AbortSignal,
): Promise<readonly Change[]> {
  if (from === to) return [];
  const args = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-commit-id", from, to];
  return parseChanges((await git.run(args, { signal })).stdout);
}

/** What is staged in an index, against a commit. */
export async function stagedChanges(
  { git }: Repository,
  commit: string,
  call: GitCall,
): Promise<readonly Change[]> {
  const args = [
    "diff-index",
    "--cached",
    "-z",
    "--raw",
    "--no-renames",
    "--no-abbrev",
    "--ignore-submodules=none",
  ];
  return parseChanges((await git.run([...args, commit, "--"], call)).stdout);
}

function parseChanges(bytes: Buffer): readonly Change[] {
  const parts = zeroList(bytes);
  const changes: Change[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [oldMode = "", newMode = "", oldId = "", newId = ""] = (parts[at] ?? "").slice(1).split(" ");
    changes.push({ path: parts[at + 1] ?? "", oldMode, newMode, oldId, newId });
  }
  return changes;
}
