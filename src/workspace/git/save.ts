import { setImmediate } from "node:timers/promises";
import type { CheckpointNote, Saved } from "../../ports/workspaces.ts";
import { absentMode, type Change, changesBetween, stagedChanges } from "./changes.ts";
import { advance, advanceBy, type Kept as Checkpoint, makeCheckpoint } from "./checkpoint.ts";
import { foldersNow } from "./commit-changes.ts";
import { exactOf } from "./exact.ts";
import { type Exact, isSameExact } from "./exact-record.ts";
import type { IndexChange } from "./index-file.ts";
import { notKept } from "./inner.ts";
import { filesShown, type RawPath } from "./paths.ts";
import { rulesChanged } from "./rules.ts";
import { type RefUpdate, type RefUpdater, startRefUpdater, updateRefs } from "./repository.ts";
import { allFiles, isStaged, stage, stagedTree } from "./stage.ts";
import { together } from "./together.ts";
import { callIn, type Tree } from "./tree.ts";

/** What lies in the tree now, against its newest checkpoint. */
export interface Content {
  readonly changes: readonly Change[];
  readonly exact: Exact;
  /** Nothing is other than in the newest checkpoint. */
  readonly isSame: boolean;
  readonly files: readonly string[];
}

/** Looks at the whole tree; its private index is that of what lies there then. */
export async function look(tree: Tree, signal: AbortSignal): Promise<Content> {
  const { newest, repository } = tree;
  const since = await stage(tree, signal);
  const changes = await contentChanges(tree, since, signal);
  const exact = await exactNow(tree, { since, anew: rulesChanged(since ?? changes) }, signal);
  const changed = changes.map(({ path }) => path).concat(exactChanges(newest.exact, exact));
  if (changed.length === 0) isStaged(tree);
  return { changes, exact, isSame: changed.length === 0, files: filesShown(changed, repository.prefix) };
}

/** Before the tree was staged its index had what the newest checkpoint has: what was staged since is the difference. */
async function contentChanges(
  tree: Tree,
  since: readonly IndexChange[] | undefined,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  if (since) return since.filter(({ isContent }) => isContent);
  return stagedChanges(tree.repository, tree.newest.commit, callIn(tree, signal));
}

async function exactNow(
  tree: Tree,
  { since, anew }: { readonly since: readonly IndexChange[] | undefined; readonly anew: boolean },
  signal: AbortSignal,
): Promise<Exact> {
  const { exact: before } = tree.newest;
  if (!since || anew) {
    tree.hasRules = undefined;
    const touched = await allFiles(tree.repository, callIn(tree, signal));
    return exactOf(tree, { before, touched, rulesChanged: anew }, signal);
  }
  const [gone, touched] = [true, false].map(
    (isGone) =>
      new Set(since.filter(({ newMode }) => (newMode === absentMode) === isGone).map(({ path }) => path)),
  );
  return exactOf(tree, { before, touched: touched ?? new Set(), gone: gone ?? new Set() }, signal);
}

export function exactChanges(before: Exact, after: Exact): readonly RawPath[] {
  if (before === after || (before.id !== undefined && before.id === after.id)) return [];
  const paths = new Set([...before.files.keys(), ...after.files.keys()]);
  return [...paths].filter((path) => !isSameExact(before.files.get(path), after.files.get(path)));
}

interface Kept {
  readonly content: Content;
  readonly note: CheckpointNote;
  /** A process that waits for it. */
  readonly updater?: RefUpdater;
}

/** A checkpoint of what was looked at. */
export async function keep(
  tree: Tree,
  { content, note, updater }: Kept,
  signal: AbortSignal,
): Promise<Saved> {
  const { changes, exact, files } = content;
  const left = await notKept(tree, changes, signal);
  const folders =
    isPlain(tree, exact) && changes.length <= plainAtMost ? await foldersNow(tree, signal) : undefined;
  const put = (updates: readonly RefUpdate[]): Promise<void> =>
    updater ? updater.update(updates) : updateRefs(tree.repository, updates, signal);
  if (folders) await advanceBy(tree, { changes, note, folders }, put);
  else await keepAll(tree, { exact, note }, signal);
  isStaged(tree);
  const { commit, number } = tree.newest;
  return { commit, number, files, ...(left.length === 0 ? {} : { notKept: left }) };
}

/** A checkpoint of it is a commit of changes, and nothing else. */
function isPlain({ branch }: Tree, { files }: Exact): boolean {
  return files.size === 0 && branch === undefined;
}

/** More of them are better left to git, which does not keep the rest of tutti waiting. */
const plainAtMost = 40;

async function keepAll(
  tree: Tree,
  { exact, note }: { readonly exact: Exact; readonly note: CheckpointNote },
  signal: AbortSignal,
): Promise<void> {
  const { newest } = tree;
  const content = await stagedTree(tree, callIn(tree, signal));
  const parents = [newest.commit];
  const next = await makeCheckpoint(
    tree,
    { tree: content, exact, parents, number: newest.number + 1, note },
    signal,
  );
  await advance(tree, { next, moves: false }, signal);
}

/** A checkpoint of what lies in the tree now. */
export async function save(tree: Tree, note: CheckpointNote, signal: AbortSignal): Promise<Saved> {
  if (!isPlain(tree, tree.newest.exact))
    return keep(tree, { content: await look(tree, signal), note }, signal);
  const looking = look(tree, signal);
  // after what it waits for
  const updater = setImmediate().then(() => startRefUpdater(tree.repository, signal));
  try {
    const [content] = await together(looking, updater);
    return await keep(tree, { content, note, updater: await updater }, signal);
  } finally {
    await (await updater).dismiss();
  }
}

/** What is in no checkpoint becomes one: something is about to write over it. */
export async function saveUnsaved(tree: Tree, signal: AbortSignal): Promise<Saved | undefined> {
  const content = await look(tree, signal);
  if (content.isSame) return undefined;
  return keep(tree, { content, note: { kind: "WORKFLOW-RECOVERY", what: "found" } }, signal);
}

/** Paths that differ between two checkpoints, as people are told of them. */
export async function filesBetween(
  { repository }: Pick<Tree, "repository">,
  [from, to]: readonly [Checkpoint, Checkpoint],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const changes = await changesBetween(repository, [from.tree, to.tree], signal);
  return filesShown(
    changes.map(({ path }) => path).concat(exactChanges(from.exact, to.exact)),
    repository.prefix,
  );
}
