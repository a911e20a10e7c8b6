import type { Conflict, Landing } from "../ports/workspaces.ts";
import { changedPaths, type Files, type MemoryCommit, type MemoryRepository } from "./memory-repository.ts";

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
): { readonly files: Files; readonly conflicts: readonly Conflict[] } {
  const { base, ours, theirs, strategy } = merging;
  const files = new Map(ours.files);
  const conflicts: Conflict[] = [];
  for (const path of changedPaths(base.files, theirs.files)) {
    const [was, here, there] = [base, ours, theirs].map((commit) => commit.files.get(path));
    if (here === there || (strategy === "ours" && here !== was)) continue;
    if (here === was || strategy === "theirs") put(files, path, there);
    else {
      put(files, path, bothTexts(here, there));
      conflicts.push(conflictOf(repository, { ...merging, path }));
    }
  }
  return { files, conflicts };
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

export function hasMarks(text: string | undefined): boolean {
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
