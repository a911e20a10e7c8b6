/**
 * What a workflow says of where its steps work. `none`: in the project's folder, and nothing is kept of it. `auto`: decided when a run
 * begins: `run` in a git repository when a step may write, `shared` outside of one, `none` when no step is known to write.
 */
export type WorkspaceChoice = "auto" | "none" | "shared" | "run" | "step";

/** How a working tree is made ready, and what becomes of what is done in it. */
export interface TreeSetup {
  /** Patterns of .gitignore's syntax: files that git ignores and that a new tree gets all the same. */
  readonly copy?: readonly string[];
  readonly install?: InstallSetup;
  /** Free ports in a row that each tree has for itself. */
  readonly ports?: number;
  /** Environment of everything that works in it. */
  readonly env?: Readonly<Record<string, string>>;
  /** `branch`: the checkpoints are commits of a branch `tutti/<run>`, too. Default: `private`. */
  readonly commits?: "private" | "branch";
}

export interface InstallSetup {
  /** Shell line, run once in every new tree. */
  readonly line: string;
  /** Files whose content decides whether what an earlier tree has installed can be used again. */
  readonly key: readonly string[];
  /** Folders that are kept for that. */
  readonly keep: readonly string[];
  readonly timeoutMs?: number;
}

/** How writers that work side by side are brought together. */
export interface MergeRules {
  readonly order: "finished" | "declared";
  readonly by: "rebase" | "merge";
  readonly conflicts: ConflictStrategy;
}

/**
 * How two writers that changed the same are brought together: as it was, as the writer has it, by the writer once more, by
 * a person, or by doing the step again on what is there.
 */
export type ConflictStrategy = "ours" | "theirs" | "agent" | "human" | "serialize";

export const defaultMerge: MergeRules = { order: "finished", by: "rebase", conflicts: "agent" };
