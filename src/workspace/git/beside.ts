import type { Git } from "./git.ts";
import type { MarkNames } from "./marks.ts";
import { plainPath, type TreeMerge } from "./merge.ts";
import { bytesOf, fromProject, type RawPath } from "./paths.ts";
import { keepBlob, type Side } from "./sides.ts";
import type { TreeEntry } from "./tree-edit.ts";

/** How both versions of a path lie in a tree when its lines have no marks. */
export interface Beside {
  readonly remove: readonly RawPath[];
  readonly add: readonly TreeEntry[];
  /** Where what lies, and what is to be done with it. */
  readonly text: string;
}

export interface Unmarked {
  readonly path: RawPath;
  readonly merge: TreeMerge;
  /** All of the merged tree, as git has made it. */
  readonly entries: readonly TreeEntry[];
  readonly names: MarkNames;
}

/**
 * What both have lies at the path as in the tree around, and beside it as the writer has it; what only one of them has lies beside
 * only: neither to keep a version nor to delete it comes of doing nothing. Undefined when none of them has the path: it was renamed.
 */
export async function putBeside(
  git: Git,
  unmarked: Unmarked,
  signal: AbortSignal,
): Promise<Beside | undefined> {
  const { path, entries } = unmarked;
  const byGit = putByGit(unmarked);
  if (byGit.size === 0) return layBeside(git, unmarked, signal);
  const isThere = entries.some((entry) => entry.path === path) || isFolder(unmarked);
  return { remove: [], add: [], text: textFor(unmarked, { places: byGit, isThere }) };
}

async function layBeside(git: Git, unmarked: Unmarked, signal: AbortSignal): Promise<Beside | undefined> {
  const { path, entries, names } = unmarked;
  const here = entries.find((entry) => entry.path === path);
  const versions = versionsOf(unmarked, here);
  const stays = versions.length === 2 && !isFolder(unmarked) ? versions[0]?.entry : undefined;
  const places = new Map<Side, RawPath>();
  const add: TreeEntry[] = stays ? [stays] : [];
  for (const { side, entry } of versions) {
    if (entry === stays) continue;
    const name = freeName(`${cut(path)}~${names.id}-${side}`, entries);
    places.set(side, name);
    add.push({ ...(await asFile(git, entry, signal)), path: name });
  }
  if (places.size === 0) return undefined;
  const isThere = stays !== undefined;
  return { remove: isThere ? [] : removed(here), add, text: textFor(unmarked, { places, isThere }) };
}

/** What leads to a submodule stays: it could not be put back under its name by hand. */
function removed(here: TreeEntry | undefined): readonly RawPath[] {
  return here === undefined || here.mode === submodule ? [] : [here.path];
}

function isFolder({ path, entries }: Unmarked): boolean {
  return entries.some((entry) => entry.path.startsWith(`${path}/`));
}

interface Version {
  readonly side: Side;
  readonly entry: TreeEntry;
}

/** As each side has the path; what only one has as git has merged it, which may have been renamed to it. */
function versionsOf({ path, merge }: Unmarked, here: TreeEntry | undefined): readonly Version[] {
  const found: Version[] = [];
  for (const { stage, mode, id, path: at } of merge.stages)
    if (at === path && stage > 1)
      found.push({ side: stage === 2 ? "ours" : "theirs", entry: { path, mode, id } });
  const [only] = found;
  return only && found.length === 1 && here ? [{ ...only, entry: here }] : found;
}

const submodule = "160000";

/** What git has put aside of a path, because something else has to lie there. */
function putByGit({ path, merge, entries, names }: Unmarked): ReadonlyMap<Side, RawPath> {
  const places = new Map<Side, RawPath>();
  for (const entry of entries) {
    if (entry.path === path || plainPath(entry.path, merge.labels) !== path) continue;
    const side = entry.path.slice(path.length).startsWith(`~${merge.labels.ours}`) ? "ours" : "theirs";
    places.set(side, asideName(entry.path, { labels: merge.labels, names }));
  }
  return places;
}

/** The name of a path that git had to make up, with the conflict's id in it. */
export function asideName(
  path: RawPath,
  { labels, names: { id } }: { readonly labels: TreeMerge["labels"]; readonly names: MarkNames },
): RawPath {
  return path.replace(`~${labels.ours}`, `~${id}-ours`).replace(`~${labels.theirs}`, `~${id}-theirs`);
}

async function asFile(git: Git, entry: TreeEntry, signal: AbortSignal): Promise<TreeEntry> {
  if (entry.mode !== submodule) return entry;
  const id = await keepBlob(git, bytesOf(`Subproject commit ${entry.id}\n`), signal);
  return { ...entry, mode: "100644", id };
}

/** A name of a file has 255 bytes at most. */
function cut(path: RawPath): RawPath {
  const start = path.lastIndexOf("/") + 1;
  return path.slice(0, start + 200);
}

function freeName(name: RawPath, entries: readonly TreeEntry[]): RawPath {
  const isTaken = (at: RawPath): boolean =>
    entries.some(({ path }) => path === at || path.startsWith(`${at}/`));
  let free = name;
  for (let count = 0; isTaken(free); count += 1) free = `${name}_${count}`;
  return free;
}

function textFor(
  { path, names }: Unmarked,
  { places, isThere }: { readonly places: ReadonlyMap<Side, RawPath>; readonly isThere: boolean },
): string {
  const quoted = (at: RawPath): string => JSON.stringify(fromProject(at, names.prefix));
  const at = (side: Side): string => {
    const place = places.get(side);
    if (place !== undefined) return quoted(place);
    return isThere ? quoted(path) : "nothing";
  };
  const besides = [...places.values()].map(quoted).join(" and ");
  return [
    `${names.ours}: ${at("ours")}`,
    `${names.theirs}: ${at("theirs")}`,
    `Put what is right at ${quoted(path)}, or nothing when it is to go; then delete ${besides}.`,
  ].join("\n");
}
