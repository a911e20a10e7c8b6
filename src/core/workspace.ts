/**
 * Where the steps of a run work, when it matters to them. `shared`: in the project's own folder. `run`: in a working tree of the run's own, and
 * writers side by side in one each. `step`: every step that writes in one of its own.
 */
export type WorkspaceMode = "shared" | "run" | "step";

/** Names a working tree: that of a run, or of one writer in it. */
export interface WorkPlace {
  readonly runId: string;
  /** Address of the node that it was made for; "" for the run's own. */
  readonly lane: string;
}

/** A checkpoint as the log names it. */
export interface CheckpointRef {
  /** Full name of the git object. */
  readonly commit: string;
  /** How many came before it in its tree. */
  readonly number: number;
}

/** The working tree of a run, as its first event says it. Commits are full names of git objects. */
export interface WorkspaceOrigin {
  readonly mode: WorkspaceMode;
  /** Of a run that does a step of another: the tree that step works in. */
  readonly place: WorkPlace;
  /** The checkpoint it began from. */
  readonly base: string;
  /** What was checked out in the project then; absent: no commit, no branch. */
  readonly head?: string;
  readonly branch?: string;
}

/** The working tree of an attempt or a gate, as part of its effect. */
export interface WorkspacePolicy {
  readonly mode: WorkspaceMode;
  readonly place: WorkPlace;
  /** The checkpoint that the tree is made from, where it is not there yet. */
  readonly from: string;
  /**
   * Of an attempt, or a gate before the first: the checkpoint it has to begin from, as it is when it is started; absent: it
   * goes on with what is there.
   */
  readonly begin?: string;
  /** Of an attempt: what it leaves is kept as a checkpoint. */
  readonly saves?: true;
  /** Globs of what the step says it writes; absent: it says nothing. */
  readonly writes?: readonly string[];
  /** Of a gate: where the tree goes back to when a forbidden path was changed. */
  readonly undoTo?: string;
  /** Of a landing: the tree that takes in what was done in this one. */
  readonly onto?: { readonly place: WorkPlace; readonly tip: string };
  /** Of a landing: the checkpoint that lands. */
  readonly lands?: string;
}

/** How a node stands in the tree that it works in. */
export interface NodeTree {
  /** The newest checkpoint with what it did. */
  readonly last: CheckpointRef | undefined;
  /** Its attempt goes on with what is there: with its own work, or that of the agent it takes over from. */
  readonly goesOn: boolean;
  /** Its work could not land, and it begins anew on what is there now. */
  readonly anew: boolean;
}

/** The working trees of a run as far as its log tells. */
export interface TreesState {
  readonly origin: WorkspaceOrigin;
  /** By lane: the checkpoint that has all that ended well in it. "": the run's own tree. */
  tips: Map<string, CheckpointRef>;
  /** By lane: how many nodes have begun in it and not ended. */
  busy: Map<string, number>;
  /** Lanes whose tip is a conflict that their writer was given. */
  readonly given: Set<string>;
  /** By lane: where there are results of earlier lives whose work lies in it, and in none of its tips. */
  readonly unjudged: Map<string, readonly string[]>;
}

/** A run begins where its first checkpoint is. */
export function newTrees(origin: WorkspaceOrigin): TreesState {
  return {
    origin,
    tips: new Map([["", { commit: origin.base, number: 0 }]]),
    busy: new Map(),
    given: new Set(),
    unjudged: new Map(),
  };
}
