import { chmodSync, unlinkSync, writeFileSync } from "node:fs";
import { readBlobs } from "./blobs.ts";
import { absentMode, changesBetween } from "./changes.ts";
import type { Kept } from "./checkpoint.ts";
import { type ExactFile, isSameExact } from "./exact-record.ts";
import { fileAt, type RawPath, zeroInput } from "./paths.ts";
import { statsOf } from "./stats.ts";
import { callIn, type Tree } from "./tree.ts";

/** Puts back what git does not, after it has put the tree from one checkpoint to the other; `all`: it is not known how far that came. */
export async function putExact(
  tree: Tree,
  { from, to, all }: { readonly from: Kept; readonly to: Kept; readonly all: boolean },
  signal: AbortSignal,
): Promise<void> {
  if (from.exact.files.size === 0 && to.exact.files.size === 0) return;
  const changes = await changesBetween(tree.repository, [from.tree, to.tree], signal);
  const written = new Set(changes.map(({ path }) => path));
  const deleted = new Set(changes.filter(({ newMode }) => newMode === absentMode).map(({ path }) => path));
  const isOther = (path: RawPath): boolean =>
    all || written.has(path) || !isSameExact(from.exact.files.get(path), to.exact.files.get(path));
  const gone = [...from.exact.files.keys()].filter((path) => !to.exact.files.has(path) && !deleted.has(path));
  const files = [...to.exact.files].filter(([path]) => isOther(path));
  const plain = files.flatMap(([path, { blob }]) => (blob === undefined ? [path] : []));
  await writeAsGitDoes(tree, [...gone.filter((path) => all || !written.has(path)), ...plain], signal);
  await writeBlobs(tree, files, signal);
  for (const [path, { mode }] of files) if (mode !== undefined) chmodSync(fileAt(tree.root, path), mode);
}

const blobsAtOnce = 200;

async function writeBlobs(
  tree: Tree,
  files: readonly (readonly [RawPath, ExactFile])[],
  signal: AbortSignal,
): Promise<void> {
  const meant = files.flatMap(([path, { blob }]) => (blob === undefined ? [] : [{ path, blob }]));
  for (let at = 0; at < meant.length; at += blobsAtOnce) {
    const some = meant.slice(at, at + blobsAtOnce);
    const blobs = await readBlobs(
      tree.repository,
      some.map(({ blob }) => blob),
      signal,
    );
    for (const { path, blob } of some) writeBytes(fileAt(tree.root, path), blobs.get(blob));
  }
}

function writeBytes(file: Buffer, bytes: Uint8Array | undefined): void {
  const stats = statsOf(file);
  if (!bytes || (stats && !stats.isFile())) return;
  if (stats) unlinkSync(file);
  writeFileSync(file, bytes, { mode: (stats?.mode ?? 0) & 0o100 ? 0o777 : 0o666 });
}

// git leaves alone what it takes for unchanged: the files go first.
async function writeAsGitDoes(tree: Tree, paths: readonly RawPath[], signal: AbortSignal): Promise<void> {
  if (paths.length === 0) return;
  for (const path of paths) {
    const file = fileAt(tree.root, path);
    if (statsOf(file)?.isFile()) unlinkSync(file);
  }
  await tree.repository.git.run(["checkout-index", "--force", "--quiet", "-z", "--stdin"], {
    ...callIn(tree, signal),
    input: zeroInput(paths),
  });
}
