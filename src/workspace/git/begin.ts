import type { Begun, Work } from "../../ports/workspaces.ts";
import { readKept } from "./checkpoint.ts";
import { putTo } from "./restore.ts";
import { keep, look } from "./save.ts";
import type { Tree } from "./tree.ts";
import { readTreeFile, updateTreeFile } from "./tree-file.ts";

/** Puts the tree to where an attempt begins; what lies there and is in no checkpoint becomes one. Nobody works in it. */
export async function makeWay(tree: Tree, from: string, signal: AbortSignal): Promise<Begun["found"]> {
  const wasCutOff = (readTreeFile(tree.files.record)?.works ?? []).length > 0;
  const isKept = !tree.own || !wasCutOff;
  const content = await look(tree, signal);
  const what = isKept ? "found" : "left by work that was cut off";
  const found = content.isSame
    ? undefined
    : await keep(tree, { content, note: { kind: "WORKFLOW-RECOVERY", what } }, signal);
  if (tree.own && !(found && isKept)) await goTo(tree, from, signal);
  updateTreeFile(tree.files.record, tree.place, { works: [] });
  return found && { ...found, kept: isKept };
}

async function goTo(tree: Tree, from: string, signal: AbortSignal): Promise<void> {
  if (tree.newest.commit === from) return;
  const content = await readKept(tree.repository, from, signal);
  if (content.tree === tree.newest.tree && content.exact.id === tree.newest.exact.id) return;
  const place = content.message?.place;
  const isForeign =
    place !== undefined && (place.runId !== tree.place.runId || place.lane !== tree.place.lane);
  // A lane that begins anew from where the tree around it is now: that is what the two have in common from here on.
  const also = isForeign && !tree.newest.parents.includes(from) ? [from] : [];
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
  const left = readTreeFile(tree.files.record)?.works ?? [];
  const works = wasCutOff ? left : left.filter((id) => id !== effectId);
  updateTreeFile(tree.files.record, tree.place, { works });
}

function writeWorks(tree: Tree): void {
  const known = readTreeFile(tree.files.record)?.works ?? [];
  updateTreeFile(tree.files.record, tree.place, { works: [...new Set([...known, ...tree.atWork])] });
}
