import type { CheckpointRef, WorkPlace } from "../core/workspace.ts";
import type { CheckpointKind } from "./workspaces.ts";

/**
 * What was kept of all runs, also of those whose log is lost. Reading it changes nothing.
 */
export interface Checkpoints {
  /** Oldest first. Without a run: of all. Empty where there is none. */
  list(of: { readonly runId?: string }, signal: AbortSignal): Promise<readonly Checkpoint[]>;
  /** What is other in `to`; without `to`: in the working tree as it is now. */
  difference(request: DifferenceRequest, signal: AbortSignal): Promise<Difference>;
  /** Writes the whole of a checkpoint into a folder that is new or empty. Rejects WORKSPACE_UNFIT when something lies there. */
  writeOut(request: { readonly commit: string; readonly dir: string }, signal: AbortSignal): Promise<void>;
  /** The trees of tutti's own that are there; without a run: of all. */
  trees(of: { readonly runId?: string }, signal: AbortSignal): Promise<readonly TreeState[]>;
  /**
   * Takes the tree away, and gives back its ports; its checkpoints stay. Rejects WORKSPACE_UNSAVED when something in it is in no
   * checkpoint, or a process works in it. What somebody deleted already is forgotten. Commits that somebody made in it and that are nowhere
   * else get refs, whose names it gives.
   */
  remove(place: WorkPlace, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Gives back what nobody will use any more: ports and files beside trees of places where the work is over, stored installs of long
   * ago. Refs and commits stay. Gives what it did, a line each.
   */
  tidy(isOver: (place: WorkPlace) => boolean, signal: AbortSignal): Promise<readonly string[]>;
}

export interface Checkpoint extends CheckpointRef {
  readonly place: WorkPlace;
  readonly kind: CheckpointKind;
  /** First line of its message. */
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly node?: string;
  readonly attempt?: number;
  readonly costUsd?: number | null;
  readonly agent?: string;
  readonly gates?: readonly string[];
}

export interface DifferenceRequest {
  readonly from: string;
  readonly to?: string;
  /** The tree that is meant when `to` is absent. */
  readonly place?: WorkPlace;
  /** Globs, from the project's folder. */
  readonly files?: readonly string[];
  /** Also as a patch that git can apply. */
  readonly patch?: boolean;
}

export interface Difference {
  readonly files: readonly FileChange[];
  readonly patch?: string;
}

export interface FileChange {
  readonly path: string;
  readonly change: "added" | "deleted" | "changed" | "mode" | "kind";
  /** Lines; undefined for what is no text. */
  readonly added?: number;
  readonly removed?: number;
}

export interface TreeState {
  readonly place: WorkPlace;
  readonly dir: string;
  /** Files that are in no checkpoint. */
  readonly unsaved: readonly string[];
}
