import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { WorkPlace } from "../../core/workspace.ts";
import type { Clock } from "../../ports/clock.ts";
import type { OpenRequest } from "../../ports/workspaces.ts";
import { type Kept, readKept } from "./checkpoint.ts";
import { putExact } from "./put-exact.ts";
import { noExact } from "./exact-record.ts";
import { settle } from "./move.ts";
import { branchFor } from "./follow-branch.ts";
import { installApart } from "./install-apart.ts";
import { makeReady, type ReadyParts, type ReadyRequest, treeEnvironment } from "./ready.ts";
import { filesOf, refsOf } from "./refs.ts";
import { looseRef, readRef, type Repository, unfit, updateRefs } from "./repository.ts";
import { callIn, newTree, type Tree, treeMark } from "./tree.ts";
import { readTreeFile, updateTreeFile } from "./tree-file.ts";
import { hideFolder } from "./stage.ts";
import { Queue, Turns } from "../turns.ts";
import { isHalf, makeTree } from "./worktree.ts";

/** What all trees of a project have in common, in this process. */
export interface Workshop {
  readonly stateDir: string;
  readonly treesDir: string;
  readonly clock: Clock;
  readonly ready: ReadyParts;
  /** Trees by the folder of their files. */
  readonly trees: Map<string, Tree>;
  /** Who works in a folder: that of the project may be the tree of several runs. */
  readonly folders: Map<string, { readonly turns: Turns; readonly queue: Queue }>;
}

export function createWorkshop(
  options: Pick<Workshop, "clock" | "ready"> & {
    readonly stateDir: string;
    readonly dir?: string | undefined;
  },
): Workshop {
  const stateDir = resolve(options.stateDir);
  return {
    stateDir,
    treesDir: options.dir === undefined ? join(stateDir, "worktrees") : resolve(options.dir),
    clock: options.clock,
    ready: options.ready,
    trees: new Map(),
    folders: new Map(),
  };
}

export interface TreeRequest {
  readonly repository: Repository;
  readonly place: WorkPlace;
  readonly own: boolean;
  readonly from: string;
}

/** The tree as this process knows it: the same object for the same place; its newest checkpoint is that of the repository. */
export async function treeOf(workshop: Workshop, request: TreeRequest, signal: AbortSignal): Promise<Tree> {
  const { repository, place, own } = request;
  const { dir } = filesOf(workshop.treesDir, place);
  const old = workshop.trees.get(dir);
  if (old?.own !== own) return firstTime(workshop, request, signal);
  if (looseRef(repository, old.refs.newest) === old.newest.commit) return old;
  const before = old.newest;
  const newest = await newestOf(request, signal);
  // Somebody who has saved meanwhile knows better.
  if (old.newest === before && before.commit !== newest.commit) old.newest = newest;
  return old;
}

async function newestOf({ repository, place, from }: TreeRequest, signal: AbortSignal): Promise<Kept> {
  const ref = refsOf(place).newest;
  const known = await readRef(repository, ref, signal);
  if (known !== undefined) return readKept(repository, known, signal);
  const newest = await readKept(repository, from, signal);
  try {
    await updateRefs(repository, [{ ref, to: from, from: null }], signal);
    return newest;
  } catch (error) {
    // Somebody opened it at the same time.
    const theirs = await readRef(repository, ref, signal);
    if (theirs === undefined) throw error;
    return readKept(repository, theirs, signal);
  }
}

async function firstTime(
  { treesDir, clock, stateDir, trees, folders }: Workshop,
  request: TreeRequest,
  signal: AbortSignal,
): Promise<Tree> {
  const { repository, place, own } = request;
  const newest = await newestOf(request, signal);
  const { dir } = filesOf(treesDir, place);
  const first = trees.get(dir);
  if (first?.own === own) return first;
  const root = own ? dir : repository.root;
  const folder = folders.get(root) ?? { turns: new Turns(), queue: new Queue() };
  folders.set(root, folder);
  const tree = newTree({
    repository,
    place,
    own,
    treesDir,
    apart: [stateDir, treesDir],
    clock,
    newest,
    ...folder,
  });
  tree.isMoving = true;
  trees.set(dir, tree);
  return tree;
}

/** The tree, whole and ready for work, and the environment of what works in it. */
export async function openTree(
  workshop: Workshop,
  { repository, request }: { readonly repository: Repository; readonly request: OpenRequest },
  signal: AbortSignal,
): Promise<{ readonly tree: Tree; readonly env: Readonly<Record<string, string>> }> {
  const { place, setup, mode, print } = request;
  const own = mode !== "shared";
  if (own && repository.kind === "own") throw noTrees(repository);
  const branch = await branchFor({ repository, place }, setup.commits === "branch", signal);
  const tree = await treeOf(workshop, { repository, place, own, from: request.from }, signal);
  return tree.queue.run(async () => {
    hideFolder(workshop.stateDir);
    await take(workshop, tree);
    tree.branch = branch;
    const aside = own ? await whole(tree, signal) : undefined;
    if (aside !== undefined)
      print(
        `a repository was made in the working tree, in place of its own link; it lies here now: ${aside}`,
      );
    const givenUp = await settle(tree, signal);
    if (givenUp !== undefined) print(givenUp);
    const { files } = tree;
    const apart: ReadyRequest["apart"] = (install, how) =>
      installApart(tree, { install, print, ...how }, signal);
    const env = own
      ? await makeReady(workshop.ready, { repository, place, files, setup, print, apart }, signal)
      : await treeEnvironment(workshop.ready, { place, setup, dir: tree.root }, signal);
    return { tree, env };
  }, signal);
}

/** What an earlier process was doing with the tree, nobody does any more. */
async function take({ ready }: Workshop, tree: Tree): Promise<void> {
  if (tree.isTaken) return;
  await ready.processes.killMarked(treeMark, tree.files.dir);
  tree.isTaken = true;
}

function noTrees({ root }: Repository): Error {
  return unfit(
    root,
    "there is none, and only a repository has working trees of a run's own",
    "git init; or write workspace: shared",
  );
}

/** Made when it is new, or gone; and surely itself: git must not look into the folder around it. */
async function whole(tree: Tree, signal: AbortSignal): Promise<string | undefined> {
  const { repository, files, place, newest, root } = tree;
  const isNew = !existsSync(root) || isHalf(root);
  if (isNew) updateTreeFile(files.record, place, { works: [], made: false });
  const head = isNew ? await headFor(tree, signal) : newest.commit;
  const aside = await makeTree(repository, { dir: root, commit: newest.commit, head }, signal);
  if (readTreeFile(files.record)?.made === false) {
    await putExact(tree, { from: { ...newest, exact: noExact }, to: newest, all: true }, signal);
    updateTreeFile(files.record, place, { made: true });
  }
  if (!isNew && proved.has(tree)) return aside;
  const top = await repository.git.run(["rev-parse", "--show-toplevel"], callIn(tree, signal, { cwd: root }));
  if (top.stdout.length === 0) throw unfit(root, "git does not take the folder for a working tree");
  proved.add(tree);
  return aside;
}

/** Trees that git was seen to take for what they are; that they are linked is looked at each time. */
const proved = new WeakSet<Tree>();

/**
 * What git shows in it as checked out: what it was made from; and where that is just what was checked out in the project, that, so
 * that history, tags and names of versions are the user's.
 */
async function headFor({ repository, place, refs, newest }: Tree, signal: AbortSignal): Promise<string> {
  const base = await readRef(repository, refs.base, signal);
  const start = place.lane === "" ? (base ?? newest.commit) : newest.commit;
  if (start !== base) return start;
  const { tree, parents } = await readKept(repository, base, signal);
  const [head] = parents;
  return head !== undefined && (await readKept(repository, head, signal)).tree === tree ? head : base;
}
