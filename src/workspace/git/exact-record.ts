import { bytesOf, type RawPath } from "./paths.ts";
import type { Repository } from "./repository.ts";

/** A file that git would write otherwise than it was. */
export interface ExactFile {
  /** Its mode, when that is another than git gives. */
  readonly mode?: number;
  /** Its very bytes, when a rule (line ends, keywords, a filter, an encoding) makes git keep others. */
  readonly blob?: string;
}

export interface Exact {
  /** The object that keeps it; absent: not kept yet, or there is nothing to keep. */
  readonly id?: string;
  readonly files: ReadonlyMap<RawPath, ExactFile>;
}

export const noExact: Exact = { files: new Map() };

const listName = "files";

/** Keeps it as one tree: the list, and every blob it names, so that none of them can get lost. */
export async function keepExact({ git }: Repository, exact: Exact, signal: AbortSignal): Promise<Exact> {
  if (exact.id !== undefined || exact.files.size === 0) return exact;
  const entries = [...exact.files].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = entries.map(
    ([path, { mode, blob }]) => `${mode?.toString(8) ?? "-"} ${blob ?? "-"} ${path}\0`,
  );
  const list = await git.line(["hash-object", "-w", "-t", "blob", "--no-filters", "--stdin"], {
    signal,
    input: bytesOf(lines.join("")),
  });
  const blobs = [...new Set(entries.flatMap(([, { blob }]) => (blob === undefined ? [] : [blob])))];
  const tree = [
    `100644 blob ${list}\t${listName}\0`,
    ...blobs.map((blob) => `100644 blob ${blob}\t${blob}\0`),
  ];
  const id = await git.line(["mktree", "-z"], { signal, input: tree.join("") });
  return { id, files: exact.files };
}

export async function readExact({ git }: Repository, id: string, signal: AbortSignal): Promise<Exact> {
  const { stdout } = await git.run(["cat-file", "blob", `${id}:${listName}`], { signal });
  const files = new Map<RawPath, ExactFile>();
  for (const line of stdout.toString("latin1").split("\0")) {
    const [mode = "-", blob = "-"] = line.split(" ", 2);
    const path = line.slice(mode.length + blob.length + 2);
    if (path === "") continue;
    files.set(path, {
      ...(mode === "-" ? {} : { mode: Number.parseInt(mode, 8) }),
      ...(blob === "-" ? {} : { blob }),
    });
  }
  return { id, files };
}

export function isSameExact(a: ExactFile | undefined, b: ExactFile | undefined): boolean {
  return a?.mode === b?.mode && a?.blob === b?.blob;
}
