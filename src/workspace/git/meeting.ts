import { TuttiError } from "../../errors.ts";
import type { Landing } from "../../ports/workspaces.ts";
import { type Kept, readKept } from "./checkpoint.ts";
import { isPartOf, type Repository } from "./repository.ts";
import type { Tree } from "./tree.ts";

export interface TakeIn {
  readonly target: Tree;
  readonly writer: Tree;
  readonly landing: Landing;
}

/** What lands, and what it is brought together with. */
export interface Meeting extends TakeIn {
  /** What the lane has landed as, when that is still part of the target. */
  readonly before: Kept | undefined;
  readonly theirs: Kept;
  /** The content of it, as git has it. */
  readonly content: string;
  readonly left: Left;
}

/** Where the writer left the target. */
export interface Left {
  readonly base: Kept;
  /** The checkpoint of the target since which others have changed it. */
  readonly since: string;
}

/** `commit`: of the writer, or of what it did before. */
export async function meet(
  request: TakeIn & Pick<Meeting, "before">,
  commit: string,
  signal: AbortSignal,
): Promise<Meeting> {
  const { target, before, landing } = request;
  const theirs = await readKept(target.repository, commit, signal);
  const sides = { onto: target.newest.commit, commit, before };
  const left = await whereItLeft(target.repository, sides, signal);
  if (!left) throw unrelated(landing);
  return { ...request, theirs, content: theirs.tree, left };
}

/**
 * Going back from what lands: where the writer began anew on a checkpoint of the target, or got its files in a conflict; or what has
 * landed of it before, which the target has as another commit; or where its tree was made. Undefined: they have nothing in common.
 */
export async function whereItLeft(
  repository: Repository,
  {
    onto,
    commit: lands,
    before,
  }: { readonly onto: string; readonly commit: string } & Pick<Meeting, "before">,
  signal: AbortSignal,
): Promise<Left | undefined> {
  const found = await repository.git.run(["merge-base", onto, lands], { signal, ok: [0, 1] });
  const common = found.stdout.toString("utf8").trim();
  if (common === "") return undefined;
  const base = (commit: string): Promise<Kept> => readKept(repository, commit, signal);
  const range = ["--first-parent", "--parents", lands, `^${common}`];
  const { stdout } = await repository.git.run(["rev-list", ...range], { signal });
  for (const line of stdout.toString("utf8").split("\n")) {
    const [commit = "", , other] = line.split(" ");
    if (before && commit === before.message?.writer)
      return { base: await base(commit), since: before.commit };
    if (other !== undefined && (await isPartOf(repository, [other, onto], signal)))
      return { base: await base(other), since: other };
  }
  return { base: await base(common), since: common };
}

function unrelated({ commit, writer }: Landing): TuttiError {
  return new TuttiError(
    "WORKSPACE_LOST",
    `Cannot land "${commit}" of "${writer.lane}": it has nothing in common with the tree that it should land in`,
    { fix: "go back to a checkpoint before: tutti rollback" },
  );
}
