import { anyGlob } from "../../files/glob.ts";
import type { CheckpointNote, RestoreTarget, Saved } from "../../ports/workspaces.ts";
import { absentMode, changesBetween } from "./changes.ts";
import { type Kept, makeCheckpoint, readKept } from "./checkpoint.ts";
import type { Exact, ExactFile } from "./exact-record.ts";
import { move } from "./move.ts";
import { runRefs } from "./refs.ts";
import { isPartOf, type RefUpdate } from "./repository.ts";
import { bytesOf, fromProject, type RawPath } from "./paths.ts";
import { filesBetween, saveUnsaved } from "./save.ts";
import { withIndex } from "./temporary-index.ts";
import { callIn, type Tree } from "./tree.ts";

/** Puts the tree, or some of its files, back; the result is a checkpoint, and what was there is one before. */
export async function restore(
  tree: Tree,
  { commit, files, note }: RestoreTarget,
  signal: AbortSignal,
): Promise<Saved> {
  const target = await readKept(tree.repository, commit, signal);
  await saveUnsaved(tree, signal);
  const before = tree.newest;
  const content = files === undefined ? target : await partOf(tree, { target, files }, signal);
  const next = await putTo(tree, { content, note }, signal);
  return {
    commit: next.commit,
    number: next.number,
    files: await filesBetween(tree, [before, next], signal),
  };
}

/** A new checkpoint with this content, and the tree at it. All that lies in it must be in the newest one. */
export async function putTo(
  tree: Tree,
  {
    content,
    note,
    also = [],
  }: {
    /** With its commit: all of the tree goes there. */
    readonly content: Pick<Kept, "tree" | "exact"> & { readonly commit?: string };
    readonly note: CheckpointNote;
    readonly also?: readonly string[];
  },
  signal: AbortSignal,
): Promise<Kept> {
  const { newest } = tree;
  const next = await makeCheckpoint(
    tree,
    {
      tree: content.tree,
      exact: content.exact,
      parents: [newest.commit, ...also],
      number: newest.number + 1,
      note,
    },
    signal,
  );
  const refs = content.commit === undefined ? [] : await landingsAfter(tree, content.commit, signal);
  await move(tree, { next, refs }, signal);
  return next;
}

/** What landed in the tree and is not part of this checkpoint: it has to land again when that is asked for. */
async function landingsAfter(
  { repository, place, newest }: Tree,
  commit: string,
  signal: AbortSignal,
): Promise<readonly RefUpdate[]> {
  const { stdout } = await repository.git.run(
    ["for-each-ref", "--format=%(refname) %(objectname)", `${runRefs(place.runId)}landed/`],
    { signal },
  );
  const gone: RefUpdate[] = [];
  for (const line of stdout.toString("latin1").split("\n")) {
    const [ref, landed] = line.split(" ");
    if (ref === undefined || landed === undefined) continue;
    const isHere = await isPartOf(repository, [landed, newest.commit], signal);
    if (isHere && !(await isPartOf(repository, [landed, commit], signal))) gone.push({ ref });
  }
  return gone;
}

/** The newest checkpoint, with what the globs name as it is in the target. */
async function partOf(
  tree: Tree,
  { target, files }: { readonly target: Kept; readonly files: readonly string[] },
  signal: AbortSignal,
): Promise<Pick<Kept, "tree" | "exact">> {
  const { repository, newest } = tree;
  const test = anyGlob(files);
  const isMeant = (path: RawPath): boolean => test(fromProject(path, repository.prefix));
  const changes = await changesBetween(repository, [newest.tree, target.tree], signal);
  const meant = changes.filter(({ path }) => isMeant(path));
  // What goes is said first: a file may come where a folder was.
  const lines = [
    ...meant.filter(({ newMode }) => newMode === absentMode),
    ...meant.filter(({ newMode }) => newMode !== absentMode),
  ];
  const input = lines.map(({ path, newMode, newId }) =>
    newMode === absentMode ? `0 ${newId}\t${path}\0` : `${newMode} ${newId}\t${path}\0`,
  );
  const content = await withIndex(tree, async (index) => {
    const call = callIn(tree, signal, { index });
    await repository.git.run(["read-tree", newest.commit], call);
    await repository.git.run(["update-index", "-z", "--index-info"], {
      ...call,
      input: bytesOf(input.join("")),
    });
    return repository.git.line(["write-tree"], call);
  });
  return { tree: content, exact: mixed(newest.exact, target.exact, isMeant) };
}

function mixed(newest: Exact, target: Exact, isMeant: (path: RawPath) => boolean): Exact {
  const files = new Map<RawPath, ExactFile>([
    ...[...newest.files].filter(([path]) => !isMeant(path)),
    ...[...target.files].filter(([path]) => isMeant(path)),
  ]);
  return { files };
}
