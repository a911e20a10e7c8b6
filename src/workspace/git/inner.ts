import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Change } from "./changes.ts";
import type { GitCall } from "./git.ts";
import { linksOf } from "./index-file.ts";
import { fromProject, type RawPath, rawOf, shown, zeroList } from "./paths.ts";
import { callIn, type Tree } from "./tree.ts";

/** Where the index has a commit of another repository in place of files. */
export async function linksIn(tree: Tree, index: string, signal: AbortSignal): Promise<ReadonlySet<RawPath>> {
  const hashBytes = tree.newest.commit.length / 2;
  const known = hashBytes === 0 || !existsSync(index) ? undefined : linksOf(index, { hashBytes });
  if (known) return new Set(known);
  const listed = await tree.repository.git.run(
    ["ls-files", "--stage", "-z"],
    callIn(tree, signal, { index }),
  );
  return new Set(
    zeroList(listed.stdout)
      .filter((entry) => entry.startsWith("160000 "))
      .map((entry) => entry.slice(entry.indexOf("\t") + 1)),
  );
}

/** A call about the repository inside. */
export function callInside(tree: Tree, path: string, signal: AbortSignal): GitCall {
  const cwd = join(tree.root, path);
  return { signal, cwd, workTree: cwd, env: { GIT_DIR: join(cwd, ".git") }, ok: [0, 128] };
}

/** What of these changes cannot be built upon elsewhere, and repositories that came since the checkpoint before; in sentences. */
export async function notKept(
  tree: Tree,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { newest, notCovered, repository } = tree;
  const { git, prefix } = repository;
  const before = newest.message?.notCovered ?? [];
  const came = notCovered
    .filter((path) => !before.includes(path))
    .map(
      (path) =>
        `${fromProject(rawOf(path), prefix)}/ is a repository of its own: its files are in no checkpoint`,
    );
  const moved: string[] = [];
  for (const { path, oldMode, newMode, oldId, newId } of changes) {
    if (newMode !== "160000" || oldMode !== newMode || newId === oldId) continue;
    const args = ["rev-list", "--max-count=1", newId, "--not", "--remotes"];
    const own = await git.run(args, callInside(tree, shown(path), signal));
    if (own.exitCode === 0 && own.stdout.length === 0) continue;
    moved.push(`${fromProject(path, prefix)}/ is at commit ${newId.slice(0, 12)}, which no remote of it has`);
  }
  return [...came, ...moved];
}
