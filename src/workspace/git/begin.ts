import type { Begun, Work } from "../../ports/workspaces.ts";
import { readKept } from "./checkpoint.ts";
import { putTo } from "./restore.ts";
import { keep, look } from "./save.ts";
import type { Tree } from "./tree.ts";
import { readTreeFile, updateTreeFile } from "./tree-file.ts";

/** Puts the tree to where an attempt begins; what lies there and is in no checkpoint becomes one. Nobody works in it. */
export async function makeWay(
  tree: Tree,
  { from, looks }: Pick<Work, "looks"> & { readonly from: string },
  signal: AbortSignal,
): Promise<Begun["found"]> {
  const wasCutOff = worksIn(tree).length > 0;
  const isKept = !tree.own || !wasCutOff;
  const content = await look(tree, signal);
  if (looks && !content.isSame && !wasCutOff) return undefined;
  const found = content.isSame ? undefined : await keepFound(tree, { content, isKept }, signal);
  if (tree.own && !(found && isKept)) await goTo(tree, from, signal);
  updateTreeFile(tree.files.record, tree.place, { works: [] });
  return found && { ...found, kept: isKept };
}

/** Effects that work in it, or were cut off there. */
function worksIn({ files }: Tree): readonly string[] {
  return readTreeFile(files.record)?.works ?? [];
}

function keepFound(
  tree: Tree,
  { content, isKept }: { readonly content: Awaited<ReturnType<typeof look>>; readonly isKept: boolean },
  signal: AbortSignal,
): ReturnType<typeof keep> {
  const what = isKept ? "found" : "left by work that was cut off";
  return keep(tree, { content, note: { kind: "WORKFLOW-RECOVERY", what } }, signal);
}

async function goTo(tree: Tree, from: string, signal: AbortSignal): Promise<void> {
  if (tree.newest.commit === from) return;
  const content = await readKept(tree.repository, from, signal);
  const place = content.message?.place;
  const isForeign =
    place !== undefined && (place.runId !== tree.place.runId || place.lane !== tree.place.lane);
  // A lane that begins anew from where the tree around it is now: that is what the two have in common from here on, also
  // when the lane looks the same already.
  const also = isForeign && !tree.newest.parents.includes(from) ? [from] : [];
  const isSame = content.tree === tree.newest.tree && content.exact.id === tree.newest.exact.id;
  if (isSame && also.length === 0) return;
  await putTo(tree, { content, note: { kind: "WORKFLOW-RECOVERY", what: "put back" }, also }, signal);
}

/** Until they leave, the file beside the tree says that they work in it. */
export function comesToWork(tree: Tree, { effectId }: Work): void {
  tree.atWork.add(effectId);
  writeWorks(tree);
}

/** Whose signal has aborted was cut off: that stays written. */
export function leavesWork(
  tree: Tree,
  { effectId }: Work,
  { wasCutOff }: { readonly wasCutOff: boolean },
): void {
  tree.atWork.delete(effectId);
  const left = worksIn(tree);
  const works = wasCutOff ? left : left.filter((id) => id !== effectId);
  updateTreeFile(tree.files.record, tree.place, { works });
}

function writeWorks(tree: Tree): void {
  const known = worksIn(tree);
  updateTreeFile(tree.files.record, tree.place, { works: [...new Set([...known, ...tree.atWork])] });
}
