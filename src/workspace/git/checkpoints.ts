import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { WorkPlace } from "../../core/workspace.ts";
import { TuttiError } from "../../errors.ts";
import type { Checkpoints, DifferenceRequest } from "../../ports/checkpoints.ts";
import { readKept } from "./checkpoint.ts";
import { differenceBetween } from "./difference.ts";
import { putExact } from "./put-exact.ts";
import { noExact } from "./exact-record.ts";
import { listCheckpoints } from "./list.ts";
import { type Workshop, treeOf } from "./open.ts";
import { filesOf, refsOf } from "./refs.ts";
import { readRef, type Repository, unfit } from "./repository.ts";
import { contentNow, hideFolder } from "./stage.ts";
import { withIndex } from "./temporary-index.ts";
import { callIn, newTree } from "./tree.ts";
import { readTreeFile } from "./tree-file.ts";
import { Queue, Turns } from "../turns.ts";

export interface CheckpointParts {
  readonly workshop: Workshop;
  readonly find: (signal: AbortSignal) => Promise<Repository>;
  /** The same, but nothing is made where there is none. */
  readonly look: (signal: AbortSignal) => Promise<Repository | undefined>;
}

/** What was kept, by the refs and trees alone. */
export function createGitCheckpoints({
  workshop,
  find,
  look,
}: CheckpointParts): Omit<Checkpoints, "trees" | "remove" | "tidy"> {
  return {
    list: async (of, signal) => {
      const repository = await look(signal);
      return repository ? listCheckpoints(repository, of, signal) : [];
    },
    async difference(request, signal) {
      const repository = await find(signal);
      const to = await contentOf(workshop, { repository, request }, signal);
      return differenceBetween(repository, { ...request, to }, signal);
    },
    writeOut: async ({ commit, dir }, signal) =>
      writeOut(workshop, { repository: await find(signal), commit, dir: resolve(dir) }, signal),
  };
}

interface Asked {
  readonly repository: Repository;
  readonly request: DifferenceRequest;
}

async function contentOf(
  workshop: Workshop,
  { repository, request }: Asked,
  signal: AbortSignal,
): Promise<string> {
  const { from, to, place } = request;
  if (to !== undefined) return (await readKept(repository, to, signal)).tree;
  const meant = place ?? (await readKept(repository, from, signal)).message?.place;
  if (meant === undefined)
    throw unfit(repository.root, `"${from}" is no checkpoint, and no working tree is named`);
  const own = ownOf(workshop, meant);
  if (own !== undefined) {
    const tree = await treeOf(workshop, { repository, place: meant, own, from }, signal);
    return tree.queue.run(() => contentNow(tree, signal), signal);
  }
  const newest = await readRef(repository, refsOf(meant).newest, signal);
  return (await readKept(repository, newest ?? from, signal)).tree;
}

/** Whether its tree is one of tutti's own, or the project's folder; undefined when there is none. */
function ownOf({ treesDir }: Workshop, place: WorkPlace): boolean | undefined {
  const { dir, record } = filesOf(treesDir, place);
  if (existsSync(dir)) return true;
  const known = readTreeFile(record);
  // One of tutti's own that is gone is not the project's folder.
  return known && known.made === undefined ? false : undefined;
}

function makeEmpty(dir: string): void {
  const cannot = (why: string): TuttiError =>
    new TuttiError("WORKSPACE_UNFIT", `Cannot write a checkpoint into "${dir}": ${why}`, {
      fix: "name a new folder",
    });
  try {
    mkdirSync(dir, { recursive: true });
    if (readdirSync(dir).length === 0) return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOTDIR") throw cannot("a file lies there, or above it");
    throw cannot((error as Error).message);
  }
  throw cannot("something lies in this folder, and only an empty one is written into");
}

async function writeOut(
  { stateDir, treesDir, clock }: Workshop,
  {
    repository,
    commit,
    dir,
  }: { readonly repository: Repository; readonly commit: string; readonly dir: string },
  signal: AbortSignal,
): Promise<void> {
  const kept = await readKept(repository, commit, signal);
  makeEmpty(dir);
  hideFolder(stateDir);
  const place = kept.message?.place ?? { runId: commit, lane: "" };
  const known = { repository, place, treesDir, clock, own: true, apart: [], newest: kept };
  const tree = newTree({ ...known, turns: new Turns(), queue: new Queue() });
  mkdirSync(join(tree.files.dir, ".."), { recursive: true, mode: 0o700 });
  await withIndex(tree, async (index) => {
    const here = { ...tree, root: dir, files: { ...tree.files, index } };
    await repository.git.run(["read-tree", "--reset", "-u", commit], callIn(here, signal));
    await putExact(here, { from: { ...kept, exact: noExact }, to: kept, all: true }, signal);
  });
}
