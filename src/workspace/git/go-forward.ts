import { lstatSync, readFileSync } from "node:fs";
import { absentMode, type Change } from "./changes.ts";
import type { Holder } from "./land-target.ts";
import { bytesOf, fileAt, type RawPath, shown, zeroInput } from "./paths.ts";
import { editTree } from "./tree-edit.ts";
import type { PathState, UserFiles } from "./user-files.ts";

/** Which paths of the user's a landing may change. */
export interface Clearance {
  /** What is not committed, and would be written over. */
  readonly inTheWay: readonly RawPath[];
  /** What an earlier landing that was cut off has written half. */
  readonly half: readonly Change[];
}

/** `goesOn`: the same landing was under way, and was cut off. */
export async function clear(
  holder: Holder,
  { files, goesOn }: { readonly files: UserFiles; readonly goesOn: boolean },
  signal: AbortSignal,
): Promise<Clearance> {
  const inTheWay = [...files.inTheWay];
  const half: Change[] = [];
  for (const state of files.states) {
    if (isClear(state)) continue;
    if (goesOn && state.staged !== "other" && (await isHalf(holder, state, signal))) half.push(state.change);
    else inTheWay.push(state.change.path);
  }
  return { inTheWay: [...new Set(inTheWay)].sort(), half };
}

/** It is as it was committed, or already as it is to be. */
function isClear({ staged, there }: PathState): boolean {
  return staged !== "other" && (there === "new" || (there === "old" && staged === "old"));
}

/** Git writes a file anew: it takes the old one away, and then writes from its beginning. */
async function isHalf(
  { git, root }: Holder,
  { change: { path, newId, newMode }, there }: PathState,
  signal: AbortSignal,
): Promise<boolean> {
  if (there !== "other" || !newMode.startsWith("100")) return false;
  const stats = lstatSync(fileAt(root, path), { throwIfNoEntry: false });
  if (!stats) return true;
  const name = shown(path);
  if (!stats.isFile() || !bytesOf(path).equals(Buffer.from(name, "utf8"))) return false;
  const { stdout } = await git.run(["cat-file", "--filters", `--path=${name}`, newId], { signal });
  return stdout.subarray(0, stats.size).equals(readFileSync(fileAt(root, path)));
}

export interface Forward {
  readonly from: string;
  readonly to: string;
  readonly states: readonly PathState[];
  readonly half: readonly Change[];
}

/**
 * Brings a working tree of the user's and its index from one commit to the other, everything that is the same in both left as it is.
 * All paths must be clear. Cut off, it goes on when it is done again.
 */
export async function goForward(
  { git }: Holder,
  { from, to, states, half }: Forward,
  signal: AbortSignal,
): Promise<void> {
  const here = states
    .filter(({ staged, there }) => there === "new" && staged === "old")
    .map(({ change }) => change);
  const preset = [...here, ...half];
  if (preset.length > 0)
    await git.run(["update-index", "-z", "--index-info"], {
      signal,
      input: bytesOf(preset.map(indexLine).join("")),
    });
  // git compares times; files that only look changed are not.
  await git.run(["update-index", "-q", "--refresh"], { signal, ok: [0, 1] });
  try {
    await git.run(["read-tree", "-m", "-u", from, to], { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (half.length === 0) await unstage(git, here, signal);
    throw error;
  }
  if (half.length > 0)
    await git.run(["checkout-index", "--force", "-z", "--stdin"], {
      signal,
      input: zeroInput(half.map(({ path }) => path)),
    });
  await git.run(["update-index", "-q", "--refresh"], { signal, ok: [0, 1] });
}

/**
 * Takes back what `goForward` has done: what was new in the files or the index before stays as it was. Nothing may have been written
 * half.
 */
export async function goBack(
  { git }: Holder,
  { to, states }: Pick<Forward, "to" | "states">,
  signal: AbortSignal,
): Promise<void> {
  const was = (where: "old" | "new"): readonly Change[] =>
    states.filter(({ staged, there }) => staged === "old" && there === where).map(({ change }) => change);
  const moved = was("old");
  const back = {
    tree: to,
    remove: moved.filter(({ newMode }) => newMode !== absentMode).map(({ path }) => path),
    add: moved.flatMap(({ path, oldMode: mode, oldId: id }) =>
      mode === absentMode ? [] : [{ path, mode, id }],
    ),
  };
  await git.run(["update-index", "-q", "--refresh"], { signal, ok: [0, 1] });
  await git.run(["read-tree", "-m", "-u", to, await editTree(git, back, signal)], { signal });
  await unstage(git, was("new"), signal);
  await git.run(["update-index", "-q", "--refresh"], { signal, ok: [0, 1] });
}

/** The index has the old again; the files stay. */
async function unstage(git: Holder["git"], changes: readonly Change[], signal: AbortSignal): Promise<void> {
  const lines = changes.map(({ path, oldMode, oldId }) =>
    indexLine({ path, newMode: oldMode, newId: oldId }),
  );
  if (lines.length === 0) return;
  await git.run(["update-index", "-z", "--index-info"], { signal, input: bytesOf(lines.join("")) });
}

function indexLine({ path, newMode, newId }: Pick<Change, "path" | "newMode" | "newId">): string {
  return newMode === absentMode ? `0 ${newId}\t${path}\0` : `${newMode} ${newId}\t${path}\0`;
}
