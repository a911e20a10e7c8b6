import { createHash } from "node:crypto";
import type { CheckpointRef, WorkPlace } from "../core/workspace.ts";
import { TuttiError } from "../errors.ts";
import type { CheckpointNote } from "../ports/workspaces.ts";

/** Content by path. */
export type Files = ReadonlyMap<string, string>;

export interface MemoryCommit extends CheckpointRef {
  readonly parents: readonly string[];
  readonly files: Files;
  readonly place: WorkPlace;
  readonly note: CheckpointNote;
}

/** A working tree and what is known of it. */
export interface MemoryTree {
  readonly place: WorkPlace;
  /** What lies in it now. */
  readonly files: Map<string, string>;
  /** Its newest checkpoint. */
  newest: string;
  /** The state that it has in common with the tree around it. */
  base: string;
  /** Effects that work in it, or did when their process died or their work was cut off. */
  readonly atWork: Set<string>;
  /** Files that may still hold the marks of a landing that came to nothing. */
  marked: readonly string[];
  /** The last conflict that it was given, as this checkpoint: the work that could not land, and what that had begun from. */
  given: { readonly as: string; readonly work: string; readonly base: string } | undefined;
  /** What it has landed as, by the checkpoint that landed. */
  readonly landed: Map<
    string,
    CheckpointRef & { readonly files: readonly string[]; readonly decided?: readonly string[] }
  >;
}

/** What outlives a process: the project's folder, working trees and checkpoints. */
export class MemoryRepository {
  /** What lies in the project's folder. */
  readonly project = new Map<string, string>();
  readonly commits = new Map<string, MemoryCommit>();
  readonly bases = new Map<string, string>();
  readonly #trees = new Map<string, MemoryTree>();

  tree(place: WorkPlace): MemoryTree | undefined {
    return this.#trees.get(keyOf(place));
  }

  /** A tree that shares the project's folder, or has a copy of what a checkpoint has. */
  newTree(place: WorkPlace, from: string, { shared }: { readonly shared: boolean }): MemoryTree {
    const { files } = this.commit(from);
    const tree: MemoryTree = {
      place,
      files: shared ? this.project : new Map(files),
      newest: from,
      base: from,
      atWork: new Set(),
      marked: [],
      given: undefined,
      landed: new Map(),
    };
    this.#trees.set(keyOf(place), tree);
    return tree;
  }

  /** Throws WORKSPACE_LOST. */
  commit(name: string): MemoryCommit {
    const found = this.commits.get(name);
    if (found) return found;
    throw new TuttiError(
      "WORKSPACE_LOST",
      `Cannot use the checkpoint "${name}": it is not in this repository`,
      {
        fix: "bring it here: git fetch",
      },
    );
  }

  add(content: Omit<MemoryCommit, "commit" | "number">): MemoryCommit {
    const [parent] = content.parents;
    const number = parent === undefined ? 0 : this.commit(parent).number + 1;
    const commit = createHash("sha1").update(`${this.commits.size} ${content.note.what}`).digest("hex");
    const made = { ...content, commit, number, files: new Map(content.files) };
    this.commits.set(commit, made);
    return made;
  }
}

export function keyOf({ runId, lane }: WorkPlace): string {
  return `${runId}\n${lane}`;
}

/** Paths whose contents differ, sorted. */
export function changedPaths(before: Files, after: Files): readonly string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).toSorted();
}

/** Makes the one what the other is. */
export function fill(files: Map<string, string>, content: Files): void {
  const wanted = [...content];
  files.clear();
  for (const [path, text] of wanted) files.set(path, text);
}
