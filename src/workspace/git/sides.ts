import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Git } from "./git.ts";
import { mergeTrees, plainPath, type MergeRequest, type StageEntry, type TreeMerge } from "./merge.ts";
import { editTree, entriesOf, type TreeEntry, withTemporary } from "./tree-edit.ts";

export type Side = "ours" | "theirs";

/** All that was changed on both sides, with conflicts decided for one of them. */
export async function mergeWith(
  git: Git,
  { request, side }: { readonly request: MergeRequest; readonly side: Side },
  signal: AbortSignal,
): Promise<{ readonly tree: string }> {
  const merge = await mergeTrees(git, request, signal);
  if (merge.conflicts.length === 0) return merge;
  return { tree: await takeSide(git, { merge, request, side }, signal) };
}

/**
 * The merged tree with every conflict decided for one side: lines in conflict as that side has them, the others of the file as
 * merged; what has no lines (binary, links, deleted, renamed, file against folder) as that side has it.
 */
export async function takeSide(
  git: Git,
  {
    merge,
    request,
    side,
  }: { readonly merge: TreeMerge; readonly request: MergeRequest; readonly side: Side },
  signal: AbortSignal,
): Promise<string> {
  const merged = await entriesOf(git, merge.tree, signal);
  const byLines = new Map<string, TreeEntry>();
  for (const { path, kind } of merge.conflicts) {
    const marked = merged.find((entry) => entry.path === path);
    const entry =
      kind === "content" && marked ? await mergeLines(git, { marked, merge, side }, signal) : undefined;
    if (entry) byLines.set(path, entry);
  }
  const whole = new Set(merge.conflicts.map(({ path }) => path).filter((path) => !byLines.has(path)));
  const there = whole.size === 0 ? [] : await entriesOf(git, request[side], signal);
  const concerned = ({ path }: TreeEntry): boolean => liesAtOrIn(path, whole);
  return editTree(
    git,
    {
      tree: merge.tree,
      remove: merged
        .filter(({ path }) => plainPath(path, merge.labels) !== path || liesAtOrIn(path, whole))
        .map(({ path }) => path),
      add: [...there.filter(concerned), ...byLines.values()],
    },
    signal,
  );
}

function liesAtOrIn(path: string, places: ReadonlySet<string>): boolean {
  if (places.has(path)) return true;
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1))
    if (places.has(path.slice(0, at))) return true;
  return false;
}

interface Lines {
  /** The file as git has merged it. */
  readonly marked: TreeEntry;
  readonly merge: TreeMerge;
  readonly side: Side;
}

/** Undefined for what is no text on both sides, or is not to be merged by lines (an attribute, a driver of the user's). */
async function mergeLines(
  git: Git,
  { marked, merge, side }: Lines,
  signal: AbortSignal,
): Promise<TreeEntry | undefined> {
  const stages = filesOf(merge, marked.path);
  if (!stages || !(await blob(git, marked.id, signal)).includes(merge.labels.ours)) return undefined;
  const { base, ours, theirs } = stages;
  const id = await withTemporary(async (dir) => {
    const files: string[] = [];
    for (const entry of [ours, base, theirs]) {
      const file = join(dir, String(files.length));
      await writeFile(file, entry ? await blob(git, entry.id, signal) : "");
      files.push(file);
    }
    const { exitCode, stdout } = await git.run(["merge-file", "--quiet", "-p", `--${side}`, ...files], {
      signal,
      ok: [0, 255],
    });
    return exitCode === 0 ? keepBlob(git, stdout, signal) : undefined;
  });
  return id === undefined ? undefined : { path: marked.path, id, mode: modeOf(stages, side) };
}

interface FileStages {
  readonly base?: StageEntry;
  readonly ours: StageEntry;
  readonly theirs: StageEntry;
}

/** Undefined when one side, or what was there before, is no file. */
function filesOf({ stages }: TreeMerge, path: string): FileStages | undefined {
  const here = stages.filter((entry) => entry.path === path);
  const [base, ours, theirs] = [1, 2, 3].map((number) => here.find(({ stage }) => stage === number));
  if (!ours || !theirs || !here.every(({ mode }) => mode.startsWith("100"))) return undefined;
  return { ours, theirs, ...(base ? { base } : {}) };
}

function modeOf({ base, ours, theirs }: FileStages, side: Side): string {
  if (ours.mode === base?.mode) return theirs.mode;
  if (theirs.mode === base?.mode) return ours.mode;
  return side === "ours" ? ours.mode : theirs.mode;
}

export async function blob(git: Git, id: string, signal: AbortSignal): Promise<Buffer> {
  return (await git.run(["cat-file", "blob", id], { signal })).stdout;
}

/** Puts bytes into the repository as they are. */
export function keepBlob(git: Git, bytes: Uint8Array, signal: AbortSignal): Promise<string> {
  return git.line(["hash-object", "-w", "--no-filters", "--stdin"], { signal, input: bytes });
}
