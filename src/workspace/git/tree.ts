import { existsSync } from "node:fs";
import { join } from "node:path";
import type { WorkPlace } from "../../core/workspace.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Kept } from "./checkpoint.ts";
import type { Folders } from "./folders.ts";
import type { GitCall } from "./git.ts";
import { filesOf, type PlaceFiles, type PlaceRefs, refsOf } from "./refs.ts";
import type { Repository } from "./repository.ts";
import type { Queue, Turns } from "../turns.ts";

/** One working tree, as this process knows it. */
export interface Tree {
  readonly repository: Repository;
  readonly place: WorkPlace;
  readonly refs: PlaceRefs;
  readonly files: PlaceFiles;
  /** Its top folder. */
  readonly root: string;
  /** `false`: the user's own folder. */
  readonly own: boolean;
  /** Folders of tutti's that may lie in it. */
  readonly apart: readonly string[];
  readonly clock: Clock;
  readonly turns: Turns;
  readonly queue: Queue;
  /** Effects that work in it now. */
  readonly atWork: Set<string>;
  /** Its newest checkpoint; set when it is opened. */
  newest: Kept;
  /** No program of an earlier process is at it any more. */
  isTaken: boolean;
  /** A move was begun and is not known to be over. */
  isMoving: boolean;
  /** A branch of the user's that follows the checkpoints. */
  branch: string | undefined;
  /** Repositories in it that are no submodules: nothing of them is in a checkpoint. */
  notCovered: readonly string[];
  /** Whether anything may make git keep other bytes than there are. */
  hasRules: boolean | undefined;
  /** Whether git is set to write other line ends than it keeps. */
  lineEnds: boolean | undefined;
  /** Whether git writes objects as it does by itself. */
  keepsObjects: boolean | undefined;
  /** What the newest checkpoint has, if it is still that. */
  folders: Folders | undefined;
}

export type NewTree = Pick<
  Tree,
  "repository" | "place" | "own" | "apart" | "clock" | "turns" | "queue" | "newest"
> & {
  readonly treesDir: string;
};

export function newTree({ treesDir, ...known }: NewTree): Tree {
  const files = filesOf(treesDir, known.place);
  return {
    ...known,
    refs: refsOf(known.place),
    files,
    root: known.own ? files.dir : known.repository.root,
    atWork: new Set(),
    isTaken: false,
    isMoving: false,
    branch: undefined,
    notCovered: [],
    hasRules: undefined,
    lineEnds: undefined,
    keepsObjects: undefined,
    folders: undefined,
  };
}

/** The project's folder in the tree. */
export function projectIn({ root, repository }: Pick<Tree, "root" | "repository">): string {
  return repository.prefix === "" ? root : join(root, repository.prefix);
}

/** By it a program of git's that outlived its process is known. */
export const treeMark = "TUTTI_TREE";

/** A call about the files of the tree, with its private index. */
export function callIn(tree: Tree, signal: AbortSignal, more: Partial<GitCall> = {}): GitCall {
  return {
    signal,
    cwd: tree.root,
    workTree: tree.root,
    index: tree.files.index,
    ...more,
    env: { TUTTI_RUN: tree.place.runId, [treeMark]: tree.files.dir, ...more.env },
    config: [...(tree.own ? ["core.sparseCheckout=false"] : []), ...(more.config ?? [])],
  };
}

/** Its folder is there; that of a run that has ended is taken away, its checkpoints stay. */
export function isThere(tree: Tree): boolean {
  return existsSync(tree.root);
}
