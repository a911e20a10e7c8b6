import type { Landed } from "../../ports/workspaces.ts";
import { changesBetween } from "./changes.ts";
import { type Kept, makeCheckpoint, readKept } from "./checkpoint.ts";
import { type Exact, type ExactFile, isSameExact } from "./exact-record.ts";
import { decideLeft, markId } from "./left-conflict.ts";
import { conflictsFor, markMerge } from "./marks.ts";
import { meet, type Meeting, type TakeIn } from "./meeting.ts";
import { mergeTrees, type TreeMerge } from "./merge.ts";
import { move, settle } from "./move.ts";
import { filesShown, fromProject, type RawPath } from "./paths.ts";
import { isPartOf, readRef, type Repository } from "./repository.ts";
import { saveUnsaved } from "./save.ts";
import { takeSide } from "./sides.ts";
import { isThere, type Tree } from "./tree.ts";
import { whoChanged } from "./who-changed.ts";

/** As `Workspace.takeIn` has it. The caller sees to it that nobody else works in the target. */
export async function takeIn(request: TakeIn, signal: AbortSignal): Promise<Landed> {
  const { target, writer, landing } = request;
  await putInOrder(target, signal);
  const before = await landedBefore(request, signal);
  if (before?.message?.writer === landing.commit) return landedAs(target.repository, before, signal);
  const met = await meet({ ...request, before }, landing.commit, signal);
  const { at, marked, decided } = await decideLeft(met, signal);
  if (marked.length > 0) return { landed: false, conflicts: marked, tip: refOf(writer.newest) };
  const { git } = target.repository;
  const sides = { base: at.left.base.commit, ours: target.newest.commit, theirs: at.content };
  const merge = await mergeTrees(git, sides, signal);
  if (merge.conflicts.length === 0) return land(at, { tree: merge.tree, decided }, signal);
  const { strategy: side } = landing;
  if (side !== "ours" && side !== "theirs") return refuse(at, merge, signal);
  const tree = await takeSide(git, { merge, request: sides, side }, signal);
  const here = merge.conflicts.map(({ path }) => fromProject(path, target.repository.prefix));
  return land(at, { tree, decided: [...new Set([...decided, ...here])].sort() }, signal);
}

/** All that lies in the tree is in its newest checkpoint; of one whose folder is not there nothing is lost. */
async function putInOrder(tree: Tree, signal: AbortSignal): Promise<void> {
  await settle(tree, signal);
  if (isThere(tree)) await saveUnsaved(tree, signal);
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
  { commit, number, parents, message }: Kept,
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
    ...(message?.decided ? { decided: message.decided } : {}),
  };
}

async function land(
  at: Meeting,
  { tree, decided }: { readonly tree: string; readonly decided: readonly string[] },
  signal: AbortSignal,
): Promise<Landed> {
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
      writer: landing.commit,
      decided,
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
  const again = landing.strategy === "serialize";
  const content = again ? ours.tree : tree;
  if (isRefusal(writer.newest, { ours, theirs, content }))
    return { landed: false, conflicts, tip: refOf(writer.newest) };
  const next = await makeCheckpoint(
    writer,
    {
      tree: content,
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
  { message, parents, tree }: Kept,
  { ours, theirs, content }: { readonly ours: Kept; readonly theirs: Kept; readonly content: string },
): boolean {
  return message?.writer === theirs.commit && parents[1] === ours.commit && tree === content;
}
