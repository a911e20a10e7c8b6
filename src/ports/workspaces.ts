import type { CheckpointRef, WorkPlace, WorkspaceMode } from "../core/workspace.ts";
import type { ConflictStrategy, TreeSetup } from "../language/workspace.ts";

/**
 * Working trees of runs, and what is kept of them.
 *
 * - a checkpoint is the whole of a tree (what git ignores excepted), kept for ever under refs of its own; nothing of the
 *   user's is touched for it: no index, branch, HEAD, stash, configuration, hook or signature;
 * - a tree goes from one state to another whole: after a crash `open` ends what was begun;
 * - nothing is lost: what a restore, a landing or a new attempt would overwrite is a checkpoint before;
 * - every method rejects with the reason of `signal` when that aborts, and leaves no process running;
 * - two processes never work on one tree: whoever holds the lease of the run does.
 */
export interface Workspaces {
  /**
   * What suits the project when nobody says it: `run` in a repository, `shared` in a folder outside of one. Undefined where nothing can
   * be kept: without the git program, or where the folder is no project's (the home folder, the root).
   * Rejects WORKSPACE_UNFIT for a repository that cannot be used: nobody works in it unseen.
   */
  suits(signal: AbortSignal): Promise<"run" | "shared" | undefined>;
  /**
   * Keeps what lies in the project now as the first checkpoint of the run; asked again, gives the same. Rejects
   * WORKSPACE_UNFIT when the repository is in no state to begin from, or the mode needs a repository and there is none.
   */
  base(request: BaseRequest, signal: AbortSignal): Promise<WorkspaceBase>;
  /** Rejects WORKSPACE_UNFIT where no run can begin from a checkpoint of another, as `base` with `from` would; makes nothing. */
  requireFork(signal: AbortSignal): Promise<void>;
  /** The tree, made and made ready if it is new. Rejects WORKSPACE_NOT_READY (why in the message), WORKSPACE_LOST. */
  open(request: OpenRequest, signal: AbortSignal): Promise<Workspace>;
}

export interface BaseRequest {
  readonly runId: string;
  /** Of the workflow. */
  readonly name: string;
  readonly mode: WorkspaceMode;
  readonly setup: TreeSetup;
  /** Of a fork: the checkpoint of another run that it begins from, in place of what lies in the project. */
  readonly from?: string;
}

export interface WorkspaceBase {
  readonly commit: string;
  readonly head?: string;
  readonly branch?: string;
}

export interface OpenRequest {
  readonly mode: WorkspaceMode;
  readonly place: WorkPlace;
  /** The checkpoint that the tree is made from, where it is not there yet. */
  readonly from: string;
  readonly setup: TreeSetup;
  /** What making it ready prints. */
  readonly print: (line: string) => void;
}

export interface Workspace {
  /** The project's folder in it; absolute. */
  readonly cwd: string;
  /** What programs in it get besides: its ports, its own variables. */
  readonly env: Readonly<Record<string, string>>;
  /** The newest checkpoint of the tree. */
  readonly tip: string;
  /**
   * Somebody works in the tree until `release`: it is neither restored nor landed on meanwhile, except by themselves.
   * With `from` the tree is put back to that checkpoint first, if nobody else works in it: what an attempt that was cut off,
   * or failed, left there is a checkpoint before; what people changed meanwhile stays.
   */
  begin(work: Work, signal: AbortSignal): Promise<Begun>;
  /** A checkpoint of what is there now, also when nothing has changed. */
  save(note: CheckpointNote, signal: AbortSignal): Promise<Saved>;
  /** Puts the whole tree, or some files of it, back as they were at a checkpoint; the result is a checkpoint, too. */
  restore(to: RestoreTarget, signal: AbortSignal): Promise<Saved>;
  /** Takes in what a writer has done in a tree of its own since it left this one; the same again gives the same. */
  takeIn(writer: Landing, signal: AbortSignal): Promise<Landed>;
  /**
   * Whose work makes a check fail, of all that writers and steps brought into the tree since the first of them landed, or since the gate
   * last held there: found by trying, in a tree of its own that goes again. Undefined: nobody landed, or the check holds with
   * all of it. The same search again gives the same without trying.
   */
  atFault(search: FaultSearch, signal: AbortSignal): Promise<Fault | undefined>;
}

export interface FaultSearch {
  readonly effectId: string;
  /** Its name stands in the checkpoints at which it held. */
  readonly gate: string;
  /** The newest checkpoint that is looked at. */
  readonly until: string;
  /** How the tree of its own is made ready. */
  readonly setup: TreeSetup;
  readonly print: (line: string) => void;
  readonly check: (site: Pick<Workspace, "cwd" | "env">) => Promise<boolean>;
}

export interface Fault {
  /** The step whose work it is. */
  readonly node: string;
  /** The checkpoint since which the check fails. */
  readonly commit: string;
  /** How often it was checked. */
  readonly tried: number;
  /** False: what was checked contradicts itself; the commit is a guess then. */
  readonly sure: boolean;
}

export interface Work {
  readonly effectId: string;
  readonly from?: string;
  /** It only looks: where something lies that is in no checkpoint and was not cut off, all stays as it is. */
  readonly looks?: true;
}

export interface Begun {
  /** What lay there and had to go, or had come from elsewhere: the checkpoint that has it. */
  readonly found?: CheckpointRef & { readonly files: readonly string[]; readonly kept: boolean };
  /** Whose signal has aborted by then was cut off: what is left there is put away by the next who begins. */
  release(): void;
}

export type CheckpointKind =
  | "PRE-WORKFLOW"
  | "WORKFLOW-STEP"
  | "WORKFLOW-QUALITY"
  | "WORKFLOW-RECOVERY"
  | "WORKFLOW-FINAL";

/** What a checkpoint is of; becomes its message and the trailers of it. */
export interface CheckpointNote {
  readonly kind: CheckpointKind;
  /** In a few words: "completed", "attempt 2 failed", "put back to 3f2a…". */
  readonly what: string;
  readonly node?: string;
  readonly attempt?: number;
  readonly costUsd?: number | null;
  readonly agent?: string;
  /** Names of the gates that held. */
  readonly gates?: readonly string[];
}

export interface Saved extends CheckpointRef {
  /** Paths that differ from the checkpoint before, from the project's folder in it, with `/`, sorted. */
  readonly files: readonly string[];
  /** What came into the tree since and no checkpoint can hold, a sentence each: repositories inside. */
  readonly notKept?: readonly string[];
}

export interface RestoreTarget {
  readonly commit: string;
  /** Globs, from the project's folder; absent: everything. */
  readonly files?: readonly string[];
  readonly note: CheckpointNote;
}

export interface Landing {
  readonly writer: WorkPlace;
  /** The checkpoint of the writer that lands. */
  readonly commit: string;
  readonly strategy: ConflictStrategy;
  /** `rebase`: one commit after the others. `merge`: one with both as parents. */
  readonly by: "rebase" | "merge";
  readonly note: CheckpointNote;
}

/**
 * `conflicts`: what cannot be brought together. With the strategies `agent` and `human` the writer's tree holds the files of both then,
 * with marks at the lines in conflict, or beside each other where there are no lines to mark; as long as a mark or a file beside is there
 * the writer's work does not land. With `serialize` it is as the tree it should land in is. `tip`: the checkpoint of the writer's
 * tree that has that. When that checkpoint, or one after it, lands by another strategy, the work that could not land does: `ours` and
 * `theirs` decide what nobody has brought together.
 */
export type Landed =
  | ({
      readonly landed: true;
      readonly files: readonly string[];
      /** Paths that both had changed, and the strategy has decided for one of both: what the other did to them there is not in it. */
      readonly decided?: readonly string[];
    } & CheckpointRef)
  | { readonly landed: false; readonly conflicts: readonly Conflict[]; readonly tip: CheckpointRef };

export interface Conflict {
  readonly path: string;
  /** In git's words: content, modify/delete, rename/delete, … */
  readonly kind: string;
  /** Who changed it in the other tree meanwhile: nodes, by the trailers of their checkpoints. */
  readonly with: readonly string[];
  /** What a conflict put there before, and is still there: marks in the file, or the file itself, beside another. */
  readonly left?: "marks" | "beside";
  /** The lines in conflict with their marks, or where which version lies; at most some kilobytes. */
  readonly excerpt?: string;
}
