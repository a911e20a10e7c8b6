import { absentMode, type Change } from "./changes.ts";
import type { IndexEntry } from "./index-file.ts";
import { type GitObject, type HashBytes, nameOf } from "./objects.ts";
import type { RawPath } from "./paths.ts";

/**
 * A content as git keeps it: each folder is an object that lists what is in it (`<mode> <name> NUL <bytes of the object's name>`, sorted as
 * if names of folders ended with a slash).
 */
export interface Folders {
  /** Name of the top folder. */
  readonly name: string;
  /** By the path of a folder, which ends with a slash; that of the top one is "". */
  readonly lists: ReadonlyMap<RawPath, string>;
}

const folderMode = "40000";

/** The content that an index stands for; its entries come sorted, so that those of a folder come together. */
export function foldersOf(entries: Iterable<IndexEntry>, hashBytes: HashBytes): Folders {
  const lists = new Map<RawPath, string>();
  const above: { readonly path: RawPath; readonly lines: string[] }[] = [];
  let at: (typeof above)[number] = { path: "", lines: [] };
  const close = (): string => {
    const list = at.lines.join("");
    lists.set(at.path, list);
    return nameOf({ kind: "tree", body: list }, hashBytes);
  };
  const leave = (): void => {
    const { path } = at;
    const name = close();
    at = above.pop() ?? at;
    at.lines.push(lineOf(folderMode, path.slice(at.path.length, -1), name));
  };
  for (const { path, mode, id } of entries) {
    while (!path.startsWith(at.path)) leave();
    for (let end = slash(path, at.path); end > 0; end = slash(path, at.path)) {
      above.push(at);
      at = { path: path.slice(0, end), lines: [] };
    }
    at.lines.push(lineOf(mode, path.slice(at.path.length), id));
  }
  while (above.length > 0) leave();
  return { name: close(), lists };
}

/** Where the name of the next folder ends, with its slash; 0: there is none. */
function slash(path: RawPath, from: RawPath): number {
  return path.indexOf("/", from.length) + 1;
}

function lineOf(mode: string, name: string, id: string): string {
  return `${mode} ${name}\0${Buffer.from(id, "hex").toString("latin1")}`;
}

export interface ChangedFolders {
  readonly folders: Folders;
  /** The folders that are other than before. */
  readonly objects: readonly { readonly name: string; readonly object: GitObject }[];
}

/** The content after these changes. */
export function foldersAfter(
  { lists: before }: Folders,
  changes: readonly Change[],
  hashBytes: HashBytes,
): ChangedFolders {
  const lists = new Map(before);
  const objects: { name: string; object: GitObject }[] = [];
  const write = (path: RawPath, edits: Edits): string | undefined => {
    for (const [inner, more] of edits.inside) {
      const name = write(inner, more);
      const key = inner.slice(path.length);
      edits.lines.set(key, name && lineOf(folderMode, key.slice(0, -1), name));
    }
    const list = edited(lists.get(path) ?? "", edits.lines, hashBytes);
    if (list === "" && path !== "") {
      lists.delete(path);
      return undefined;
    }
    lists.set(path, list);
    const object = { kind: "tree", body: list } as const;
    const name = nameOf(object, hashBytes);
    objects.push({ name, object });
    return name;
  };
  const name = write("", editsOf(changes)) ?? "";
  return { folders: { name, lists }, objects };
}

/** What is to be other in a folder. */
interface Edits {
  /** By name, that of a folder with a slash; undefined: it goes. */
  readonly lines: Map<string, string | undefined>;
  /** By path: folders in it in which something is to be other. */
  readonly inside: Map<RawPath, Edits>;
}

function editsOf(changes: readonly Change[]): Edits {
  const top: Edits = { lines: new Map(), inside: new Map() };
  for (const { path, newMode, newId } of changes) {
    let [at, from] = [top, ""];
    for (let end = slash(path, from); end > 0; end = slash(path, from)) {
      from = path.slice(0, end);
      const next: Edits = at.inside.get(from) ?? { lines: new Map(), inside: new Map() };
      at.inside.set(from, next);
      at = next;
    }
    const name = path.slice(from.length);
    at.lines.set(name, newMode === absentMode ? undefined : lineOf(newMode, name, newId));
  }
  return top;
}

function edited(list: string, edits: ReadonlyMap<string, string | undefined>, hashBytes: HashBytes): string {
  const lines = new Map<string, string>();
  for (let at = 0; at < list.length;) {
    const [space, end] = [list.indexOf(" ", at), list.indexOf("\0", at)];
    const isFolder = list.slice(at, space) === folderMode;
    const next = end + 1 + hashBytes;
    lines.set(`${list.slice(space + 1, end)}${isFolder ? "/" : ""}`, list.slice(at, next));
    at = next;
  }
  for (const [key, line] of edits) {
    if (line === undefined) lines.delete(key);
    else lines.set(key, line);
  }
  const sorted = [...lines].sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted.map(([, line]) => line).join("");
}
