import { hash } from "node:crypto";
import type { Git } from "./git.ts";
import { refsOf, runRefs } from "./refs.ts";
import { readRef, type Repository } from "./repository.ts";
import { emptyTree } from "./tree-edit.ts";

/** What of a run comes, or has come, to a branch. */
export interface LandRecord {
  /** The commit that says all this; it keeps what it names from being lost. */
  readonly id: string;
  readonly ref: string;
  /** Where the branch was; absent: nowhere. */
  readonly old?: string;
  /** What the commits came after; absent: nothing. */
  readonly onto?: string;
  /** Where it is then. */
  readonly landed: string;
  /** The checkpoint that lands. */
  readonly tip: string;
  readonly commits: number;
}

/** A landing that is under way. */
export function intentRef(runId: string): string {
  return refsOf({ runId, lane: "" }).landing;
}

/** Under which lies what of the run has landed on branches. */
export function landedRefs(runId: string): string {
  return `${runRefs(runId)}landed-on/`;
}

/** What of the run has landed on a branch last. */
export function landedRef(runId: string, ref: string): string {
  return `${landedRefs(runId)}${hash("sha256", ref).slice(0, 16)}`;
}

export async function writeRecord(
  git: Git,
  record: Omit<LandRecord, "id">,
  signal: AbortSignal,
): Promise<LandRecord> {
  const parents = [
    ...new Set([record.landed, record.tip, ...(record.onto === undefined ? [] : [record.onto])]),
  ];
  const tree = await emptyTree(git, signal);
  const id = await git.line(
    ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"],
    {
      signal,
      input: `landing\n\n${JSON.stringify(record)}\n`,
    },
  );
  return { ...record, id };
}

/** Undefined when there is none. */
export async function readRecord(
  repository: Repository,
  ref: string,
  signal: AbortSignal,
): Promise<LandRecord | undefined> {
  const id = await readRef(repository, ref, signal);
  if (id === undefined) return undefined;
  const { stdout } = await repository.git.run(["cat-file", "commit", id], { signal });
  return { ...recordIn(stdout.toString("utf8")), id };
}

/** What the message of a commit says that is a record. */
export function recordIn(text: string): Omit<LandRecord, "id"> {
  return JSON.parse(text.slice(text.lastIndexOf("\n{"))) as Omit<LandRecord, "id">;
}
