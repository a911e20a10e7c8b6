import { TuttiError } from "../../errors.ts";
import type { Conflict, Landed, Landing } from "../../ports/workspaces.ts";
import { changesBetween } from "./changes.ts";
import { type Kept, makeCheckpoint, readKept } from "./checkpoint.ts";
import { type Exact, type ExactFile, isSameExact } from "./exact-record.ts";
import { bounded, conflictsFor, leftMarks, markMerge } from "./marks.ts";
import { mergeTrees, type TreeMerge } from "./merge.ts";
import { move, settle } from "./move.ts";
import { filesShown, fromProject, type RawPath } from "./paths.ts";
import { isPartOf, readRef, type Repository } from "./repository.ts";
import { saveUnsaved } from "./save.ts";
import { takeSide } from "./sides.ts";
import { isThere, type Tree } from "./tree.ts";
import { whoChanged } from "./who-changed.ts";

export interface TakeIn {
  readonly target: Tree;
  readonly writer: Tree;
  readonly landing: Landing;
}

/** As `Workspace.takeIn` has it. The caller sees to it that nobody else works in the target. */
export async function takeIn(request: TakeIn, signal: AbortSignal): Promise<Landed> {
  const { target, writer, landing } = request;
  await putInOrder(target, signal);
  const before = await landedBefore(request, signal);
  if (before?.message?.writer === landing.commit) return landedAs(target.repository, before, signal);
  const theirs = await readKept(target.repository, landing.commit, signal);
  const at: Meeting = { ...request, theirs, left: await whereItLeft(request, before, signal) };
  const marked = await stillMarked(at, signal);
  if (marked.length > 0) return { landed: false, conflicts: marked, tip: refOf(writer.newest) };
  const sides = { base: at.left.base.commit, ours: target.newest.commit, theirs: theirs.commit };
  const merge = await mergeTrees(target.repository.git, sides, signal);
  if (merge.conflicts.length === 0) return land(at, merge.tree, signal);
  const { strategy } = landing;
  if (strategy !== "ours" && strategy !== "theirs") return refuse(at, merge, signal);
  return land(
    at,
    await takeSide(target.repository.git, { merge, request: sides, side: strategy }, signal),
    signal,
  );
}

/** All that lies in the tree is in its newest checkpoint; of one whose folder is not there nothing is lost. */
async function putInOrder(tree: Tree, signal: AbortSignal): Promise<void> {
  await settle(tree, signal);
  if (isThere(tree)) await saveUnsaved(tree, signal);
}

interface Meeting extends TakeIn {
  readonly theirs: Kept;
  readonly left: Left;
}

/** Where the writer left the target. */
interface Left {
  readonly base: Kept;
  /** The checkpoint of the target since which others have changed it. */
  readonly since: string;
}

/** What the lane has landed as, when that is still part of the target. */
async function landedBefore({ target, writer }: TakeIn, signal: AbortSignal): Promise<Kept | undefined> {
  const { repository } = target;
  const commit = await readRef(repository, writer.refs.landed, signal);
  if (commit === undefined || !(await isPartOf(repository, [commit, target.newest.commit], signal)))
    return undefined;
  return readKept(repository, commit, signal);
}

async function landedAs(
  repository: Repository,
  { commit, number, parents }: Kept,
  signal: AbortSignal,
): Promise<Landed> {
  const changes = await changesBetween(repository, [parents[0] ?? commit, commit], signal);
  return {
    landed: true,
    commit,
    number,
    files: filesShown(
      changes.map(({ path }) => path),
      repository.prefix,
    ),
  };
}

/**
 * Going back from what lands: where the writer began anew on a checkpoint of the target, or got its files in a conflict; or what has
 * landed of it before, which the target has as another commit; or where its tree was made.
 */
async function whereItLeft(
  { target, landing }: TakeIn,
  before: Kept | undefined,
  signal: AbortSignal,
): Promise<Left> {
  const { repository } = target;
  const found = await repository.git.run(["merge-base", target.newest.commit, landing.commit], {
    signal,
    ok: [0, 1],
  });
  const common = found.stdout.toString("utf8").trim();
  if (common === "") throw unrelated(landing);
  const base = (commit: string): Promise<Kept> => readKept(repository, commit, signal);
  const range = ["--first-parent", "--parents", landing.commit, `^${common}`];
  const { stdout } = await repository.git.run(["rev-list", ...range], { signal });
  for (const line of stdout.toString("utf8").split("\n")) {
    const [commit = "", , other] = line.split(" ");
    if (before && commit === before.message?.writer)
      return { base: await base(commit), since: before.commit };
    if (other !== undefined && (await isPartOf(repository, [other, target.newest.commit], signal)))
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

async function land(at: Meeting, tree: string, signal: AbortSignal): Promise<Landed> {
  const { target, writer, landing, theirs } = at;
  const ours = target.newest;
  const next = await makeCheckpoint(
    target,
    {
      tree,
      parents: landing.by === "merge" ? [ours.commit, theirs.commit] : [ours.commit],
      number: ours.number + 1,
      note: landing.note,
      exact: await mergeExact(at, tree, signal),
      writer: theirs.commit,
    },
    signal,
  );
  await move(target, { next, refs: [{ ref: writer.refs.landed, to: next.commit }] }, signal);
  return landedAs(target.repository, next, signal);
}

/** The bytes that git would not write, of both: for each file of the side that has it as it is now. */
async function mergeExact(
  { target, theirs, left }: Meeting,
  tree: string,
  signal: AbortSignal,
): Promise<Exact> {
  const sides = [left.base.exact.files, target.newest.exact.files, theirs.exact.files] as const;
  const paths = new Set(sides.flatMap((files) => [...files.keys()]));
  if (paths.size === 0) return target.newest.exact;
  const changed = async (from: string): Promise<ReadonlySet<RawPath>> =>
    new Set((await changesBetween(target.repository, [from, tree], signal)).map(({ path }) => path));
  const [otherThanOurs, otherThanTheirs] = [await changed(target.newest.tree), await changed(theirs.tree)];
  const files = new Map<RawPath, ExactFile>();
  for (const path of paths) {
    const [was, ours, yours] = [sides[0].get(path), sides[1].get(path), sides[2].get(path)];
    const takesTheirs = isSameExact(was, ours);
    const found = takesTheirs ? yours : ours;
    if (found && !(takesTheirs ? otherThanTheirs : otherThanOurs).has(path)) files.set(path, found);
  }
  return { files };
}

/** The writer gets the files of both, with marks or beside each other; or those of the target, to do its work again. */
async function refuse(at: Meeting, merge: TreeMerge, signal: AbortSignal): Promise<Landed> {
  const { target, writer, landing, theirs, left } = at;
  const { repository } = target;
  const ours = target.newest;
  const others = await whoChanged(repository, { from: left.since, to: ours.commit }, signal);
  const marks = {
    ours: target.place.lane === "" ? "in the run" : `in ${target.place.lane}`,
    theirs: `from ${writer.place.lane}`,
    id: markId(ours.commit),
    prefix: repository.prefix,
  };
  const { tree, excerpts } = await markMerge(repository.git, merge, marks, signal);
  const conflicts = conflictsFor(merge, { excerpts, others, prefix: repository.prefix });
  await putInOrder(writer, signal);
  if (isRefusal(writer.newest, { ours, theirs }))
    return { landed: false, conflicts, tip: refOf(writer.newest) };
  const again = landing.strategy === "serialize";
  const next = await makeCheckpoint(
    writer,
    {
      tree: again ? ours.tree : tree,
      parents: [writer.newest.commit, ours.commit],
      number: writer.newest.number + 1,
      note: { kind: "WORKFLOW-RECOVERY", what: again ? "to be done again" : "conflicts to be resolved" },
      exact: again ? ours.exact : await mergeExact(at, tree, signal),
      writer: theirs.commit,
    },
    signal,
  );
  await move(writer, { next }, signal);
  return { landed: false, conflicts, tip: refOf(next) };
}

function refOf({ commit, number }: Kept): { readonly commit: string; readonly number: number } {
  return { commit, number };
}

/** The writer has got this already, before a crash. */
function isRefusal(
  { message, parents }: Kept,
  { ours, theirs }: { readonly ours: Kept; readonly theirs: Kept },
): boolean {
  return message?.writer === theirs.commit && parents[1] === ours.commit;
}

function markId(commit: string): string {
  return `tutti ${commit.slice(0, 12)}`;
}

/** Marks of conflicts that the writer was given since it left, and files put beside, that are still in its tree. */
async function stillMarked(at: Meeting, signal: AbortSignal): Promise<readonly Conflict[]> {
  const { target, landing, left, theirs } = at;
  if (landing.strategy === "serialize") return [];
  const { git, prefix } = target.repository;
  const range = ["--first-parent", "--parents", "--min-parents=2", theirs.commit, `^${left.base.commit}`];
  const { stdout } = await git.run(["rev-list", ...range], { signal });
  const ids = stdout
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const other = line.split(" ")[2];
      return other === undefined ? [] : [markId(other)];
    });
  const marked = await leftMarks(git, { commit: theirs.commit, ids }, signal);
  return bounded(
    [...marked].map(([path, { left, excerpt }]) => ({
      path: fromProject(path, prefix),
      kind: "content",
      with: [],
      left,
      excerpt,
    })),
  );
}
