/**
 * Brings what a run has done to a branch of the user's.
 *
 * - only what the run changed is brought: the difference between the checkpoint it began from and its last;
 * - a branch that is checked out somewhere is changed together with that working tree, and only when nothing of the user's that is
 *   not committed lies at the files concerned; everything else of the tree and its index stays as it is;
 * - a conflict changes nothing, and is told;
 * - after a crash the same again goes on, and lands once.
 */
export interface BranchLanding {
  /** Addresses of the steps whose work lands, as the commits name them; whatever the message is. */
  steps(request: LandRequest, signal: AbortSignal): Promise<readonly string[]>;
  preview(request: LandRequest, signal: AbortSignal): Promise<LandPreview>;
  land(request: LandRequest, signal: AbortSignal): Promise<LandedOnBranch>;
  /** Where each of the runs has landed last, the newest landing last. Nothing where the project lies in no repository. */
  records(runIds: readonly string[], signal: AbortSignal): Promise<readonly LandingRecord[]>;
  /** What a branch has of a landing now. */
  look(record: LandingRecord, signal: AbortSignal): Promise<LandingNow>;
  /** Pushes the branch and opens a pull request with the `gh` program. Gives its address. */
  pullRequest(request: PullRequest, signal: AbortSignal): Promise<string>;
}

export interface LandRequest {
  readonly runId: string;
  /** Name of a branch, or absent: the one that is checked out in the project. Made when there is none of this name. */
  readonly to?: string;
  /** The run's checkpoints: where it began and what lands. */
  readonly base: string;
  readonly tip: string;
  /** One commit, or one for each step that changed something. */
  readonly as: "squash" | "steps";
  readonly message: string;
  readonly strategy?: "ours" | "theirs";
}

export interface LandPreview {
  readonly branch: string;
  readonly isNew: boolean;
  readonly checkedOut: boolean;
  /** What would land; in a conflict what the run has changed. */
  readonly files: readonly string[];
  /** Nothing lands while both changed the same in these. */
  readonly conflicts: readonly string[];
  /** Files that a merge of the user's has left in conflict where the branch is checked out. */
  readonly unmerged: readonly string[];
  /** Files that are not committed and in the way. */
  readonly inTheWay: readonly string[];
  /** It has landed there already, as this commit. */
  readonly landed?: string;
}

export interface LandedOnBranch {
  readonly branch: string;
  readonly commit: string;
  readonly commits: number;
  readonly files: readonly string[];
}

export interface PullRequest {
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  readonly remote?: string;
}

/** A landing that is over: of a run and a branch there is one, the last. */
export interface LandingRecord {
  readonly runId: string;
  readonly branch: string;
  /** Where the branch was then. */
  readonly commit: string;
  /** How many commits it became. */
  readonly commits: number;
  readonly landedAt: number;
  /** The checkpoint that landed. */
  readonly tip: string;
}

export interface LandingNow {
  /** `taken-out`: the branch was moved, and does not have it any more. `branch-gone`: nor is there such a branch. */
  readonly now: "there" | "taken-out" | "branch-gone";
  /** The run's commits, the oldest first, of all its landings there; as they are now where the branch was rebased. */
  readonly commits: readonly { readonly commit: string; readonly steps: readonly string[] }[];
}
