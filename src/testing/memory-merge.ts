import type { Conflict, Landing } from "../ports/workspaces.ts";
import {
  changedPaths,
  type Files,
  type MemoryCommit,
  type MemoryRepository,
  type MemoryTree,
} from "./memory-repository.ts";

export interface Merging {
  readonly base: MemoryCommit;
  readonly ours: MemoryCommit;
  readonly theirs: MemoryCommit;
  readonly strategy: Landing["strategy"];
}

/** What comes of both, file by file; where they cannot be brought together, the text of both with marks. */
export function merged(
  repository: MemoryRepository,
  merging: Merging,
): { readonly files: Files; readonly conflicts: readonly Conflict[]; readonly decided: readonly string[] } {
  const { base, ours, theirs, strategy } = merging;
  const files = new Map(ours.files);
  const conflicts: Conflict[] = [];
  const bySide: string[] = [];
  for (const path of changedPaths(base.files, theirs.files)) {
    const [was, here, there] = [base, ours, theirs].map((commit) => commit.files.get(path));
    if (here === there) continue;
    if (here === was) put(files, path, there);
    else if (strategy === "ours" || strategy === "theirs") {
      bySide.push(path);
      if (strategy === "theirs") put(files, path, there);
    } else {
      put(files, path, bothTexts(here, there));
      conflicts.push(conflictOf(repository, { ...merging, path }));
    }
  }
  return { files, conflicts, decided: bySide };
}

function put(files: Map<string, string>, path: string, text: string | undefined): void {
  if (text === undefined) files.delete(path);
  else files.set(path, text);
}

/** Of a file that one side deleted there is only one text. */
function bothTexts(here: string | undefined, there: string | undefined): string | undefined {
  if (here === undefined || there === undefined) return here ?? there;
  return `<<<<<<< there\n${withNewline(here)}=======\n${withNewline(there)}>>>>>>> yours\n`;
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

function hasMarks(text: string | undefined): boolean {
  return text !== undefined && /^(<<<<<<< |>>>>>>> )/m.test(text);
}

function conflictOf(
  repository: MemoryRepository,
  { base, ours, theirs, path }: Merging & { readonly path: string },
): Conflict {
  const here = ours.files.get(path);
  const there = theirs.files.get(path);
  const text = bothTexts(here, there);
  const isWhole = here !== undefined && there !== undefined;
  const kind = !isWhole ? "modify/delete" : base.files.has(path) ? "content" : "add/add";
  const writers = writersOf(repository, { base, ours, path });
  return { path, kind, with: writers, ...(isWhole && text !== undefined ? { excerpt: text } : {}) };
}

/** Nodes that changed the path in the chain of `ours` since it left `base`, oldest first. */
function writersOf(
  repository: MemoryRepository,
  { base, ours, path }: Pick<Merging, "base" | "ours"> & { readonly path: string },
): readonly string[] {
  const nodes = new Set<string>();
  for (let at = ours; at.commit !== base.commit;) {
    const [parent] = at.parents;
    if (parent === undefined) break;
    const before = repository.commit(parent);
    if (before.files.get(path) !== at.files.get(path) && at.note.node !== undefined) nodes.add(at.note.node);
    at = before;
  }
  return [...nodes].toReversed();
}

/** What lands, since when, and files of an earlier conflict that somebody has to decide first. */
export interface Lands {
  readonly theirs: MemoryCommit;
  readonly base: string;
  readonly unmended: readonly string[];
  /** Files of it that the strategy has decided. */
  readonly bySide: readonly string[];
}

/** An earlier conflict is decided by the strategy, or met again, where nobody is asked. */
export function decided(
  repository: MemoryRepository,
  { lane, landing }: { readonly lane: MemoryTree; readonly landing: Landing },
): Lands {
  const { given, base, marked } = lane;
  const { strategy, commit } = landing;
  const theirs = repository.commit(commit);
  const unmended = marked.filter((path) => hasMarks(theirs.files.get(path)));
  const asks = strategy === "agent" || strategy === "human";
  if (!given || (asks && unmended.length > 0)) return { theirs, base, unmended, bySide: [] };
  const work = repository.commit(given.work);
  const isAgain = strategy === "serialize" && unmended.length > 0;
  if (given.as === commit || isAgain) return { theirs: work, base: given.base, unmended: [], bySide: [] };
  const side = strategy === "theirs" ? work : repository.commit(base);
  const files = new Map(theirs.files);
  for (const path of unmended) put(files, path, side.files.get(path));
  return { theirs: { ...theirs, files }, base, unmended: [], bySide: unmended };
}
