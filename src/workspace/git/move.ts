import { existsSync, readdirSync } from "node:fs";
import { TuttiError } from "../../errors.ts";
import { absentMode, type Change, changesBetween } from "./changes.ts";
import { advance, type Kept, makeCheckpoint, readKept } from "./checkpoint.ts";
import { putExact } from "./put-exact.ts";
import { fileAt, filesShown, type RawPath, zeroList } from "./paths.ts";
import { readRef, type RefUpdate, updateRefs } from "./repository.ts";
import { keep, look } from "./save.ts";
import { clearFlags, contentNow, isUnknown, unlock } from "./stage.ts";
import { statsOf } from "./stats.ts";
import { callIn, isThere, type Tree } from "./tree.ts";

export interface Move {
  /** The checkpoint that the tree is put to; its first parent is what lies in the tree. */
  readonly next: Kept;
  /** What lies in the tree; default: its newest checkpoint. */
  readonly from?: Kept;
  /** What is written together with it. */
  readonly refs?: readonly RefUpdate[];
}

/**
 * Puts the tree to a new checkpoint. All that lies in it must be in the newest one. After a crash `settle` ends it. Rejects
 * WORKSPACE_UNFIT when files that git ignores are in the way; nothing is changed then.
 */
export async function move(
  tree: Tree,
  { next, from = tree.newest, refs = [] }: Move,
  signal: AbortSignal,
): Promise<void> {
  const moves = isThere(tree);
  if (moves) await refuseInTheWay(tree, [from, next], signal);
  await advance(tree, { next, moves, refs }, signal);
  if (moves) await follow(tree, { from, to: next, all: false }, signal);
}

/**
 * Ends a move that was cut off. What people have changed meanwhile becomes a checkpoint before. In the user's own folder it is
 * given up instead: nothing in it changes, and the answer is what the move was.
 */
export async function settle(tree: Tree, signal: AbortSignal): Promise<string | undefined> {
  if (!tree.isMoving) return undefined;
  const { repository, refs } = tree;
  const target = await readRef(repository, refs.moving, signal);
  tree.newest = await readKept(
    repository,
    (await readRef(repository, refs.newest, signal)) ?? tree.newest.commit,
    signal,
  );
  const isOpen = target !== undefined && isThere(tree);
  const given = isOpen && !tree.own ? await giveUp(tree, target, signal) : undefined;
  if (isOpen && tree.own) await goOn(tree, target, signal);
  else if (target !== undefined && !isOpen) await updateRefs(repository, [{ ref: refs.moving }], signal);
  tree.isMoving = false;
  return given;
}

/** The newest checkpoint is one of what lies there again. */
async function giveUp(tree: Tree, target: string, signal: AbortSignal): Promise<string> {
  const { repository, refs } = tree;
  const to = await readKept(repository, target, signal);
  const from = await readKept(repository, to.parents[0] ?? target, signal);
  const newest = tree.newest.commit === target ? from : tree.newest;
  unlock(tree);
  await oldIndex(tree, from, signal);
  isUnknown(tree);
  const back: RefUpdate = { ref: refs.newest, to: newest.commit, from: tree.newest.commit };
  await updateRefs(repository, [...(newest === tree.newest ? [] : [back]), { ref: refs.moving }], signal);
  tree.newest = newest;
  const isLanding = to.message?.writer !== undefined;
  const what = `found after a ${isLanding ? "landing" : "rollback"} was cut off`;
  const content = await look(tree, signal);
  if (!content.isSame) await keep(tree, { content, note: { kind: "WORKFLOW-RECOVERY", what } }, signal);
  return isLanding
    ? "A landing in this folder was cut off: its files lie as that left them, and it is done again when the run goes on"
    : `A rollback of ${tree.place.runId} was cut off (${to.message?.title ?? target}): the files lie as it left them; say it again to go back`;
}

async function goOn(tree: Tree, target: string, signal: AbortSignal): Promise<void> {
  const { repository } = tree;
  const to = await readKept(repository, target, signal);
  const from = await readKept(repository, to.parents[0] ?? target, signal);
  await oldIndex(tree, from, signal);
  const now = await contentNow(tree, signal);
  const strange = await inBoth(tree, [now, from.tree, to.tree], signal);
  if (strange.length === 0) return follow(tree, { from, to, all: true }, signal);
  const note = { kind: "WORKFLOW-RECOVERY", what: "found while the tree was being put back" } as const;
  const found = await makeCheckpoint(
    tree,
    { tree: now, parents: [tree.newest.commit], number: tree.newest.number + 1, note, exact: to.exact },
    signal,
  );
  const again = await makeCheckpoint(
    tree,
    {
      tree: to.tree,
      parents: [found.commit],
      number: found.number + 1,
      note: { kind: "WORKFLOW-RECOVERY", what: "put back" },
      exact: to.exact,
    },
    signal,
  );
  await advance(tree, { next: again, moves: true }, signal);
  await follow(tree, { from, to: again, all: true }, signal);
}

/** Paths that are neither as they were nor as they are to be. */
async function inBoth(
  { repository }: Tree,
  [now, before, after]: readonly [string, string, string],
  signal: AbortSignal,
): Promise<readonly RawPath[]> {
  const paths = async (other: string): Promise<readonly RawPath[]> =>
    (await changesBetween(repository, [other, now], signal)).map(({ path }) => path);
  const fromAfter = new Set(await paths(after));
  return fromAfter.size === 0 ? [] : (await paths(before)).filter((path) => fromAfter.has(path));
}

/** Without its index git would not know which files have to go. */
async function oldIndex(tree: Tree, from: Kept, signal: AbortSignal): Promise<void> {
  if (existsSync(tree.files.index)) return;
  await tree.repository.git.run(["read-tree", from.commit], callIn(tree, signal));
}

interface Follow {
  readonly from: Kept;
  readonly to: Kept;
  /** It is not known how far it came. */
  readonly all: boolean;
}

async function follow(tree: Tree, { from, to, all }: Follow, signal: AbortSignal): Promise<void> {
  const { repository, refs } = tree;
  unlock(tree);
  if (!tree.own) await clearFlags(tree, tree.files.index, signal);
  // What a sparse checkout of the user's leaves out stays out, by what is marked in the index, and what lies there all the same is put back.
  const call = callIn(tree, signal, { config: ["core.sparseCheckout=false"] });
  await repository.git.run(["read-tree", "--reset", "-u", to.commit], call);
  await putExact(tree, { from, to, all }, signal);
  await updateRefs(repository, [{ ref: refs.moving }], signal);
  tree.isMoving = false;
}

/** git would write over files that it ignores: they are in no checkpoint. */
async function refuseInTheWay(
  tree: Tree,
  [from, next]: readonly [Kept, Kept],
  signal: AbortSignal,
): Promise<void> {
  const { repository, root } = tree;
  const changes = await changesBetween(repository, [from.tree, next.tree], signal);
  const added = changes.filter(({ oldMode }) => oldMode === absentMode);
  const suspects = added.flatMap((change) => inTheWay(root, change));
  if (suspects.length === 0) return;
  const { stdout } = await repository.git.run(["ls-files", "-z"], callIn(tree, signal));
  const known = new Set(zeroList(stdout));
  const found = suspects.filter((path) => !known.has(path));
  if (found.length === 0) return;
  const files = filesShown(found, repository.prefix);
  const some = files.slice(0, 5).join(", ") + (files.length > 5 ? `, … (${files.length} in all)` : "");
  throw new TuttiError(
    "WORKSPACE_UNFIT",
    `Cannot put the working tree "${root}" to a checkpoint: files that git ignores are in the way: ${some}`,
    { fix: "move them away, then do it again" },
  );
}

/** What lies where the path, or a folder above it, is to come. */
function inTheWay(root: string, { path }: Change): readonly RawPath[] {
  const parts = path.split("/");
  for (let at = 1; at <= parts.length; at++) {
    const here = parts.slice(0, at).join("/");
    const stats = statsOf(fileAt(root, here));
    if (!stats) return [];
    if (!stats.isDirectory()) return [here];
    if (at === parts.length) return filesBelow(root, here);
  }
  return [];
}

function filesBelow(root: string, dir: RawPath): readonly RawPath[] {
  const entries = readdirSync(fileAt(root, dir), { withFileTypes: true, encoding: "buffer" });
  return entries.flatMap((entry) => {
    const path = `${dir}/${entry.name.toString("latin1")}`;
    return entry.isDirectory() ? filesBelow(root, path) : [path];
  });
}
