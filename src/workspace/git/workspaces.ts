import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { Checkpoints } from "../../ports/checkpoints.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Landing, Workspace, Workspaces } from "../../ports/workspaces.ts";
import { isTuttiError, TuttiError } from "../../errors.ts";
import { atFault, type FaultParts } from "./at-fault.ts";
import { base } from "./base.ts";
import { comesToWork, leavesWork, makeWay } from "./begin.ts";
import { createGitCheckpoints } from "./checkpoints.ts";
import { settle } from "./move.ts";
import { createWorkshop, openTree, treeOf, type Workshop } from "./open.ts";
import type { ReadyParts } from "./ready.ts";
import {
  findRepository,
  headOf,
  hasOwnRepository,
  ownRepository,
  type Repository,
  unfit,
} from "./repository.ts";
import { restore } from "./restore.ts";
import { save } from "./save.ts";
import { takeIn } from "./take-in.ts";
import { projectIn, type Tree } from "./tree.ts";
import { createGitTrees } from "./trees.ts";

export interface GitWorkspacesOptions {
  readonly projectDir: string;
  readonly stateDir: string;
  /** Where working trees lie; default: in the state folder. */
  readonly dir?: string;
  readonly clock: Clock;
  /** Environment of git itself. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What trees are made ready with. */
  readonly ready: Omit<ReadyParts, "stateDir">;
}

/** Working trees and checkpoints by git: in the repository around the project, or one of tutti's own where there is none. */
export function createGitWorkspaces(options: GitWorkspacesOptions): Workspaces & Checkpoints {
  const { stateDir, ready } = options;
  const workshop = createWorkshop({ ...options, ready: { ...ready, stateDir: resolve(stateDir) } });
  let known: Repository | undefined;
  const find = async (signal: AbortSignal): Promise<Repository> => {
    if (known && existsSync(known.gitDir)) return known;
    known = await findRepository(options, signal);
    // a folder without a repository may become one
    return known ?? ownRepository(options, signal);
  };
  const look = async (signal: AbortSignal): Promise<Repository | undefined> =>
    (await findRepository(options, signal)) ?? (hasOwnRepository(options) ? find(signal) : undefined);
  const trees = createGitTrees({ workshop, find });
  return {
    ...createGitCheckpoints({ workshop, find, look }),
    ...trees,
    suits: (signal) => suits(options, signal),
    async base(request, signal) {
      const repository = await find(signal);
      if (request.mode !== "shared" && repository.kind === "own")
        throw request.from === undefined ? noRepository(repository) : noFork(repository);
      return base(workshop, { repository, request }, signal);
    },
    async requireFork(signal) {
      if (!(await findRepository(options, signal))) throw noFork({ root: realpathSync(options.projectDir) });
    },
    async open(request, signal) {
      const repository = await find(signal);
      if (request.mode !== "shared" && repository.kind === "own") throw noRepository(repository);
      const { tree, env } = await openTree(workshop, { repository, request }, signal);
      return workspaceOf({ workshop, tree, remove: trees.remove }, env);
    },
  };
}

/** A repository that git does not take is there all the same: who works in it without checkpoints has to say so. */
async function suits(options: GitWorkspacesOptions, signal: AbortSignal): ReturnType<Workspaces["suits"]> {
  try {
    const repository = await findRepository(options, signal);
    // a tree of its own is made from a commit
    if (repository) return (await headOf(repository, signal)).head === undefined ? "shared" : "run";
  } catch (error) {
    signal.throwIfAborted();
    if (isNoGit(error)) return undefined;
    throw error;
  }
  try {
    await ownRepository(options, signal);
    return "shared";
  } catch (error) {
    signal.throwIfAborted();
    if (isTuttiError(error, "WORKSPACE_UNFIT")) return undefined;
    throw error;
  }
}

function isNoGit(error: unknown): boolean {
  return isTuttiError(error) && (error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
}

function noRepository({ root }: Repository): Error {
  return unfit(
    root,
    "there is none, and only a repository has working trees of a run's own",
    "git init, and a first commit; or write `workspace: shared`",
  );
}

function noFork({ root }: Pick<Repository, "root">): Error {
  return new TuttiError(
    "WORKSPACE_UNFIT",
    `Cannot begin a fork in "${root}": it lies in no git repository, and a fork works in a working tree of its own`,
    { fix: "go on from there in this run: tutti rollback; or begin one anew: tutti run" },
  );
}

function workspaceOf(parts: FaultParts, env: Readonly<Record<string, string>>): Workspace {
  const { workshop, tree } = parts;
  const owner = {};
  /** One job after the other; what an earlier one left half done is ended first. */
  const inOrder = <T>(job: () => Promise<T>, signal: AbortSignal): Promise<T> =>
    tree.queue.run(async () => {
      await settle(tree, signal);
      return job();
    }, signal);
  return {
    cwd: projectIn(tree),
    env,
    get tip() {
      return tree.newest.commit;
    },
    async begin(work, signal) {
      const turn = await tree.turns.enter(owner, signal);
      try {
        const found = await inOrder(async () => {
          const { from, ...how } = work;
          const left =
            from !== undefined && turn.isAlone ? await makeWay(tree, { from, ...how }, signal) : undefined;
          comesToWork(tree, work);
          return left;
        }, signal);
        const release = (): void => {
          leavesWork(tree, work, { wasCutOff: signal.aborted });
          turn.leave();
        };
        return { ...(found ? { found } : {}), release: once(release) };
      } catch (error) {
        turn.leave();
        throw error;
      }
    },
    save: (note, signal) => inOrder(() => save(tree, note, signal), signal),
    restore: (to, signal) =>
      tree.turns.alone(owner, () => inOrder(() => restore(tree, to, signal), signal), signal),
    takeIn: (landing, signal) =>
      tree.turns.alone(
        owner,
        () => inOrder(() => takenIn(workshop, { tree, landing }, signal), signal),
        signal,
      ),
    atFault: (search, signal) => atFault(parts, search, signal),
  };
}

function once(job: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    job();
  };
}

async function takenIn(
  workshop: Workshop,
  { tree, landing }: { readonly tree: Tree; readonly landing: Landing },
  signal: AbortSignal,
): ReturnType<Workspace["takeIn"]> {
  const { repository } = tree;
  const { writer: place, commit: from } = landing;
  const writer = await treeOf(workshop, { repository, place, own: true, from }, signal);
  return writer.queue.run(() => takeIn({ target: tree, writer, landing }, signal), signal);
}
