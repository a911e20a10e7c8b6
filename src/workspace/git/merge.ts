import type { Git } from "./git.ts";
import type { RawPath } from "./paths.ts";
import type { TreeEntry } from "./tree-edit.ts";

/** Three trees (or commits): `ours` as it is where something lands, `theirs` as the writer has it. */
export interface MergeRequest {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

/** What git could not decide at a path. */
export interface PathConflict {
  readonly path: RawPath;
  /** In git's words: content, modify/delete, rename/delete, … */
  readonly kind: string;
}

export interface StageEntry extends TreeEntry {
  /** 1: before, 2: ours, 3: theirs. */
  readonly stage: number;
}

export interface TreeMerge {
  /** With conflicts: with git's marks in it. */
  readonly tree: string;
  readonly conflicts: readonly PathConflict[];
  readonly stages: readonly StageEntry[];
  /** How git names the sides in its marks and in paths that it had to make up. */
  readonly labels: { readonly ours: string; readonly theirs: string };
}

/** Settings that would make the same merge another one elsewhere. */
const config = [
  "merge.conflictStyle=zdiff3",
  "merge.directoryRenames=false",
  "merge.renames=true",
  "merge.renameLimit=7000",
  "diff.renames=true",
];

/** Brings together what was changed since `base` on both sides. Touches no ref, index or file. */
export async function mergeTrees(git: Git, request: MergeRequest, signal: AbortSignal): Promise<TreeMerge> {
  const base = await looseCommit(git, { tree: request.base, parents: [] }, signal);
  const ours = await looseCommit(git, { tree: request.ours, parents: [base] }, signal);
  const theirs = await looseCommit(git, { tree: request.theirs, parents: [base] }, signal);
  const labels = { ours, theirs };
  const { exitCode, stdout, stderr } = await git.run(
    ["merge-tree", "--write-tree", "-z", "--messages", ours, theirs],
    { signal, config, ok: [0, 1] },
  );
  const said = stdout.toString("latin1");
  // Exit code 1 is also given for a name that means nothing; a merge begins with the name of a tree.
  if (!/^[0-9a-f]{40,64}\0/.test(said)) throw new Error(`git merge-tree: ${stderr}`);
  return { ...readMerge(said, { clean: exitCode === 0, labels }), labels };
}

// Git takes the tree they left from the history of two commits: these have just that, and always the same names.
async function looseCommit(
  git: Git,
  { tree, parents }: { readonly tree: string; readonly parents: readonly string[] },
  signal: AbortSignal,
): Promise<string> {
  const when = "@1 +0000";
  return git.line(["commit-tree", ...parents.flatMap((parent) => ["-p", parent]), `${tree}^{tree}`], {
    signal,
    input: "merge\n",
    env: { GIT_AUTHOR_DATE: when, GIT_COMMITTER_DATE: when },
  });
}

type Labels = TreeMerge["labels"];

function readMerge(
  said: string,
  { clean, labels }: { readonly clean: boolean; readonly labels: Labels },
): Omit<TreeMerge, "labels"> {
  const [tree = "", ...rest] = said.split("\0");
  if (clean) return { tree, conflicts: [], stages: [] };
  const end = rest.indexOf("");
  const stages = rest.slice(0, end).map(readStage);
  return { tree, stages, conflicts: conflictsIn(rest.slice(end + 1), { stages, labels }) };
}

function readStage(line: string): StageEntry {
  const tab = line.indexOf("\t");
  const [mode = "", id = "", stage = ""] = line.slice(0, tab).split(" ");
  return { mode, id, stage: Number(stage), path: line.slice(tab + 1) };
}

/** A message: how many paths, the paths, what it is about, the words. */
function conflictsIn(
  fields: readonly string[],
  { stages, labels }: { readonly stages: readonly StageEntry[]; readonly labels: Labels },
): readonly PathConflict[] {
  const kinds = new Map<string, string>();
  for (let at = 0; at < fields.length && fields[at] !== "";) {
    const count = Number(fields[at]);
    const paths = fields.slice(at + 1, at + 1 + count);
    const about = /^CONFLICT \((.*)\)$/.exec(fields[at + 1 + count] ?? "")?.[1];
    for (const path of about === undefined ? [] : paths) tell(kinds, plainPath(path, labels), about ?? "");
    at += count + 3;
  }
  for (const { path } of stages) {
    const plain = plainPath(path, labels);
    if (!kinds.has(plain)) kinds.set(plain, "content");
  }
  return [...kinds].map(([path, kind]) => ({ path, kind })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Of several findings about a path the one that says more than that lines differ. */
function tell(kinds: Map<string, string>, path: string, about: string): void {
  const kind = about === "contents" ? "content" : about;
  const before = kinds.get(path);
  if (before === undefined || before === "content") kinds.set(path, kind);
}

/** `file~<name of a side>` is where git puts a file that cannot lie at its own path. */
export function plainPath(path: string, { ours, theirs }: Labels): string {
  for (const label of [ours, theirs]) {
    const at = path.lastIndexOf(`~${label}`);
    if (at > 0 && /^(_\d+)?$/.test(path.slice(at + label.length + 1))) return path.slice(0, at);
  }
  return path;
}
