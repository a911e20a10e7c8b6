import { type Stats } from "node:fs";
import { type Exact, type ExactFile, isSameExact } from "./exact-record.ts";
import { fileAt, type RawPath } from "./paths.ts";
import { statsOf } from "./stats.ts";
import { rawBlobs } from "./rules.ts";
import type { Tree } from "./tree.ts";

export interface Touched {
  /** Of the checkpoint before. */
  readonly before: Exact;
  /** Files of the tree that may be other than then. */
  readonly touched: ReadonlySet<RawPath>;
  /** Those that are not in the tree any more; absent: all that are not touched. */
  readonly gone?: ReadonlySet<RawPath>;
  /** The rules are other than in the checkpoint before. */
  readonly rulesChanged?: boolean;
}

/**
 * What is to be kept of these files besides what git keeps. They must have been staged: what git would write back is compared with
 * what lies there.
 */
export async function exactOf(
  tree: Tree,
  { before, touched, gone, rulesChanged }: Touched,
  signal: AbortSignal,
): Promise<Exact> {
  const regular = new Map<RawPath, Stats>();
  for (const path of touched) {
    const stats = statsOf(fileAt(tree.root, path));
    if (stats?.isFile()) regular.set(path, stats);
  }
  const blobs = await rawBlobs(tree, { paths: [...regular.keys()], rulesChanged }, signal);
  const files = new Map(
    gone ? [...before.files].filter(([path]) => !touched.has(path) && !gone.has(path)) : [],
  );
  for (const [path, stats] of regular) {
    const file = fileOf(modeKept(stats.mode), blobs.get(path));
    if (file) files.set(path, file);
  }
  return isSame(before, files) ? before : { files };
}

function fileOf(mode: number | undefined, blob: string | undefined): ExactFile | undefined {
  if (mode === undefined) return blob === undefined ? undefined : { blob };
  return blob === undefined ? { mode } : { mode, blob };
}

function isSame(before: Exact, files: ReadonlyMap<RawPath, ExactFile>): boolean {
  if (before.files.size !== files.size) return false;
  for (const [path, file] of files) if (!isSameExact(before.files.get(path), file)) return false;
  return true;
}

/** The mode, when git would give the file another. */
function modeKept(mode: number): number | undefined {
  const bits = mode & 0o7777;
  const full = (bits & 0o100) === 0 ? 0o666 : 0o777;
  return bits === (full & ~process.umask()) ? undefined : bits;
}
