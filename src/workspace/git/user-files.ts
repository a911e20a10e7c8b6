import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { absentMode, type Change } from "./changes.ts";
import type { Holder } from "./land-target.ts";
import { fileAt, lineInput, type RawPath, zeroList } from "./paths.ts";
import { keepBlob } from "./sides.ts";

/** How what lies at a path stands to what is to lie there. */
export interface PathState {
  readonly change: Change;
  /** In the index, and on disk. `other`: somebody has changed it, and it is in no commit. */
  readonly staged: Standing;
  readonly there: Standing;
}

type Standing = "old" | "new" | "other";

interface Entry {
  readonly mode: string;
  readonly id: string;
}

const nothing: Entry = { mode: absentMode, id: "" };

export interface UserFiles {
  readonly states: readonly PathState[];
  /** Paths that a merge has left in conflict. */
  readonly unmerged: readonly RawPath[];
  /** What is not committed and lies where something is to change: of the paths themselves, and of folders in their way. */
  readonly inTheWay: readonly RawPath[];
}

/** Looks at the user's files and index, as far as these changes concern them. Changes nothing. */
export async function lookAtFiles(
  holder: Holder,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<UserFiles> {
  const now = await readIndex(holder, signal);
  const { index, unmerged, absent } = now;
  const disk = await asGitSees(holder, { now, disk: await readDisk(holder, changes, signal) }, signal);
  const states = changes.map((change): PathState => {
    const { path } = change;
    const staged = index.get(path) ?? nothing;
    // A sparse checkout leaves out files that count as being there.
    const there = absent.has(path) && isSame(disk.get(path), nothing) ? staged : (disk.get(path) ?? nothing);
    return { change, staged: standing(staged, change), there: standing(there, change) };
  });
  const concerned = new Set(changes.map(({ path }) => path));
  const blocked = changes
    .filter(({ newMode }) => newMode !== "160000")
    .flatMap(({ path, newMode }) => blocking(holder.root, { path, isGone: newMode === absentMode }))
    .filter((path) => !concerned.has(path));
  return { states, unmerged, inTheWay: [...new Set(blocked)] };
}

function isSame(one: Entry | undefined, other: Entry): boolean {
  return one !== undefined && one.mode === other.mode && (one.mode === absentMode || one.id === other.id);
}

function standing(entry: Entry, { oldMode, oldId, newMode, newId }: Change): Standing {
  if (isSame(entry, { mode: newMode, id: newId })) return "new";
  return isSame(entry, { mode: oldMode, id: oldId }) ? "old" : "other";
}

interface IndexNow {
  readonly index: ReadonlyMap<RawPath, Entry>;
  readonly unmerged: readonly RawPath[];
  /** Left out of a sparse checkout. */
  readonly absent: ReadonlySet<RawPath>;
  /** Git looks at the file when it is asked whether it is changed. */
  readonly lookedAt: ReadonlySet<RawPath>;
}

async function readIndex({ git }: Holder, signal: AbortSignal): Promise<IndexNow> {
  const { stdout } = await git.run(["ls-files", "-v", "--stage", "-z"], { signal });
  const index = new Map<RawPath, Entry>();
  const unmerged = new Set<RawPath>();
  const absent = new Set<RawPath>();
  const lookedAt = new Set<RawPath>();
  for (const line of zeroList(stdout)) {
    const tab = line.indexOf("\t");
    const [tag, mode = "", id = "", stage] = line.slice(0, tab).split(" ");
    const path = line.slice(tab + 1);
    index.set(path, { mode, id });
    if (stage !== "0") unmerged.add(path);
    if (tag?.toUpperCase() === "S") absent.add(path);
    if (tag === "H") lookedAt.add(path);
  }
  return { index, absent, lookedAt, unmerged: [...unmerged] };
}

/**
 * Line ends that were committed before there was a rule for them: git would keep the file in another way now, and yet takes it for
 * unchanged. What it takes for unchanged is what the index has.
 */
async function asGitSees(
  { git }: Holder,
  { now: { index, lookedAt }, disk }: { readonly now: IndexNow; readonly disk: ReadonlyMap<RawPath, Entry> },
  signal: AbortSignal,
): Promise<ReadonlyMap<RawPath, Entry>> {
  const differs = [...disk].filter(
    ([path, { mode, id }]) =>
      lookedAt.has(path) && index.get(path)?.mode === mode && index.get(path)?.id !== id,
  );
  if (differs.length === 0) return disk;
  const args = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=no"];
  const { stdout } = await git.run([...args, "--ignore-submodules=all"], { signal });
  const changed = new Set(
    zeroList(stdout).flatMap((line) => (line.charAt(1) === " " ? [] : [line.slice(3)])),
  );
  const same = differs.filter(([path]) => !changed.has(path));
  return new Map([...disk, ...same.map(([path]) => [path, index.get(path) ?? nothing] as const)]);
}

/** What lies at the paths, as git would keep it. A folder at the place of a file counts as nothing: see `blocking`. */
async function readDisk(
  holder: Holder,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<ReadonlyMap<RawPath, Entry>> {
  const found = new Map<RawPath, Entry>();
  const files: DiskFile[] = [];
  for (const change of changes) {
    const stats = statsAt(holder.root, change.path);
    if (stats?.isFile()) files.push({ change, stats });
    else found.set(change.path, await entryOf(holder, { change, stats }, signal));
  }
  for (const [path, entry] of await entriesOfFiles(holder, files, signal)) found.set(path, entry);
  return found;
}

interface DiskFile {
  readonly change: Change;
  readonly stats: Stats;
}

/** Of what is no file. */
async function entryOf(
  { git, root }: Holder,
  { change, stats }: { readonly change: Change; readonly stats: Stats | undefined },
  signal: AbortSignal,
): Promise<Entry> {
  if (!stats) return nothing;
  if (stats.isDirectory()) return moduleOf(change);
  if (!stats.isSymbolicLink()) return { mode: "strange", id: "" };
  const target = readlinkSync(fileAt(root, change.path), { encoding: "buffer" });
  return { mode: "120000", id: await keepBlob(git, target, signal) };
}

async function entriesOfFiles(
  { git }: Holder,
  files: readonly DiskFile[],
  signal: AbortSignal,
): Promise<readonly (readonly [RawPath, Entry])[]> {
  const input = lineInput(files.map(({ change }) => change.path));
  const { stdout } = await git.run(["hash-object", "--stdin-paths"], { signal, input });
  const ids = stdout.toString("latin1").split("\n");
  const modes = await seesModes(git, signal);
  return files.map(({ change, stats }, at) => {
    const id = ids[at] ?? "";
    const mode = (stats.mode & 0o100) === 0 ? "100644" : "100755";
    return [change.path, { id, mode: modes ? mode : (modeOf(change, id) ?? mode) }];
  });
}

/** Of a repository in the tree git only follows which commit it is at: what is in it is left alone. */
function moduleOf({ oldMode, oldId, newMode, newId }: Change): Entry {
  if (oldMode === "160000") return { mode: oldMode, id: oldId };
  return newMode === "160000" ? { mode: newMode, id: newId } : nothing;
}

async function seesModes(git: Holder["git"], signal: AbortSignal): Promise<boolean> {
  const said = await git.run(["config", "--type=bool", "--get", "core.fileMode"], { signal, ok: [0, 1] });
  return said.stdout.toString("utf8").trim() !== "false";
}

/** Where the disk knows no modes, a file has that of the commit whose content it has. */
function modeOf({ newId, newMode, oldId, oldMode }: Change, id: string): string | undefined {
  if (id === newId) return newMode;
  return id === oldId ? oldMode : undefined;
}

function statsAt(root: string, path: RawPath): Stats | undefined {
  if (fileAbove(root, path) !== undefined) return undefined;
  return lstatSync(fileAt(root, path), { throwIfNoEntry: false });
}

/** A file, or a link, where the path has a folder. */
function fileAbove(root: string, path: RawPath): RawPath | undefined {
  const parts = path.split("/");
  for (let length = 1; length < parts.length; length += 1) {
    const above = parts.slice(0, length).join("/");
    const stats = lstatSync(fileAt(root, above), { throwIfNoEntry: false });
    if (!stats) return undefined;
    if (!stats.isDirectory()) return above;
  }
  return undefined;
}

/**
 * A file in place of a folder above the path, and everything in a folder at its place. Git takes such a file for in the way also where
 * there is nothing to be written.
 */
function blocking(
  root: string,
  { path, isGone }: { readonly path: RawPath; readonly isGone: boolean },
): readonly RawPath[] {
  const above = fileAbove(root, path);
  if (above !== undefined) return [above];
  if (isGone) return [];
  return statsAt(root, path)?.isDirectory() === true ? filesIn(root, path) : [];
}

function filesIn(root: string, dir: RawPath): readonly RawPath[] {
  const entries = readdirSync(fileAt(root, dir), { withFileTypes: true, encoding: "buffer" });
  return entries.flatMap((entry) => {
    const path = `${dir}/${entry.name.toString("latin1")}`;
    return entry.isDirectory() ? filesIn(root, path) : [path];
  });
}
