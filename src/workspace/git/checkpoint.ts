import type { CheckpointRef } from "../../core/workspace.ts";
import { TuttiError } from "../../errors.ts";
import type { CheckpointNote } from "../../ports/workspaces.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Change } from "./changes.ts";
import { commitChanges } from "./commit-changes.ts";
import { type Exact, keepExact, noExact, readExact } from "./exact-record.ts";
import { type CheckpointMessage, readMessage, writeMessage } from "./message.ts";
import type { Folders } from "./folders.ts";
import { type RefUpdate, type Repository, updateRefs } from "./repository.ts";
import type { Tree } from "./tree.ts";

/** A checkpoint with what is needed to go back to it. */
export interface Kept extends CheckpointRef {
  /** The content, as git has it. */
  readonly tree: string;
  readonly parents: readonly string[];
  /** What git would write otherwise than it was. */
  readonly exact: Exact;
  readonly message: CheckpointMessage | undefined;
}

/** Reads a checkpoint. Rejects WORKSPACE_LOST when it is not in the repository. */
export async function readKept(repository: Repository, commit: string, signal: AbortSignal): Promise<Kept> {
  const found = await repository.git.run(["cat-file", "commit", commit], { signal, ok: [0, 128] });
  if (found.exitCode !== 0) throw lost(repository, commit);
  const text = found.stdout.toString("utf8");
  const end = text.indexOf("\n\n");
  const head = text.slice(0, end).split("\n");
  const named = (name: string): string[] =>
    head.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  const message = readMessage(text.slice(end + 2));
  return {
    commit,
    number: message?.number ?? 0,
    tree: named("tree")[0] ?? "",
    parents: named("parent"),
    exact: message?.exact === undefined ? noExact : await readExact(repository, message.exact, signal),
    message,
  };
}

function lost({ root }: Repository, commit: string): TuttiError {
  return new TuttiError(
    "WORKSPACE_LOST",
    `Cannot use the checkpoint "${commit}": it is not in the repository at "${root}"`,
    { fix: "bring it here: git fetch <where it is> 'refs/tutti/*:refs/tutti/*'" },
  );
}

export interface NewCheckpoint {
  /** The content, as git has it. */
  readonly tree: string;
  /** The first is the checkpoint before. */
  readonly parents: readonly string[];
  readonly number: number;
  readonly note: CheckpointNote;
  readonly exact: Exact;
  readonly branch?: string;
  /** Of what takes in another tree's work: the checkpoint of that. */
  readonly writer?: string;
  /** Of a landing: paths that both had changed and one side of them decided. */
  readonly decided?: readonly string[];
}

/** Makes the commit; nothing leads to it yet. */
export async function makeCheckpoint(at: Maker, next: NewCheckpoint, signal: AbortSignal): Promise<Kept> {
  const { repository, clock } = at;
  const exact = await keepExact(repository, next.exact, signal);
  const text = messageOf(at, { ...next, exact });
  const date = `@${secondsOf(clock)} +0000`;
  const commit = await repository.git.line(
    ["commit-tree", next.tree, ...next.parents.flatMap((parent) => ["-p", parent]), "-F", "-"],
    { signal, input: text, env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date } },
  );
  const { tree, parents, number } = next;
  return { commit, number, tree, parents, exact, message: readMessage(text) };
}

type Maker = Pick<Tree, "repository" | "place" | "clock" | "notCovered">;

function messageOf({ place, notCovered }: Maker, next: Omit<NewCheckpoint, "tree" | "parents">): string {
  return writeMessage({
    ...next.note,
    place,
    number: next.number,
    ...(next.exact.id === undefined ? {} : { exact: next.exact.id }),
    ...(next.branch === undefined ? {} : { branch: next.branch }),
    ...(next.writer === undefined ? {} : { writer: next.writer }),
    ...(next.decided === undefined ? {} : { decided: next.decided }),
    ...(notCovered.length === 0 ? {} : { notCovered }),
  });
}

function secondsOf(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}

export interface ChangedSince {
  /** The content of the newest checkpoint. */
  readonly folders: Folders;
  readonly changes: readonly Change[];
  readonly note: CheckpointNote;
}

/** The next checkpoint of a tree by what has changed since its newest; nothing of it may need more than git keeps. */
export async function advanceBy(
  tree: Tree,
  { changes, note, folders }: ChangedSince,
  put: (updates: readonly RefUpdate[]) => Promise<void>,
): Promise<void> {
  const { refs, clock, newest } = tree;
  const number = newest.number + 1;
  const message = messageOf(tree, { number, note, exact: noExact });
  const at = secondsOf(clock);
  const made = commitChanges(tree, { folders, changes, message, at });
  await put([{ ref: refs.newest, to: made.commit, from: newest.commit }]);
  tree.folders = made.folders;
  tree.newest = {
    commit: made.commit,
    tree: made.folders.name,
    number,
    parents: [newest.commit],
    exact: noExact,
    message: readMessage(message),
  };
}

export interface Advance {
  /** The files are to follow: until they have, the tree counts as on its way. */
  readonly moves: boolean;
  readonly refs?: readonly RefUpdate[];
}

/** Makes it the newest checkpoint of the tree: that and what goes with it, or nothing. */
export async function advance(
  tree: Tree,
  { next, moves, refs = [] }: Advance & { readonly next: Kept },
  signal: AbortSignal,
): Promise<void> {
  const { exact, commit } = next;
  const updates: RefUpdate[] = [
    { ref: tree.refs.newest, to: commit, from: tree.newest.commit },
    ...(exact.id === undefined ? [] : [{ ref: tree.refs.exact(commit), to: exact.id }]),
    ...(tree.branch === undefined ? [] : [{ ref: `refs/heads/${tree.branch}`, to: commit }]),
    ...(moves ? [{ ref: tree.refs.moving, to: commit }] : []),
    ...refs,
  ];
  if (moves) tree.isMoving = true;
  await updateRefs(tree.repository, updates, signal);
  tree.newest = next;
}
