import type { Conflict } from "../../ports/workspaces.ts";
import { asideName, putBeside, type Unmarked } from "./beside.ts";
import type { Git } from "./git.ts";
import { plainPath, type TreeMerge } from "./merge.ts";
import { blob, keepBlob } from "./sides.ts";
import { bytesOf, fromProject, type RawPath, zeroList } from "./paths.ts";
import { editTree, entriesOf, type TreeEntry } from "./tree-edit.ts";

/** Bytes of marked lines that a conflict shows. */
const maxExcerpt = 4096;
/** Of all conflicts of a landing: they become part of the log. */
const maxExcerpts = 32 * 1024;
const around = 2;

/** What stands at the marks: who reads them should see which side is which, and tutti whether they are still there. */
export interface MarkNames {
  readonly ours: string;
  readonly theirs: string;
  /** The same for all marks of one conflict and no other. */
  readonly id: string;
  /** The project's folder, from the top of the tree: where paths are named from. */
  readonly prefix: string;
}

/** A merge with its marks named, as files for somebody to decide. */
export interface MarkedMerge {
  readonly tree: string;
  readonly excerpts: ReadonlyMap<RawPath, string>;
}

export async function markMerge(
  git: Git,
  merge: TreeMerge,
  names: MarkNames,
  signal: AbortSignal,
): Promise<MarkedMerge> {
  const entries = await entriesOf(git, merge.tree, signal);
  const { excerpts, remove, add } = await markLines(git, { merge, entries, names }, signal);
  for (const { path } of merge.conflicts) {
    const beside = excerpts.has(path)
      ? undefined
      : await putBeside(git, { path, merge, entries, names }, signal);
    if (!beside) continue;
    excerpts.set(path, beside.text);
    remove.push(...beside.remove);
    add.push(...beside.add);
  }
  return { excerpts, tree: await editTree(git, { tree: merge.tree, remove, add }, signal) };
}

async function markLines(
  git: Git,
  { merge, entries, names }: Omit<Unmarked, "path">,
  signal: AbortSignal,
): Promise<{ excerpts: Map<RawPath, string>; remove: RawPath[]; add: TreeEntry[] }> {
  const { labels } = merge;
  const concerned = new Set(merge.conflicts.map(({ path }) => path));
  const excerpts = new Map<string, string>();
  const remove: string[] = [];
  const add: TreeEntry[] = [];
  for (const entry of entries) {
    const path = asideName(entry.path, { labels, names });
    if (path !== entry.path) remove.push(entry.path);
    const plain = plainPath(entry.path, labels);
    const marked =
      concerned.has(plain) && entry.mode.startsWith("100")
        ? nameMarks((await blob(git, entry.id, signal)).toString("latin1"), { labels, names })
        : undefined;
    if (marked === undefined && path === entry.path) continue;
    if (marked !== undefined) excerpts.set(plain, excerptOf(marked, [names.id]));
    const id = marked === undefined ? entry.id : await keepBlob(git, bytesOf(marked), signal);
    add.push({ ...entry, path, id });
  }
  return { excerpts, remove, add };
}

type Labels = TreeMerge["labels"];

/** What git keeps of a file of Git LFS; one with marks would be taken for another file. */
const pointer = "version https://git-lfs.github.com/spec/";

/** Undefined when there are no marks in it, or none that could be found again. */
function nameMarks(
  text: string,
  { labels, names }: { readonly labels: Labels; readonly names: MarkNames },
): string | undefined {
  if (!text.includes(labels.ours) || text.startsWith(pointer)) return undefined;
  const mine = bytesInText(`${names.ours} (${names.id})`);
  const yours = bytesInText(`${names.theirs} (${names.id})`);
  const named = text
    .replaceAll(new RegExp(`^(<{7,}) ${labels.ours}`, "gm"), (_all, mark: string) => `${mark} ${mine}`)
    .replaceAll(new RegExp(`^(>{7,}) ${labels.theirs}`, "gm"), (_all, mark: string) => `${mark} ${yours}`);
  if (named === text) return undefined;
  return named.replaceAll(
    /^(\|{7,}) [0-9a-f]{7,64}(?=[:\r\n])/gm,
    (_all, mark: string) => `${mark} before (${names.id})`,
  );
}

function bytesInText(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function excerptOf(marked: string, ids: readonly string[]): string {
  const lines = Buffer.from(marked, "latin1").toString("utf8").split("\n");
  const isMark = (line: string, mark: string): boolean =>
    line.startsWith(mark) && ids.some((id) => line.includes(id));
  const shown = new Set<number>();
  let from: number | undefined;
  for (const [number, line] of lines.entries()) {
    if (isMark(line, "<<<<<<<")) from = number;
    if (from === undefined || !isMark(line, ">>>>>>>")) continue;
    const last = Math.min(number + around, lines.length - 1);
    for (let near = Math.max(from - around, 0); near <= last; near += 1) shown.add(near);
    from = undefined;
  }
  const text = [...shown].map((number) => `${number + 1}: ${lines[number]}`).join("\n");
  return text.length > maxExcerpt ? `${text.slice(0, maxExcerpt)}…` : text;
}

/** What is left of a conflict in a file. */
export interface LeftOver {
  readonly left: NonNullable<Conflict["left"]>;
  readonly excerpt: string;
}

/** Files of a tree in which a mark of one of these conflicts is left, or that lie at a path that was made up for it. */
export async function leftMarks(
  git: Git,
  { tree, ids }: { readonly tree: string; readonly ids: readonly string[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<RawPath, LeftOver>> {
  if (ids.length === 0) return new Map();
  const patterns = ids.flatMap((id) => ["-e", `^(<{7,}|\\|{7,}|>{7,}) .*\\(${id}\\)`]);
  const { stdout } = await git.run(["grep", "--text", "-l", "-z", "-E", ...patterns, tree, "--"], {
    signal,
    ok: [0, 1],
    config: ["grep.patternType=default", "grep.fullName=true"],
  });
  const marked = new Set(zeroList(stdout).map((path) => path.slice(tree.length + 1)));
  const found = new Map<RawPath, LeftOver>();
  for (const { path, id: file } of await entriesOf(git, tree, signal)) {
    const isAside = ids.some((id) => path.includes(`~${id}-`));
    if (isAside) found.set(path, { left: "beside", excerpt: aside });
    else if (marked.has(path)) {
      const text = (await blob(git, file, signal)).toString("latin1");
      found.set(path, { left: "marks", excerpt: excerptOf(text, ids) });
    }
  }
  return found;
}

const aside =
  "A conflict put this here: put what is right at the name without the end that begins with ~, or nothing when that is to go; then " +
  "delete this.";

/** What conflicts are for those who read them. */
export function conflictsFor(merge: TreeMerge, { excerpts, others, prefix }: Reading): readonly Conflict[] {
  return bounded(
    merge.conflicts.map(({ path, kind }) => ({
      path: fromProject(path, prefix),
      kind,
      with: others.get(path) ?? [],
      excerpt: excerpts.get(path) ?? "",
    })),
  );
}

/** All of them, and as many of their lines as a log can hold. */
export function bounded(
  conflicts: readonly (Conflict & { readonly excerpt: string })[],
): readonly Conflict[] {
  let left = maxExcerpts;
  return conflicts.map(({ excerpt, ...about }) => {
    if (excerpt === "" || excerpt.length > left) return about;
    left -= excerpt.length;
    return { ...about, excerpt };
  });
}

interface Reading {
  readonly excerpts: ReadonlyMap<RawPath, string>;
  /** Who changed the files meanwhile. */
  readonly others: ReadonlyMap<RawPath, readonly string[]>;
  /** The project's folder, from the top of the tree. */
  readonly prefix: string;
}
