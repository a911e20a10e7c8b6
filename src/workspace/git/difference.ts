import { anyGlob } from "../../files/glob.ts";
import type { Difference, DifferenceRequest, FileChange } from "../../ports/checkpoints.ts";
import { absentMode, type Change, changesBetween } from "./changes.ts";
import { readKept } from "./checkpoint.ts";
import { fromProject, type RawPath, zeroList } from "./paths.ts";
import type { Repository } from "./repository.ts";

/** What is other in one content than in the other; both are names of commits or trees. */
export async function differenceBetween(
  repository: Repository,
  { from, to, files, patch }: DifferenceRequest & { readonly to: string },
  signal: AbortSignal,
): Promise<Difference> {
  const { prefix } = repository;
  const before = (await readKept(repository, from, signal)).tree;
  const test = files === undefined ? undefined : anyGlob(files);
  const changes = (await changesBetween(repository, [before, to], signal)).filter(
    ({ path }) => test?.(fromProject(path, prefix)) ?? true,
  );
  const lines = await linesChanged(repository, [before, to], signal);
  const told = changes.map((change): FileChange => {
    const count = lines.get(change.path);
    return { path: fromProject(change.path, prefix), change: kindOf(change), ...count };
  });
  return {
    files: told.sort((a, b) => (a.path < b.path ? -1 : 1)),
    ...(patch ? { patch: await patchOf(repository, { trees: [before, to], changes }, signal) } : {}),
  };
}

function kindOf({ oldMode, newMode, oldId, newId }: Change): FileChange["change"] {
  if (oldMode === absentMode) return "added";
  if (newMode === absentMode) return "deleted";
  if (oldMode.slice(0, 3) !== newMode.slice(0, 3)) return "kind";
  return oldId === newId ? "mode" : "changed";
}

type Count = Pick<FileChange, "added" | "removed">;

const plainDiff = ["diff-tree", "-r", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"];

async function linesChanged(
  { git }: Repository,
  trees: readonly [string, string],
  signal: AbortSignal,
): Promise<ReadonlyMap<RawPath, Count>> {
  const { stdout } = await git.run([...plainDiff, "-z", "--numstat", ...trees], { signal });
  return new Map(
    zeroList(stdout).flatMap((entry): [RawPath, Count][] => {
      const found = /^(\d+)\t(\d+)\t(.*)$/s.exec(entry);
      return found ? [[found[3] ?? "", { added: Number(found[1]), removed: Number(found[2]) }]] : [];
    }),
  );
}

/** Paths are from the repository's top folder, as `git apply` wants them there. */
async function patchOf(
  repository: Repository,
  { trees, changes }: { readonly trees: readonly [string, string]; readonly changes: readonly Change[] },
  signal: AbortSignal,
): Promise<string> {
  if (changes.length === 0) return "";
  const { git } = repository;
  const how = ["-p", "--binary", "--full-index", "--src-prefix=a/", "--dst-prefix=b/"];
  const parts: string[] = [];
  for (let at = 0; at < changes.length; at += pathsAtOnce) {
    const paths = changes
      .slice(at, at + pathsAtOnce)
      .map(({ path }) => Buffer.from(path, "latin1").toString("utf8"));
    const { stdout } = await git.run([...plainDiff, ...how, ...trees, "--", ...paths], {
      signal,
      env: { GIT_LITERAL_PATHSPECS: "1" },
    });
    parts.push(stdout.toString("utf8"));
  }
  return parts.join("");
}

// So many names fit on a command line on every system.
const pathsAtOnce = 200;
