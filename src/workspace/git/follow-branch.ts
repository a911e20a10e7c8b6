import { runSlug } from "./refs.ts";
import { refBeside, unfit } from "./repository.ts";
import type { Tree } from "./tree.ts";

/** A branch that is checked out is somebody's: it does not follow. Rejects WORKSPACE_UNFIT where there can be none of its name. */
export async function branchFor(
  { repository, place }: Pick<Tree, "repository" | "place">,
  wanted: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!wanted || place.lane !== "" || repository.kind === "own") return undefined;
  const name = `tutti/${runSlug(place.runId)}`;
  const other = await refBeside(repository, `refs/heads/${name}`, signal);
  if (other !== undefined)
    throw unfit(
      repository.root,
      `git has no place for the branch "${name}" beside "${other.replace(/^refs\/heads\//, "")}"`,
      "give that branch another name (git branch -m), or leave away `commits: branch`",
    );
  const { stdout } = await repository.git.run(["worktree", "list", "--porcelain", "-z"], { signal });
  return stdout.toString("utf8").split("\0").includes(`branch refs/heads/${name}`) ? undefined : name;
}
